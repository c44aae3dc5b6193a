import { parentPort, workerData } from 'node:worker_threads';
import { Arena, type ContextHandle } from '../../src/runtime/memory/arena.js';
import { PIPE_SESSION } from '../../src/runtime/pipe/layout.js';
import { announce, Pipe, type PipeEvents } from '../../src/runtime/pipe/pipe.js';
import { claimSlot } from '../../src/runtime/thread/slot.js';
import { Thread } from '../../src/runtime/thread/thread.js';

/** What both threads of a stress do; the one with slot 0 makes the pipe. */
export interface StressPlan {
  readonly handle: ContextHandle;
  readonly slot: number;
  /** Messages from slot 0 to slot 1, and back. */
  readonly forth: number;
  readonly back: number;
  /** Bytes of the longest part. */
  readonly largest: number;
  /** High-water mark of each direction. */
  readonly mark: number;
  readonly seed: number;
  /** Messages read between two words on the progress. */
  readonly stride: number;
}

export interface StressProgress {
  readonly progress: number;
}

export interface StressReport {
  readonly read: number;
  readonly written: number;
  /** Blocks of the arena that this thread has not freed. */
  readonly blocks: number;
}

const FOR_EVER = -1;
const HEADER_BYTES = 12;
const NOTHING = (): void => undefined;

const plan = workerData as StressPlan;
const [writes, reads] = plan.slot === 0 ? [plan.forth, plan.back] : [plan.back, plan.forth];
const arena = Arena.open(plan.handle);
const thread = joinArena();

let pipe: Pipe | undefined;
let over = false;
let read = 0;
let written = 0;
/** The message that found no room. */
let waiting: Buffer[] | undefined;

if (plan.slot === 0) {
  const marks = { send: plan.mark, receive: plan.mark };
  takeIn(Pipe.create(thread, PIPE_SESSION, marks, 1, 0));
  announce(arena.words, pipe!.at, 1);
} else {
  thread.blockUntil(() => pipe !== undefined, FOR_EVER, true);
}
thread.blockUntil(exchangeMessages, FOR_EVER, true);
if (plan.slot === 0) pipe!.terminate();
// The other side leaves when it has read the end, and so all memory comes back.
thread.blockUntil(
  () => (plan.slot === 0 || isOver()) && thread.allocator.blocks === 0,
  FOR_EVER,
  true,
);
parentPort!.postMessage({ read, written, blocks: thread.allocator.blocks } satisfies StressReport);

function joinArena(): Thread {
  claimSlot(arena.words, plan.slot, plan.slot);
  return new Thread(arena, plan.slot, {
    pipeArrived: (at) => takeIn(Pipe.accept(thread, at)),
    commandArrived: () => fail('a command arrived'),
    stateRaised: () => fail('the state was raised'),
    pipeStranded: () => fail('a pipe came back'),
    // What came before the slot was claimed may be of the dead: that is looked at once.
    deathsSeen: () => undefined,
  });
}

function takeIn(taken: Pipe): void {
  if (pipe !== undefined) fail('a second pipe');
  pipe = taken;
  const events: PipeEvents = {
    readActivated: NOTHING,
    writeActivated: NOTHING,
    pipeTerminated: () => {
      over = true;
    },
  };
  pipe.events = events;
}

/** Writes and reads what it can. True when all is done. */
function exchangeMessages(): boolean {
  while (written < writes) {
    waiting ??= makeMessage(written, plan.slot);
    if (!pipe!.write(waiting)) break;
    waiting = undefined;
    written++;
  }
  while (read < reads && pipe!.checkRead()) checkMessage(pipe!.read());
  return written === writes && read === reads;
}

function isOver(): boolean {
  if (!over && pipe!.checkRead()) fail('a message too many');
  return over;
}

/**
 * Most messages have one part, some have up to four. The first begins with the sender, its number,
 * and the sum over the bytes of all parts behind it.
 */
function makeMessage(number: number, sender: number): Buffer[] {
  const parts: Buffer[] = [];
  let random = mix(plan.seed, sender, number);
  let count = random % 16 === 0 ? 4 : 1;
  while (count-- > 0) {
    random = mix(random, count, number);
    // Small sizes are as likely as large ones.
    const bits = random % (32 - Math.clz32(plan.largest));
    const length = Math.min((random >>> 8) % (2 << bits), plan.largest);
    parts.push(Buffer.alloc(length, random >>> 24));
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(sender, 0);
  header.writeUInt32LE(number, 4);
  header.writeUInt32LE(sumOf(parts), 8);
  return [Buffer.concat([header, parts[0]!]), ...parts.slice(1)];
}

function checkMessage(message: Buffer[]): void {
  const sender = 1 - plan.slot;
  const [first] = message;
  if (first!.readUInt32LE(0) !== sender) fail('not from the other side');
  if (first!.readUInt32LE(4) !== read) fail(`${first!.readUInt32LE(4)} came in place of ${read}`);
  const parts = [first!.subarray(HEADER_BYTES), ...message.slice(1)];
  if (first!.readUInt32LE(8) !== sumOf(parts)) fail(`message ${read} is torn`);
  if (++read % plan.stride === 0) {
    parentPort!.postMessage({ progress: read } satisfies StressProgress);
  }
}

/** A sum that depends on each byte's place, of the first and last 256 bytes of each part. */
function sumOf(parts: readonly Buffer[]): number {
  let sum = parts.length;
  for (const part of parts) {
    sum = Math.imul(sum ^ part.length, 0x01000193);
    for (let i = 0; i < part.length; i++) {
      if (i === 256 && part.length > 512) i = part.length - 256;
      sum = Math.imul(sum ^ part[i]!, 0x01000193);
    }
  }
  return sum >>> 0;
}

function mix(a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 1, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15) ^ c, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function fail(what: string): never {
  throw new Error(`slot ${plan.slot}: ${what}`);
}
