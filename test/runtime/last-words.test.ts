import { expect } from 'chai';
import { Arena } from '../../src/runtime/memory/arena.js';
import { store } from '../../src/runtime/memory/atomics.js';
import { CONTEXT_TERMINATED, HEADER_STATE, SLOT_LIVE } from '../../src/runtime/memory/layout.js';
import { PIPE_SESSION } from '../../src/runtime/pipe/layout.js';
import { announce, Pipe } from '../../src/runtime/pipe/pipe.js';
import { claimSlot, ownerWord, reportDeath } from '../../src/runtime/thread/slot.js';
import { Thread, type ThreadEvents } from '../../src/runtime/thread/thread.js';

const NOTHING = (): void => undefined;
const IDLE: ThreadEvents = {
  pipeArrived: NOTHING,
  commandArrived: NOTHING,
  stateRaised: NOTHING,
  pipeStranded: NOTHING,
  deathsSeen: NOTHING,
};

const SURVIVOR = 0;
const DYING = 1;
const THREAD_ID = 7;

describe('A thread that lets go of a pipe and dies', () => {
  it('is heard and then found dead in one cycle, in which the pipe is freed once', () => {
    const arena = Arena.reserve(2 ** 24);
    const { words } = arena;
    claimSlot(words, SURVIVOR, THREAD_ID);
    claimSlot(words, DYING, THREAD_ID + 1);
    const dying = new Thread(arena, DYING, {
      ...IDLE,
      pipeArrived: (at) => void Pipe.accept(dying, at),
    });
    // Called in a cycle after the list was taken, and before deaths are looked at.
    const stateRaised = (): void => {
      dying.turn();
      reportDeath(words, DYING, ownerWord(THREAD_ID + 1, SLOT_LIVE));
    };
    const survivor = new Thread(arena, SURVIVOR, { ...IDLE, stateRaised });
    const pipe = Pipe.create(survivor, PIPE_SESSION, { send: 1, receive: 1 }, DYING, 0);
    announce(words, pipe.at, DYING);
    dying.turn();
    pipe.terminate();

    store(words, HEADER_STATE, CONTEXT_TERMINATED);
    survivor.turn();

    expect(survivor.lingering).to.equal(0);
    expect(survivor.allocator.blocks).to.equal(0);
  });
});
