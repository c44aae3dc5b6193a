import { coarseNow, elapsed } from '../base/clock.js';
import { IO_THREADS_MAX, SLOTS } from '../base/limits.js';
import { load, type Words } from '../memory/atomics.js';
import { readClasses } from '../memory/census.js';
import {
  FIRST_IO_SLOT,
  SLOT_CALL,
  SLOT_CALL_SOCKET,
  SLOT_EPOCH,
  SLOT_FREE,
  SLOT_LEFT,
  SLOT_LIVE,
  SLOT_PENDING,
  SLOT_SERVING,
  SLOT_SINCE,
  SLOT_SLEEPING,
  SLOT_SOCKETS,
  SLOT_OWNER,
  SLOT_TOP,
  SLOT_UNLISTED,
  slotAt,
} from '../memory/layout.js';
import { ownerMark } from '../memory/pages.js';
import {
  CALL_BIND,
  CALL_EVENTS,
  CALL_EXIT,
  CALL_LEAVE,
  CALL_NONE,
  CALL_POLL,
  CALL_PROXY,
  CALL_RECEIVE,
  CALL_SEND,
  CALL_SLEPT,
  CALL_TERMINATE,
} from '../thread/activity.js';
import { stateOf, threadOf } from '../thread/slot.js';
import type { BlockingCall, CallStats, ThreadState, ThreadStats } from './stats.js';

const CALLS: Readonly<Record<number, BlockingCall>> = {
  [CALL_SEND]: 'sendSync',
  [CALL_RECEIVE]: 'receiveSync',
  [CALL_POLL]: 'waitSync',
  [CALL_BIND]: 'bindSync',
  [CALL_EVENTS]: 'events.receiveSync',
  [CALL_PROXY]: 'runSync',
  [CALL_TERMINATE]: 'terminateSync',
  [CALL_LEAVE]: 'leave',
  [CALL_EXIT]: 'exit',
};

/**
 * What the context's slots say of their threads, by slot.
 * @param asking slot of the thread that asks, and so runs
 * @param owned pages by their owner's mark
 */
export function readThreads(
  words: Words,
  asking: number,
  owned: ReadonlyMap<number, number>,
): ThreadStats[] {
  const threads: ThreadStats[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const thread = readThread(words, slot, owned);
    if (thread === undefined) continue;
    const runs = slot === asking && thread.state === 'idle';
    threads.push(runs ? { ...thread, state: 'running', idle: undefined } : thread);
  }
  return threads;
}

function readThread(
  words: Words,
  slot: number,
  owned: ReadonlyMap<number, number>,
): ThreadStats | undefined {
  const at = slotAt(slot);
  const owner = load(words, at + SLOT_OWNER);
  const life = stateOf(owner);
  if (life === SLOT_FREE) return undefined;
  const live = life === SLOT_LIVE;
  const { call, state, rested } = readRest(words, at);
  const classes = readClasses(words, at);
  return {
    slot,
    threadId: threadOf(owner),
    role: isIoSlot(slot) ? 'io' : 'application',
    state: live ? state : life === SLOT_LEFT ? 'left' : 'dead',
    call: live ? call : undefined,
    idle: live && state === 'idle' ? rested : undefined,
    called: live && load(words, at + SLOT_TOP) !== 0,
    // What the dead have left open holds nobody; a receiver that died while it answered counted twice.
    sockets: live ? load(words, at + SLOT_SOCKETS) : 0,
    commands: Math.max(load(words, at + SLOT_PENDING), 0),
    serving: live ? load(words, at + SLOT_SERVING) : 0,
    memory: {
      pages: owned.get(ownerMark(slot, load(words, at + SLOT_EPOCH))) ?? 0,
      blocks: classes.reduce((sum, { blocks }) => sum + blocks, 0),
      classes,
    },
    unlisted: load(words, at + SLOT_UNLISTED),
  };
}

export function isIoSlot(slot: number): boolean {
  return slot >= FIRST_IO_SLOT && slot < FIRST_IO_SLOT + IO_THREADS_MAX;
}

interface Rest {
  readonly state: ThreadState;
  readonly call: CallStats | undefined;
  /** How long ago the thread last went to rest. */
  readonly rested: number;
}

/** What the thread waits in. It writes the socket and the time before the call that they belong to. */
function readRest(words: Words, at: number): Rest {
  for (;;) {
    const sleeping = load(words, at + SLOT_SLEEPING) !== 0;
    const call = load(words, at + SLOT_CALL);
    const socket = load(words, at + SLOT_CALL_SOCKET);
    const rested = elapsed(coarseNow(), load(words, at + SLOT_SINCE));
    // Another call has begun meanwhile: this one's details may be mixed with its own.
    if (load(words, at + SLOT_CALL) !== call) continue;
    if (call === CALL_NONE) {
      return { state: sleeping ? 'idle' : 'running', call: undefined, rested };
    }
    const name = CALLS[call & ~CALL_SLEPT] ?? 'other';
    // Before it sleeps in the call, it may still be said to from its event loop.
    const slept = (call & CALL_SLEPT) !== 0;
    return {
      state: sleeping && slept ? 'blocked' : 'spinning',
      call: {
        name,
        socket: socket === 0 ? undefined : socket,
        since: slept ? rested : undefined,
      },
      rested,
    };
  }
}
