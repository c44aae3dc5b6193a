import { InprocNames } from '../../../../src/runtime/context/inproc-names.js';
import { IoPlaces } from '../../../../src/runtime/context/io-places.js';
import { Reaper } from '../../../../src/runtime/context/reaper.js';
import { store, type Words } from '../../../../src/runtime/memory/atomics.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import { claimSlot, isDead, ownerWord, reportDeath } from '../../../../src/runtime/thread/slot.js';
import { Thread, type ThreadEvents } from '../../../../src/runtime/thread/thread.js';
import type { Scenario } from '../explore.js';
import { kill, label, makeArena } from '../world.js';
import { Unexpected } from './unexpected.js';

/**
 * An I/O worker that dies, the creator, which has another take its place, and a thread that had something with the
 * dead and looks for whoever comes after it. The creator is the reaper, too.
 */

const {
  CREATOR_SLOT,
  FIRST_IO_SLOT,
  HEADER_IO_PLACES,
  HEADER_IO_STATES,
  HEADER_TOLD,
  IO_STARTED,
  SLOT_FREE,
  SLOT_LIVE,
  SLOT_OWNER,
  slotAt,
} = memoryLayout;
const ARENA_SIZE = 2 ** 20;
const THREAD_ID = 7;

/** Threads of the search. */
const VICTIM = 0;
/** Slots: the creator's, the dead worker's, its successor's, and the asker's. */
const SUCCESSOR_SLOT = FIRST_IO_SLOT + 1;
const ASKER_SLOT = 3;
const SLOTS = 4;

/** A thread that learns of deaths, as one with sockets does. */
class Asker extends Unexpected {
  readonly thread: Thread;
  found = -1;
  starts = 0;

  constructor(
    private readonly words: Words,
    readonly places: IoPlaces,
    thread: (events: ThreadEvents) => Thread,
  ) {
    super();
    this.thread = thread(this);
  }

  override deathsSeen(): void {
    if (this.found !== -1 || !isDead(this.words, FIRST_IO_SLOT)) return;
    this.found = this.places.nextPlace();
    if (this.found !== -1 && this.places.claimStart(this.found)) this.starts++;
  }

  untilFound(): void {
    this.thread.blockUntil(() => this.found !== -1, -1, true);
  }
}

/** @param foundOut does somebody else find out before the creator is told? */
function dying(foundOut: boolean): Scenario {
  const arena = makeArena(ARENA_SIZE);
  const { words } = arena;
  claimSlot(words, CREATOR_SLOT, THREAD_ID);
  // It has nothing of the dead's: its own duty cycle has nothing to act on.
  store(words, slotAt(CREATOR_SLOT) + SLOT_OWNER, SLOT_FREE);
  claimSlot(words, ASKER_SLOT, THREAD_ID + ASKER_SLOT);
  words[HEADER_IO_PLACES] = 1;
  words[HEADER_IO_STATES] = IO_STARTED;
  words[memoryLayout.HEADER_REAPER] = CREATOR_SLOT + 1;
  store(words, HEADER_TOLD, 1);
  label('slot of the creator', slotAt(CREATOR_SLOT), memoryLayout, 'SLOT_');
  label('slot of the dead', slotAt(FIRST_IO_SLOT), memoryLayout, 'SLOT_');
  label('slot of its successor', slotAt(SUCCESSOR_SLOT), memoryLayout, 'SLOT_');
  label('slot of the asker', slotAt(ASKER_SLOT), memoryLayout, 'SLOT_');
  label('header', 0, memoryLayout, 'HEADER_');
  const places = new IoPlaces(words);
  const asker = new Asker(words, places, (events) => new Thread(arena, ASKER_SLOT, events));
  const reaper = new Reaper(arena, CREATOR_SLOT, new InprocNames(arena), SLOTS);
  const workerId = THREAD_ID + FIRST_IO_SLOT;
  const started: number[] = [];
  return {
    threads: [
      () => {
        claimSlot(words, FIRST_IO_SLOT, workerId);
      },
      () => asker.untilFound(),
      () => {
        kill(words, VICTIM);
        if (foundOut) {
          reportDeath(words, FIRST_IO_SLOT, ownerWord(workerId, SLOT_LIVE));
          reaper.work();
        }
        if (!places.workerEnded(0, workerId, (index) => started.push(index))) {
          throw new Error('it is not taken for dead');
        }
        // What else there is to do about a death, `deaths.ts` looks at.
        reaper.work();
      },
    ],
    check: () => {
      if (asker.found !== 1) throw new Error(`the successor is said to be ${asker.found}`);
      if (started.join() !== '1' || asker.starts > 0) throw new Error('it is not started once');
    },
  };
}

/** The creator is the first that hears of the death, as a rule. */
export function replaced(): Scenario {
  return dying(false);
}

/** Everybody knows of the death before there is another worker. */
export function replacedLate(): Scenario {
  return dying(true);
}
