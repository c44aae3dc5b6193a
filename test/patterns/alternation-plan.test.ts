import { expect } from 'chai';
import { Alternation } from '../../src/patterns/alternation.js';
import { failureNow } from '../support/expect-error.js';

describe('The order that REQ and REP keep', () => {
  it('is judged for calls now by what has been done', () => {
    const order = new Alternation('send');
    expect([order.allows('send'), order.allows('receive')]).to.deep.equal([true, false]);
    failureNow('EFSM', () => order.check('receive'));
    order.check('send');
    order.done('send');
    expect([order.allows('send'), order.allows('receive')]).to.deep.equal([false, true]);
  });

  it('is judged for awaiting calls by where those that wait will leave it', () => {
    const order = new Alternation('receive');
    order.plan('receive', 0);
    failureNow('EFSM', () => order.plan('receive', 1));
    order.plan('send', 1);
    failureNow('EFSM', () => order.plan('send', 2));
    order.plan('receive', 2);
    // Planning changes nothing for calls now.
    expect(order.allows('receive')).to.equal(true);
  });
});
