import { Allocator } from '../../../../src/runtime/memory/allocator.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { add, load, store } from '../../../../src/runtime/memory/atomics.js';
import { Bodies } from '../../../../src/runtime/memory/bodies.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import { PageTable } from '../../../../src/runtime/memory/pages.js';
import { RingConsumer } from '../../../../src/runtime/ring/consumer.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { RingProducer } from '../../../../src/runtime/ring/producer.js';
import { atRest } from '../../../../src/runtime/ring/tail.js';
import { Doorbell, ring, ringAlways } from '../../../../src/runtime/thread/doorbell.js';
import { initNode, NODE_PIPE, push, takeAll } from '../../../../src/runtime/thread/ready-list.js';
import {
  restConsumer,
  signalData,
  signalRoom,
  starve,
} from '../../../../src/runtime/thread/signal.js';
import type { Scenario } from '../explore.js';
import { label, makeArena } from '../world.js';

/** Doorbell, ready list, and how the ends of a ring tell each other. Who finds nothing to do sleeps. */

const ARENA_SIZE = 2 ** 20;
const FOREVER = 2 ** 30;
const MESSAGE = 16;
const { slotAt, HEADER_STATE, SLOT_PENDING, SLOT_RETURNED, SLOT_TOP } = memoryLayout;

interface World {
  readonly arena: Arena;
  readonly allocator: Allocator;
}

function makeWorld(slots: number): World {
  const arena = makeArena(ARENA_SIZE);
  label('header', 0, memoryLayout, 'HEADER_');
  for (let slot = 0; slot < slots; slot++)
    label(`slot ${slot}`, slotAt(slot), memoryLayout, 'SLOT_');
  return {
    arena,
    allocator: new Allocator(new PageTable(arena.words, ARENA_SIZE, 1), () => undefined),
  };
}

function makeNode({ arena, allocator }: World): number {
  const node = allocator.allocate(64) >>> 2;
  initNode(arena.words, node, NODE_PIPE, node);
  return node;
}

function makeRing(
  world: World,
  number: number,
  producer: number,
  consumer: number,
  hwm: number,
  start = 0,
): number {
  const { words } = world.arena;
  const at = world.allocator.allocate(ringLayout.RING_WORDS * 4) >>> 2;
  label(`ring ${number}`, at, ringLayout, 'RING_');
  words[at + ringLayout.RING_PRODUCER_SLOT] = producer;
  words[at + ringLayout.RING_CONSUMER_SLOT] = consumer;
  words[at + ringLayout.RING_HWM] = hwm;
  // Nothing has come yet, and its consumer knows.
  words[at + ringLayout.RING_TAIL] = atRest(start);
  words[at + ringLayout.RING_HEAD] = start;
  initNode(words, at + ringLayout.RING_DATA_NODE, NODE_PIPE, at);
  initNode(words, at + ringLayout.RING_ROOM_NODE, NODE_PIPE, at);
  return at;
}

/** A thread that waits for `count` nodes, each pushed once by one of the others. */
function nodeCollector({ arena: { words } }: World, count: number): () => void {
  const doorbell = new Doorbell(words, slotAt(0));
  return () => {
    const taken: number[] = [];
    for (;;) {
      const bell = doorbell.read();
      takeAll(words, slotAt(0), taken);
      if (new Set(taken).size !== taken.length) throw new Error('a node was taken twice');
      if (taken.length >= count) return;
      doorbell.sleep(bell, FOREVER);
    }
  };
}

/** Two threads push onto the list of a third, which sleeps in between. */
export function twoPushers(): Scenario {
  const world = makeWorld(1);
  const { words } = world.arena;
  const nodes = [makeNode(world), makeNode(world), makeNode(world)];
  const pusher = (own: readonly number[]) => () => {
    for (const node of own) {
      push(words, slotAt(0), node);
      ring(words, slotAt(0));
    }
  };
  return {
    threads: [nodeCollector(world, 3), pusher([nodes[0]!, nodes[1]!]), pusher([nodes[2]!])],
  };
}

/** The context's state is raised and a pipe comes back while the owner goes to sleep. */
export function stateRaised(): Scenario {
  const { arena } = makeWorld(1);
  const { words } = arena;
  const doorbell = new Doorbell(words, slotAt(0));
  const owner = (): void => {
    for (;;) {
      doorbell.sleep(doorbell.read(), FOREVER);
      doorbell.stateSeen = load(words, HEADER_STATE);
      doorbell.returnedSeen = load(words, slotAt(0) + SLOT_RETURNED);
      if (doorbell.stateSeen === 1 && doorbell.returnedSeen === 1) return;
    }
  };
  const raiser = (): void => {
    store(words, HEADER_STATE, 1);
    ringAlways(words, slotAt(0));
  };
  const returner = (): void => {
    add(words, slotAt(0) + SLOT_RETURNED, 1);
    ring(words, slotAt(0));
  };
  return { threads: [owner, raiser, returner] };
}

/** Who terminates waits for counts that only an unconditional ring announces. */
export function progressReported(): Scenario {
  const { arena } = makeWorld(1);
  const { words } = arena;
  const doorbell = new Doorbell(words, slotAt(0));
  const pending = slotAt(0) + SLOT_PENDING;
  words[pending] = 2;
  const waiter = (): void => {
    for (;;) {
      const bell = doorbell.read();
      if (load(words, pending) === 0) return;
      doorbell.sleep(bell, FOREVER);
    }
  };
  const reporter = (): void => {
    add(words, pending, -1);
    ringAlways(words, slotAt(0));
  };
  return { threads: [waiter, reporter, reporter] };
}

/** Slot 0 reads from a ring of each other thread. */
class Reader {
  readonly words;
  readonly consumers: RingConsumer[];
  private readonly doorbell: Doorbell;
  private readonly active = new Set<number>();
  private readonly taken: number[] = [];
  received = 0;

  constructor(
    { arena }: World,
    private readonly rings: readonly number[],
    private readonly total: number,
  ) {
    this.words = arena.words;
    this.consumers = rings.map((at) => new RingConsumer(arena.words, at));
    this.doorbell = new Doorbell(arena.words, slotAt(0));
  }

  /** Until all was received, or the context's state is raised. */
  work(): void {
    while (this.received < this.total) {
      const bell = this.doorbell.read();
      takeAll(this.words, slotAt(0), this.taken);
      while (this.taken.length > 0) this.activate(this.taken.pop()!);
      if (load(this.words, HEADER_STATE) !== this.doorbell.stateSeen) return;
      for (const index of [...this.active]) this.drain(index);
      if (this.active.size === 0 && this.received < this.total) this.doorbell.sleep(bell, FOREVER);
    }
  }

  private activate(node: number): void {
    const index = this.rings.indexOf(node - ringLayout.RING_DATA_NODE);
    if (this.active.has(index)) throw new Error('a data node came twice');
    this.active.add(index);
  }

  private drain(index: number): void {
    const at = this.rings[index]!;
    const consumer = this.consumers[index]!;
    while (consumer.available()) {
      consumer.head = (consumer.head + MESSAGE) | 0;
      this.received++;
      consumer.release();
      signalRoom(this.words, at);
    }
    if (restConsumer(this.words, at, consumer.head)) this.active.delete(index);
  }
}

/** Writes until it is done; sleeps on its own bell while its ring is full. */
function writer(world: World, at: number, slot: number, messages: number): () => void {
  const { arena, allocator } = world;
  const { words } = arena;
  const producer = new RingProducer(arena, allocator, at, new Bodies(arena, allocator));
  const doorbell = new Doorbell(words, slotAt(slot));
  const taken: number[] = [];

  /** False once the state was raised. */
  const awaitRoom = (): boolean => {
    if (!starve(words, at, producer.headSeen, producer.hwm)) return true;
    for (;;) {
      const bell = doorbell.read();
      takeAll(words, slotAt(slot), taken);
      if (taken.pop() !== undefined) {
        if (taken.length > 0) throw new Error('a room node came twice');
        return true;
      }
      if (load(words, HEADER_STATE) !== doorbell.stateSeen) return false;
      doorbell.sleep(bell, FOREVER);
    }
  };

  return () => {
    for (let i = 0; i < messages; i++) {
      while (!producer.belowHwm()) if (!awaitRoom()) return;
      producer.reserve(MESSAGE);
      producer.write = (producer.write + MESSAGE) | 0;
      if (producer.commit()) signalData(words, at);
    }
  };
}

/** @param messages how many each producer sends */
function conversation(messages: readonly number[], hwm: number, start = 0): Scenario {
  const world = makeWorld(messages.length + 1);
  const { words } = world.arena;
  const rings = messages.map((_, index) => makeRing(world, index + 1, index + 1, 0, hwm, start));
  const total = messages.reduce((sum, count) => sum + count, 0);
  const reader = new Reader(world, rings, total);
  const threads = [() => reader.work()];
  for (let i = 0; i < rings.length; i++)
    threads.push(writer(world, rings[i]!, i + 1, messages[i]!));
  const check = (): void => {
    for (let slot = 1; slot <= messages.length; slot++) {
      if (load(words, slotAt(slot) + SLOT_TOP) !== 0)
        throw new Error('a room node nobody asked for');
    }
  };
  return { threads, check };
}

/** One ring that is never full. */
export function dataSignal(): Scenario {
  return conversation([3], 0);
}

/** One ring that holds one message: each side waits for the other, again and again. */
export function roomSignal(): Scenario {
  return conversation([3], 1);
}

/** The same, where the word of a tail wraps: where the second message ends it has no bit that is set. */
export function wrappedSignal(): Scenario {
  return conversation([3], 1, 0x7fffffe0);
}

/** Two rings, one reader. */
export function twoRings(): Scenario {
  return conversation([2, 1], 0);
}

/** Two rings, one of them full, one reader. */
export function twoFullRings(): Scenario {
  return conversation([2, 1], 1);
}

/** The state is raised while both sides may sleep; nobody may sleep on. */
export function terminated(): Scenario {
  const world = makeWorld(2);
  const { words } = world.arena;
  const at = makeRing(world, 1, 1, 0, 1);
  // One message more than ever comes, and nobody reads what the writer waits for.
  const reader = new Reader(world, [], 1);
  const raiser = (): void => {
    store(words, HEADER_STATE, 1);
    ringAlways(words, slotAt(0));
    ringAlways(words, slotAt(1));
  };
  words[at + ringLayout.RING_CONSUMER_SLOT] = 2;
  return { threads: [() => reader.work(), writer(world, at, 1, 2), raiser] };
}

/** The mark of a full ring that nobody reads is raised while its producer goes to sleep. */
export function markRaised(): Scenario {
  const world = makeWorld(2);
  const { words } = world.arena;
  const at = makeRing(world, 1, 1, 0, 1);
  const raiser = (): void => {
    store(words, at + ringLayout.RING_HWM, 2);
    signalRoom(words, at);
  };
  return {
    threads: [raiser, writer(world, at, 1, 2)],
    check: () => {
      if (load(words, slotAt(1) + SLOT_TOP) !== 0) throw new Error('a room node nobody asked for');
    },
  };
}
