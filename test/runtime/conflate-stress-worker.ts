import { parentPort, workerData } from 'node:worker_threads';
import { Arena, type ContextHandle } from '../../src/runtime/memory/arena.js';
import { PIPE_SESSION } from '../../src/runtime/pipe/layout.js';
import { announce, Pipe } from '../../src/runtime/pipe/pipe.js';
import { HWM_CONFLATES } from '../../src/runtime/ring/layout.js';
import { claimSlot } from '../../src/runtime/thread/slot.js';
import { Thread } from '../../src/runtime/thread/thread.js';

/** What both threads of a stress do; the one with slot 0 writes, the other reads. */
export interface ConflateStressPlan {
  readonly handle: ContextHandle;
  readonly slot: number;
  readonly messages: number;
  /** Bytes of the longest message. */
  readonly largest: number;
  /** Each so manieth message is kept in a hand until the next one is. */
  readonly held: number;
}

export interface ConflateStressReport {
  readonly last: number;
  readonly count: number;
  /** Messages that gave way, as the writer has counted them. */
  readonly conflated: number;
  /** Blocks of the arena that this thread has not freed. */
  readonly blocks: number;
}

const FOR_EVER = -1;
const HEADER_BYTES = 8;
const NOTHING = (): void => undefined;

const plan = workerData as ConflateStressPlan;
const arena = Arena.open(plan.handle);
let pipe: Pipe | undefined;
let over = false;
let last = 0;
let count = 0;
let held: { hand: number; byteOffset: number; copy: Buffer; view: Buffer } | undefined;

claimSlot(arena.words, plan.slot, plan.slot);
const thread = new Thread(arena, plan.slot, {
  pipeArrived: (at) => takeIn(Pipe.accept(thread, at)),
  commandArrived: NOTHING,
  stateRaised: NOTHING,
  pipeStranded: NOTHING,
  deathsSeen: NOTHING,
});

if (plan.slot === 0) write();
else read();
const { blocks } = thread.allocator;
const conflated = pipe!.conflated;
parentPort!.postMessage({ last, count, conflated, blocks } satisfies ConflateStressReport);

function takeIn(taken: Pipe): void {
  pipe = taken;
  pipe.events = {
    readActivated: NOTHING,
    writeActivated: NOTHING,
    pipeTerminated: () => {
      // Before this end leaves: the writer then looks whether all of its memory is back, and nobody wakes it again.
      letGo();
      over = true;
    },
  };
}

function write(): void {
  takeIn(Pipe.create(thread, PIPE_SESSION, { send: HWM_CONFLATES, receive: 0 }, 1, 0));
  announce(arena.words, pipe!.at, 1);
  for (last = 1; last <= plan.messages; last++) {
    if (!pipe!.write([messageOf(last)])) fail(`message ${last} had to wait`);
    count++;
  }
  pipe!.terminate();
  thread.blockUntil(() => thread.allocator.blocks === 0, FOR_EVER, true);
}

function read(): void {
  thread.blockUntil(() => pipe !== undefined, FOR_EVER, true);
  thread.blockUntil(readAll, FOR_EVER, true);
}

/** Reads what there is. True when the pipe has ended. */
function readAll(): boolean {
  while (pipe!.checkRead()) {
    if (count % plan.held === 0) readInHand();
    else check(pipe!.read()[0]!);
    count++;
  }
  return over;
}

function readInHand(): void {
  const [view] = pipe!.readViews();
  const byteOffset = view!.byteOffset;
  const hand = thread.hands.take(byteOffset);
  if (hand === 0) fail('no hand is free');
  pipe!.release();
  check(view!);
  letGo();
  held = { hand, byteOffset, copy: Buffer.from(view!), view: view! };
}

/** What was held must be what it was. */
function letGo(): void {
  if (held === undefined) return;
  if (!held.view.equals(held.copy)) fail('a message changed in the hand');
  thread.leases.letGo(held.hand, held.byteOffset);
  held = undefined;
}

/** The number comes first, then a sum over it and the bytes behind. */
function messageOf(number: number): Buffer {
  const length = HEADER_BYTES + ((Math.imul(number, 0x9e3779b1) >>> 0) % plan.largest);
  const bytes = Buffer.alloc(length, number);
  bytes.writeUInt32LE(number, 0);
  bytes.writeUInt32LE(sumOf(bytes), 4);
  return bytes;
}

function check(bytes: Buffer): void {
  const number = bytes.readUInt32LE(0);
  if (number <= last) fail(`${number} came after ${last}`);
  if (bytes.readUInt32LE(4) !== sumOf(bytes)) fail(`message ${number} is torn`);
  last = number;
}

function sumOf(bytes: Buffer): number {
  let sum = bytes.length ^ bytes.readUInt32LE(0);
  for (let i = HEADER_BYTES; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193);
  return sum >>> 0;
}

function fail(what: string): never {
  throw new Error(`slot ${plan.slot}: ${what}`);
}
