import { Buffer } from 'node:buffer';
import { EVENTS_WAITING_MOST } from '../runtime/base/limits.js';
import {
  EVENTS_BYTES,
  type ObserveCommand,
  type SentEvent,
  type SocketPlace,
} from '../runtime/context/commands.js';
import type { ReceivedCommand } from '../runtime/thread/thread.js';

/** Bytes of one event's text at most; what is longer is cut. A name may be as long as it likes. */
const EVENT_BYTES_MOST = 1536;
/** Characters that stay of a text that is cut. */
const CUT_TO = 64;
/** Bytes around the events of an answer. */
const ENVELOPE_BYTES = '{"events":[],"end":false}'.length;
/** An event that waits, as text. */
interface Waiting {
  readonly text: string;
  readonly bytes: number;
}

/**
 * The events of one socket, on their way from this I/O worker to the socket's thread: they wait here,
 * in order, until the thread asks for them. So a thread that computes has one block of shared memory
 * under way, whatever happens to its connections.
 */
class Monitor {
  private waiting: Waiting[] = [];
  /** Dropped since the last of `waiting`. */
  private dropped = 0;
  /** The thread's question, while there is no answer to it. */
  private question: ReceivedCommand | undefined;
  private ending = false;

  /** @param ended called when the last answer is given */
  constructor(private readonly ended: () => void) {}

  report(event: SentEvent): void {
    if (this.ending) return;
    this.noteDropped();
    if (this.waiting.length >= EVENTS_WAITING_MOST) {
      this.dropped++;
      return;
    }
    this.waiting.push(waiting(event));
    this.answer();
  }

  ask(question: ReceivedCommand): void {
    this.question = question;
    this.answer();
  }

  /** Nothing more is reported. */
  end(): void {
    this.ending = true;
    this.answer();
  }

  /** The worker ends. While there is a question, nothing waits. */
  stop(): void {
    this.question?.answer(answerText([], true));
    this.question = undefined;
  }

  private answer(): void {
    const { question } = this;
    if (question === undefined || (this.waiting.length === 0 && !this.ending)) return;
    this.question = undefined;
    const batch = this.takeBatch(EVENTS_BYTES - ENVELOPE_BYTES);
    this.noteDropped();
    const over = this.ending && this.waiting.length === 0;
    question.answer(answerText(batch, over));
    if (over) this.ended();
  }

  private takeBatch(room: number): Waiting[] {
    let count = 0;
    for (const { bytes } of this.waiting) {
      room -= bytes + 1;
      if (room < 0) break;
      count++;
    }
    return this.waiting.splice(0, count);
  }

  /** Once there is room again, the place where events were dropped gets its mark. */
  private noteDropped(): void {
    if (this.dropped === 0 || this.waiting.length >= EVENTS_WAITING_MOST) return;
    this.waiting.push(waiting({ type: 'unknown', dropped: this.dropped }));
    this.dropped = 0;
  }
}

/** Which sockets are observed in an I/O worker, and what there is to tell of them. */
export class Monitors {
  private readonly monitors = new Map<string, Monitor>();

  /** Does anybody want to know? */
  observed(place: SocketPlace): boolean {
    return this.monitors.has(keyOf(place));
  }

  report(place: SocketPlace, event: SentEvent): void {
    this.monitors.get(keyOf(place))?.report(event);
  }

  /** The socket's thread asks for what has happened. */
  observe(command: ObserveCommand, question: ReceivedCommand): void {
    const key = keyOf(command);
    let monitor = this.monitors.get(key);
    if (monitor === undefined) {
      monitor = new Monitor(() => this.monitors.delete(key));
      this.monitors.set(key, monitor);
    }
    monitor.ask(question);
  }

  /** It wants no more than what has happened so far. */
  unobserve(command: ObserveCommand): void {
    this.monitors.get(keyOf(command))?.end();
  }

  /** Threads have died: what they wanted to know, nobody does. */
  forget(dead: (slot: number) => boolean): void {
    for (const key of [...this.monitors.keys()]) {
      if (dead(slotOf(key))) this.monitors.delete(key);
    }
  }

  /** The worker ends: whoever waits for events waits in vain. */
  stop(): void {
    for (const monitor of this.monitors.values()) monitor.stop();
    this.monitors.clear();
  }
}

function keyOf({ slot, socket }: SocketPlace): string {
  return `${slot} ${socket}`;
}

function slotOf(key: string): number {
  return Number(key.split(' ')[0]);
}

function waiting(event: SentEvent): Waiting {
  let text = JSON.stringify(event);
  let bytes = Buffer.byteLength(text);
  if (bytes > EVENT_BYTES_MOST) {
    text = JSON.stringify(event, (_key, value: unknown) =>
      typeof value === 'string' ? cut(value) : value,
    );
    bytes = Buffer.byteLength(text);
  }
  return { text, bytes };
}

function cut(text: string): string {
  return text.length <= CUT_TO ? text : `${text.slice(0, CUT_TO)}…`;
}

function answerText(batch: readonly Waiting[], end: boolean): string {
  return `{"events":[${batch.map(({ text }) => text).join()}],"end":${end}}`;
}
