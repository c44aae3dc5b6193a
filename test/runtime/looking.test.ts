import { expect } from 'chai';
import { Arena } from '../../src/runtime/memory/arena.js';
import { slotAt } from '../../src/runtime/memory/layout.js';
import { initNode, NODE_PIPE, push } from '../../src/runtime/thread/ready-list.js';
import { claimSlot } from '../../src/runtime/thread/slot.js';
import { Thread } from '../../src/runtime/thread/thread.js';

const NOTHING = (): void => undefined;
const SLOT = 0;
const THREAD_ID = 7;
/** Milliseconds for which work comes, if the event loop does not turn before. */
const AT_MOST = 5_000;

describe('A thread with an awaiting call', () => {
  let thread: Thread;
  /** Something comes for it. */
  let come: () => void;
  /** What it does then. */
  let act: () => void;

  beforeEach(() => {
    const arena = Arena.reserve(2 ** 24);
    claimSlot(arena.words, SLOT, THREAD_ID);
    thread = new Thread(arena, SLOT, {
      pipeArrived: NOTHING,
      commandArrived: NOTHING,
      stateRaised: NOTHING,
      pipeStranded: NOTHING,
      deathsSeen: NOTHING,
    });
    const node = thread.allocator.allocate(64) >> 2;
    initNode(arena.words, node, NODE_PIPE, node);
    thread.register(node, { ready: () => act() });
    come = () => push(arena.words, slotAt(SLOT), node);
    thread.listen();
    thread.hope();
  });

  afterEach(() => thread.detach());

  it('turns its event loop, even if something comes again and again', async () => {
    const begun = performance.now();
    let turned: number | undefined;
    await new Promise<void>((resolve) => {
      let first = true;
      act = () => {
        if (first) setImmediate(() => (turned = performance.now() - begun));
        first = false;
        if (turned === undefined && performance.now() - begun < AT_MOST) come();
        else resolve();
      };
      come();
    });
    expect(turned).to.be.lessThan(AT_MOST);
  });

  it('looks again when what it has brought has been acted on, however many steps that takes', async () => {
    const done: boolean[] = [];
    await new Promise<void>((resolve) => {
      let acted = 0;
      let over = false;
      thread.watch(() => {
        if (acted < 3) return;
        done.push(over);
        resolve();
      });
      act = () => {
        acted++;
        // Three cycles follow each other, of which the last two are ticks.
        if (acted < 3) come();
        else {
          void (async () => {
            for (let step = 0; step < 10; step++) await Promise.resolve();
            over = true;
          })();
        }
      };
      come();
    });
    // The watch of the cycle that brought it, and the next.
    await new Promise((resolve) => setImmediate(resolve));
    expect(done.slice(0, 2)).to.deep.equal([false, true]);
  });
});
