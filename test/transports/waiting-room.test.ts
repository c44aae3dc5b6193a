import { expect } from 'chai';
import { WaitingRoom } from '../../src/transports/waiting-room.js';

describe('A listener’s waiting room', () => {
  const refused: number[] = [];
  const connection = (number: number) => ({ number, refuse: () => refused.push(number) });
  beforeEach(() => refused.splice(0));

  it('lets everybody out in the order in which they came', () => {
    const room = new WaitingRoom<ReturnType<typeof connection>>(1000);
    let entered = 0;
    let left = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < round % 4; i++) room.enter(connection(entered++));
      for (let i = 0; i < (round * 7) % 3; i++) {
        const next = room.next();
        if (next !== undefined) expect(next.number).to.equal(left++);
      }
      expect(room.size).to.equal(entered - left);
    }
    while (room.size > 0) expect(room.next()?.number).to.equal(left++);
    expect(left).to.equal(entered);
    expect(room.next()).to.equal(undefined);
    expect(refused).to.deep.equal([]);
  });

  it('refuses whoever comes when it is full, and nobody else', () => {
    const room = new WaitingRoom<ReturnType<typeof connection>>(2);
    for (let i = 0; i < 4; i++) expect(room.enter(connection(i))).to.equal(i < 2);
    expect(refused).to.deep.equal([2, 3]);
    expect(room.next()?.number).to.equal(0);
    room.enter(connection(4));
    expect(refused).to.deep.equal([2, 3]);
  });

  it('refuses those who wait when it closes, and those alone', () => {
    const room = new WaitingRoom<ReturnType<typeof connection>>(5);
    for (let i = 0; i < 5; i++) room.enter(connection(i));
    room.next();
    room.clear();
    expect(refused).to.deep.equal([1, 2, 3, 4]);
    expect(room.next()).to.equal(undefined);
  });
});
