import { createHash } from 'node:crypto';
import { Context, type ContextHandle, Pull, Push } from '../../src/index.js';
import type { Line } from '../support/elsewhere.js';

/** What sends a message of gigabytes, and what receives it, each in a thread or process of its own. */

/** The least there is. */
export const ARENA_BYTES = 2 ** 24;
/** For what the other end is to do, preparation and all: less than the soak waits for any progress. */
const PATIENCE_MILLISECONDS = 100_000;
/** The engine's hash takes less than 2 GiB at once. */
const HASHED_AT_ONCE = 2 ** 26;

export interface EndPlan {
  /** Of the context that both ends share; null where each has one of its own. */
  readonly handle: ContextHandle | null;
  readonly endpoint: string;
}

export interface SenderPlan extends EndPlan {
  /** Bytes of the part between the first and the last. */
  readonly length: number;
  readonly seed: number;
}

export interface EndReport {
  /** Of each message each part: its length and its checksum. */
  readonly messages: readonly (readonly string[])[];
  /** When the first message began to be sent, or had been received, by the clock of all processes. */
  readonly nanoseconds: bigint;
  /** The most memory that its process has held. */
  readonly peakBytes: number;
}

/** Says that it is ready before it sends, and reports once everything is on its way. */
export async function send({ handle, endpoint, length, seed }: SenderPlan, line: Line) {
  const context = join(handle);
  const push = new Push({ context, sendTimeout: PATIENCE_MILLISECONDS });
  push.connect(endpoint);
  const long = ['first', longBody(length, seed), 'last'];
  const short = ['behind'];
  const messages = [long, short].map(described);
  line.post('ready');
  const nanoseconds = process.hrtime.bigint();
  push.sendSync(long);
  push.sendSync(short);
  push.close();
  await leave(context, handle);
  report(line, messages, nanoseconds);
}

/** Says where it has bound, and reports what it has received. */
export async function receive({ handle, endpoint }: EndPlan, line: Line) {
  const context = join(handle);
  const pull = new Pull({ context, receiveTimeout: PATIENCE_MILLISECONDS });
  pull.bindSync(endpoint);
  line.post(pull.lastEndpoint);
  const long = pull.receiveSync();
  const nanoseconds = process.hrtime.bigint();
  const short = pull.receiveSync();
  pull.close();
  await leave(context, handle);
  report(line, [long, short].map(described), nanoseconds);
}

function join(handle: ContextHandle | null): Context {
  return handle === null ? new Context({ arenaSize: ARENA_BYTES }) : Context.attach(handle);
}

/** A shared context is ended by whoever made it. */
async function leave(context: Context, handle: ContextHandle | null): Promise<void> {
  if (handle === null) await context.terminate();
}

function report(line: Line, messages: EndReport['messages'], nanoseconds: bigint): void {
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  line.post({ messages, nanoseconds, peakBytes } satisfies EndReport);
}

/** No word of 32 bits is in it twice, so that no piece can stand in for another, nor be shifted. */
function longBody(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 0x9e3779b1) ^ seed;
  return new Uint8Array(words.buffer, 0, length);
}

function described(message: readonly (string | Uint8Array)[]): readonly string[] {
  return message.map((part) => {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    const hash = createHash('sha256');
    for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) {
      hash.update(bytes.subarray(at, at + HASHED_AT_ONCE));
    }
    return `${bytes.length} bytes, ${hash.digest('hex')}`;
  });
}
