import { expect } from 'chai';
import { Alternation } from '../../src/patterns/alternation.js';
import { failureNow } from '../support/expect-error.js';

describe('The order that REQ and REP keep', () => {
  it('is judged for calls now by what has been done', () => {
    const order = new Alternation('send');
    expect([order.allows('send'), order.allows('receive')]).to.deep.equal([true, false]);
    failureNow('EFSM', () => order.check('receive'));
    order.check('send');
    order.done('send', 0);
    expect([order.allows('send'), order.allows('receive')]).to.deep.equal([false, true]);
  });

  it('is judged for awaiting calls by what is planned', () => {
    const order = new Alternation('receive');
    order.plan('receive');
    failureNow('EFSM', () => order.plan('receive'));
    order.plan('send');
    order.plan('receive');
    // Planning changes nothing for calls now.
    expect(order.allows('receive')).to.equal(true);
  });

  it('goes on from where things stand when plans fall through', () => {
    const order = new Alternation('send');
    for (const direction of ['send', 'receive', 'send'] as const) order.plan(direction);
    order.replan(1);
    order.plan('receive');
    order.replan(0);
    order.plan('send');
  });
});
