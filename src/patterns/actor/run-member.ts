import { parentPort } from 'node:worker_threads';
import { ZmqError } from '../../runtime/base/errors.js';
import { type Context, coreOf } from '../../runtime/context/context.js';
import type { Thread } from '../../runtime/thread/thread.js';
import { packError } from '../../runtime/control/sent-error.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { importModule } from '../../runtime/actor/load-module.js';
import { loadTask, type TaskFunction } from '../../runtime/actor/load-task.js';
import { store } from '../../runtime/memory/atomics.js';
import { Dealer } from '../dealer.js';
import { nextTurn } from '../turnstile.js';
import {
  decodeBatch,
  encodeBatch,
  FAILED,
  kindOf,
  NAMED,
  whyNotCloned,
  type Entry,
} from './batch.js';
import type { MemberData, MemberNotice } from './crew-types.js';

/** Results wait for others no longer than this, and for the end of the job that is running then. */
const TOGETHER_MILLISECONDS = 0.5;
/**
 * But few of them wait longer where nobody waits for a single one, and there is more to do: jobs of some hundred microseconds need the
 * core on which the dispatcher would wake up for each. It is less than what a thread has in stock, unless its credit is fixed.
 */
const FEW = 32;
const FEW_TOGETHER_MILLISECONDS = 4;
/** Timers and I/O of the module have their turn so often. */
const TURN_MILLISECONDS = 10;

/** The thread of a member: loads the module, and does jobs until it is told to stop, or the context ends. */
export async function runMember(data: MemberData, context: Context): Promise<void> {
  const tell = (notice: MemberNotice): void => parentPort!.postMessage(notice);
  let task: TaskFunction;
  try {
    if (data.composition !== undefined) await importModule(data.composition);
    task = await loadTask(data.url, data.task);
  } catch (error) {
    tell({ failure: packError(error) });
    return;
  }
  const socket = new Dealer({ context, sendHighWaterMark: 0, receiveHighWaterMark: 0 });
  try {
    socket.connect(data.endpoint);
    tell({ ready: true });
    await new Labour(data, socket, task, coreOf(context).thread).work();
  } catch (error) {
    if (!(error instanceof ZmqError && error.code === 'ETERM')) throw error;
  } finally {
    socket.close();
  }
  // Whatever the module has started goes with it; its exit handlers run.
  process.exit(0);
}

class Labour {
  readonly #functions = new Map<string, TaskFunction>();
  #results: Entry[] = [];
  /** When the results that wait began to be made. */
  #since = 0;
  #turned = performance.now();
  #flushesInTurn = false;
  /** Of results that were sent in a turn of the event loop, while a job awaited something. */
  #sending: Promise<void> | undefined;

  constructor(
    private readonly data: MemberData,
    private readonly socket: Dealer,
    private readonly task: TaskFunction,
    private readonly thread: Pick<Thread, 'touch'>,
  ) {}

  async work(): Promise<void> {
    for (;;) {
      let message = this.socket.tryReceive();
      if (message === undefined) {
        await this.#flush(performance.now());
        message = await this.socket.receive();
      }
      // See STOP.
      if (message.length === 1 && message[0]!.length === 0) break;
      await this.#doAll(decodeBatch(message).entries);
      // What comes next may take long.
      if (!this.data.bulk) await this.#flush(performance.now());
    }
    await this.#flush(performance.now());
  }

  async #doAll(entries: readonly Entry[]): Promise<void> {
    if (this.#results.length === 0) this.#since = performance.now();
    this.thread.touch();
    for (const entry of entries) {
      // Before it is begun: if the thread dies in it, this tells which it was. If it was told later, a job that had
      // been begun could be given to another thread.
      store(this.data.begun, 0, entry.number);
      let result = this.#begin(entry);
      if (result instanceof Promise) {
        this.#flushInTurn();
        result = await result;
      }
      this.#results.push(result);
      const now = performance.now();
      if (now - this.#since > this.#patience) await this.#flush(now);
      if (now - this.#turned > TURN_MILLISECONDS) {
        await this.#flush(now);
        await nextTurn();
        // In its turn the loop has said that this thread sleeps. Whoever waits for it would look in vain, on a core that it needs.
        this.thread.touch();
        this.#turned = performance.now();
        this.#since = this.#turned;
      }
    }
  }

  /** What is done does not wait for a job that waits for something: then the event loop turns. */
  #flushInTurn(): void {
    if (this.#flushesInTurn || this.#results.length === 0) return;
    this.#flushesInTurn = true;
    setImmediate(() => {
      this.#flushesInTurn = false;
      this.#sending = this.#flush(performance.now());
      // Whoever sends next hears of it.
      this.#sending.catch(() => undefined);
    });
  }

  get #patience(): number {
    return this.data.bulk && this.#results.length < FEW
      ? FEW_TOGETHER_MILLISECONDS
      : TOGETHER_MILLISECONDS;
  }

  /** Not async: a promise for each of many little jobs would cost as much as they do. */
  #begin({ number, kind, value }: Entry): Entry | Promise<Entry> {
    try {
      const result = kind === NAMED ? this.#named(value) : this.task(value);
      return isThenable(result) ? this.#settled(number, result) : resultOf(number, result);
    } catch (error) {
      return failureOf(number, error);
    }
  }

  async #settled(number: number, result: PromiseLike<unknown>): Promise<Entry> {
    try {
      return resultOf(number, await result);
    } catch (error) {
      return failureOf(number, error);
    }
  }

  async #named(value: unknown): Promise<unknown> {
    const [name, argument] = value as [string, unknown];
    let task = this.#functions.get(name);
    if (task === undefined) {
      task = await loadTask(this.data.url, name);
      this.#functions.set(name, task);
    }
    return task(argument);
  }

  async #flush(now: number): Promise<void> {
    const sending = this.#sending;
    if (sending !== undefined) {
      this.#sending = undefined;
      await sending;
    }
    const entries = this.#results;
    if (entries.length === 0) return;
    this.#results = [];
    const told = Math.round((now - this.#since) * 1000);
    this.#since = now;
    await this.socket.send(encodeResults(told, entries));
  }
}

function encodeResults(told: number, entries: readonly Entry[]): ReturnType<typeof encodeBatch> {
  try {
    return encodeBatch({ told, entries });
  } catch {
    return encodeBatch({ told, entries: entries.map(sendable) });
  }
}

/** A result that cannot be cloned is an error of its job, and of no other. */
function sendable(entry: Entry): Entry {
  const why = whyNotCloned(entry);
  if (why === undefined) return entry;
  const message = `A result cannot be sent: ${String(why.error)}`;
  return failureOf(entry.number, new ActorError('ERR_ACTOR_CLONE', { message, cause: why.error }));
}

function resultOf(number: number, value: unknown): Entry {
  return { number, kind: kindOf(value), value };
}

function failureOf(number: number, error: unknown): Entry {
  return { number, kind: FAILED, value: packError(error) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
