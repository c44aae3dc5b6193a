import { expect } from 'chai';
import { IO_THREADS_MAX, SLOTS } from '../../src/runtime/base/limits.js';
import { FIRST_IO_SLOT, SLOT_SLEEPING, slotAt } from '../../src/runtime/memory/layout.js';
import { claimSlot, freeSlot, moreAwake } from '../../src/runtime/thread/slot.js';

const FIRST_JOINED = FIRST_IO_SLOT + IO_THREADS_MAX;

describe('Threads that are awake', () => {
  const words = new Int32Array(new SharedArrayBuffer(slotAt(SLOTS) * 4));
  const used = [0, FIRST_IO_SLOT, FIRST_JOINED, FIRST_JOINED + 1, FIRST_JOINED + 9];

  before(() => {
    for (const slot of used) claimSlot(words, slot, slot + 1);
  });

  it('are counted, whatever they are', () => {
    expect([moreAwake(words, 4), moreAwake(words, 5)]).to.deep.equal([true, false]);
  });

  it('are fewer when one sleeps, or has left', () => {
    words[slotAt(FIRST_IO_SLOT) + SLOT_SLEEPING] = 1;
    expect([moreAwake(words, 3), moreAwake(words, 4)]).to.deep.equal([true, false]);
    freeSlot(words, FIRST_JOINED);
    expect([moreAwake(words, 2), moreAwake(words, 3)]).to.deep.equal([true, false]);
  });
});
