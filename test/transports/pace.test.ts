import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { BEGUN_IN_A_TURN, Pace } from '../../src/transports/pace.js';

describe('The pace at which an I/O worker makes connections', () => {
  it('begins some at once, and as many in each turn of the event loop, first come, first served', async () => {
    const pace = new Pace();
    const begun: number[] = [];
    const asked = 3 * BEGUN_IN_A_TURN + 1;
    for (let i = 0; i < asked; i++) pace.keep(() => begun.push(i));

    expect(begun).to.have.lengthOf(BEGUN_IN_A_TURN);
    await turn();
    expect(begun).to.have.lengthOf(2 * BEGUN_IN_A_TURN);
    await turn();
    expect(begun).to.have.lengthOf(3 * BEGUN_IN_A_TURN);
    await turn();
    expect(begun).to.deep.equal(Array.from({ length: asked }, (_, i) => i));
  });

  it('puts who comes later behind those that wait', async () => {
    const pace = new Pace();
    const begun: number[] = [];
    const ask = (i: number): void => pace.keep(() => begun.push(i));
    for (let i = 0; i <= 2 * BEGUN_IN_A_TURN; i++) ask(i);
    await turn();
    ask(2 * BEGUN_IN_A_TURN + 1);
    expect(begun).to.have.lengthOf(2 * BEGUN_IN_A_TURN);
    await turn();

    expect(begun).to.deep.equal(Array.from({ length: 2 * BEGUN_IN_A_TURN + 2 }, (_, i) => i));
  });

  it('begins at once again when a turn has passed', async () => {
    const pace = new Pace();
    let begun = 0;
    for (let i = 0; i < BEGUN_IN_A_TURN; i++) pace.keep(() => begun++);
    await turn();
    pace.keep(() => begun++);

    expect(begun).to.equal(BEGUN_IN_A_TURN + 1);
  });

  it('gives an error of one that begins at once to whoever asked, and goes on', async () => {
    const pace = new Pace();
    const failing = (): never => {
      throw new Error('refused');
    };
    for (let i = 0; i < BEGUN_IN_A_TURN; i++) expect(() => pace.keep(failing)).to.throw('refused');
    let begun = false;
    pace.keep(() => (begun = true));
    expect(begun).to.equal(false);
    await turn();

    expect(begun).to.equal(true);
  });

  it('puts what one that begins late asks for behind all who wait', async () => {
    const pace = new Pace();
    const begun: string[] = [];
    const ask = (name: string, again?: string): void =>
      pace.keep(() => {
        begun.push(name);
        if (again !== undefined) ask(again);
      });
    for (let i = 0; i < BEGUN_IN_A_TURN; i++) ask('at once');
    ask('a', 'a again');
    ask('b', 'b again');
    ask('last');
    await turn();

    expect(begun.slice(BEGUN_IN_A_TURN)).to.deep.equal(['a', 'b', 'last', 'a again', 'b again']);
  });
});
