import {
  MessageChannel,
  type MessagePort,
  postMessageToThread,
  threadId as ownThreadId,
} from 'node:worker_threads';
import { load, type Words } from '../memory/atomics.js';
import { CREATOR_SLOT, HEADER_REAPER, SLOT_OWNER, slotAt } from '../memory/layout.js';
import { threadOf } from '../thread/slot.js';

/**
 * How a thread's death becomes known: it has given one end of a MessageChannel to the reaper and keeps the
 * other, which closes with it, however it ends, and though whoever started it blocks or is dead itself. Such a
 * message goes by the main thread, which must turn its event loop once.
 */
interface LifelineMessage {
  readonly loomwire: 'lifeline';
  readonly port: MessagePort;
}

type Ended = (threadId: number) => void;

/** Everyone in this thread who wants to know: there may be several contexts. */
const listeners = new Set<Ended>();
/** Kept, since a port that is collected closes. */
const held = new Set<MessagePort>();

/** Calls `ended` with the threadId of each thread that brings its lifeline here, when it has ended. */
export function watchLifelines(ended: Ended): void {
  if (listeners.size === 0) process.on('workerMessage', accept);
  listeners.add(ended);
}

export function unwatchLifelines(ended: Ended): void {
  listeners.delete(ended);
  if (listeners.size === 0) process.off('workerMessage', accept);
}

function accept(message: unknown, threadId: number): void {
  if (!isLifeline(message)) return;
  const { port } = message;
  held.add(port);
  // Knowing it must not keep anybody alive.
  port.unref();
  port.once('close', () => {
    held.delete(port);
    for (const ended of [...listeners]) ended(threadId);
  });
}

function isLifeline(message: unknown): message is LifelineMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'loomwire' in message &&
    message.loomwire === 'lifeline'
  );
}

/** A thread's own ends of its lifelines, for as long as the thread lives. */
export class Lifelines {
  /** What HEADER_REAPER said when the reaper was last given one. */
  private reaper = 0;
  private readonly ports: MessagePort[] = [];

  constructor(private readonly words: Words) {}

  /**
   * Gives one to the creator, which is there before the reaper is.
   * @param ended called when the creator's thread has ended
   */
  tieToCreator(ended: () => void): void {
    void this.give(CREATOR_SLOT)?.then(
      (port) => port.once('close', ended),
      // It has ended already, and left the context before: whoever dies without does not leave a free slot.
      () => undefined,
    );
  }

  /** Gives one to the reaper, and to each new one. To be called in each duty cycle. */
  tieToReaper(): void {
    // A plain read, which may be late: a new reaper rings, and the cycle after that sees it.
    const reaper = this.words[HEADER_REAPER]!;
    if (reaper === this.reaper) return;
    this.reaper = reaper;
    this.give(reaper - 1)?.catch(() => {
      // The main thread has yet to hear of that thread: a later cycle finds it.
      this.reaper = 0;
    });
  }

  /** Undefined if that is this thread. Rejects if the thread is not there, as far as the main thread knows. */
  private give(slot: number): Promise<MessagePort> | undefined {
    const threadId = threadOf(load(this.words, slotAt(slot) + SLOT_OWNER));
    if (threadId === ownThreadId) return undefined;
    const { port1, port2 } = new MessageChannel();
    this.ports.push(port1);
    const message: LifelineMessage = { loomwire: 'lifeline', port: port2 };
    return postMessageToThread(threadId, message, [port2]).then(() => port1);
  }
}
