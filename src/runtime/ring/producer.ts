import { Fifo } from '../base/fifo.js';
import {
  longestMessage,
  PIPE_SHARE,
  SEGMENT_BYTES_FIRST,
  SEGMENT_BYTES_LAST,
  WARM_BYTES,
} from '../base/limits.js';
import type { Allocator } from '../memory/allocator.js';
import type { Arena } from '../memory/arena.js';
import { exchange, load, store, type Words } from '../memory/atomics.js';
import type { Bodies, Lender, SharedBody } from '../memory/bodies.js';
import { RingConsumer } from './consumer.js';
import {
  CELL_LENGTH,
  CELL_OFFSET,
  CELL_WORDS,
  HWM_CONFLATES,
  RING_CELLS,
  RING_CONFLATED,
  RING_FIRST,
  RING_HEAD,
  RING_HWM,
  RING_LATEST,
  RING_MESSAGES,
  RING_SPECIAL,
  RING_TAIL,
  SEGMENT_CAPACITY,
  SEGMENT_DATA,
  SEGMENT_END,
  SEGMENT_HEADER_BYTES,
  SEGMENT_NEXT,
} from './layout.js';
import { Marks } from './marks.js';
import { atWork, positionIn, rests } from './tail.js';

/** Bytes of a line of a processor's cache, the unit in which cores take memory from each other. */
const CACHE_LINE = 64;
/** What a core can ask for at once is limited, and so is what may be asked for in vain. */
const CLAIM_BYTES = 8 * CACHE_LINE;

/** A segment the producer has left; it is freed when the consumer has left it too. */
interface RetiredSegment {
  readonly header: number;
  readonly end: number;
}

/** A body that messages up to `end` carry. */
interface Carried {
  /** Replaced while it is that of a ticket which the consumer has not come to. */
  body: SharedBody;
  readonly end: number;
}

/**
 * The producing end of a ring; one thread's alone.
 *
 * Messages go to `[tail, write)` and are invisible until `commit`, which publishes whole ones only.
 * `rollback` forgets them. Room is made by linking a larger segment while the ring holds fewer
 * messages than its high-water mark and less than its share of the arena.
 */
export class RingProducer implements Lender {
  private readonly words: Words;
  /** Published: end of the last whole message. */
  tail: number;
  /** Where the next byte goes. */
  write: number;
  /** Byte offset of the segment's data; valid while `mask` is not 0. */
  data = 0;
  /** Capacity of the segment less one; -1 before the first message. */
  mask = -1;
  /** What the consumer was last seen to have finished with. */
  headSeen: number;
  /**
   * From here on bytes occupy the current segment: what comes before is in older ones, or was seen to be read. It goes
   * with the head, for if it stayed behind by 2^31 it would seem to lie ahead.
   */
  private floor: number;
  private segment = 0;
  /** The consumer was seen beyond the start of the current segment. */
  private entered = false;
  /** Up to here the segment has room, and its lines were asked for. Before `write` if that went on without asking. */
  private claimed: number;
  private readonly retired: RetiredSegment[] = [];
  /** Bodies by reference that the consumer has not passed, and their bytes. */
  private readonly carried = new Fifo<Carried>();
  private carriedBytes = 0;
  /** Bytes of the bodies since this end last looked how far the consumer has come. */
  private unlooked = 0;
  private special = 0;
  /** The last message of a ring that conflates, as the last ticket carries it. */
  private latest: Carried | undefined;
  /** Its cell, and the one that the consumer took last. */
  private latestCell = 1;
  private takenCell = 2;
  private readonly marks = new Marks();
  /** Messages written so far, but for those that `conflated` counts. */
  messages = 0;
  /** Messages that gave way to newer ones, or were not taken. */
  conflated = 0;
  /** The mark as last seen. */
  hwm: number;
  /** The longest message. */
  private readonly most: number;
  /** Bytes of all segments, for the ring's share of the arena. */
  private reserved = 0;
  /** Bytes of the first segment. Whoever writes may change it before it does. */
  first = SEGMENT_BYTES_FIRST;

  /** @param ring word address of the control block */
  constructor(
    private readonly arena: Arena,
    private readonly allocator: Allocator,
    private readonly ring: number,
    private readonly bodies: Bodies,
  ) {
    this.words = arena.words;
    this.tail = positionIn(load(this.words, ring + RING_TAIL), load(this.words, ring + RING_HEAD));
    this.write = this.tail;
    this.headSeen = this.tail;
    this.floor = this.tail;
    this.claimed = this.tail;
    this.hwm = load(this.words, ring + RING_HWM);
    this.most = longestMessage(arena.size);
  }

  /** Is there room for another message, by count? Looks at the consumer only when it seems full. */
  belowHwm(): boolean {
    if (this.marks.count < this.hwm || this.hwm === 0) return true;
    // The mark may have been raised when the other side of an inproc pipe was bound.
    this.observeHwm();
    this.observeHead();
    return this.marks.count < this.hwm || this.hwm <= 0;
  }

  /** Does the ring keep the last message alone, as far as this end knows? */
  get conflates(): boolean {
    return this.hwm === HWM_CONFLATES;
  }

  /** Looks at the mark, which either side's socket may have changed. */
  observeHwm(): void {
    this.hwm = load(this.words, this.ring + RING_HWM);
  }

  /**
   * Makes room for `length` bytes from `write` on, all in one segment, possibly wrapped in it. False
   * if the ring may grow no further: wait for room. What was written since the last commit is kept,
   * but may move to another segment: read `data` and `mask` again.
   */
  reserve(length: number): boolean {
    if (this.fits(length)) return true;
    // Whoever has joined may conflate, and no growing is needed then. Before the head: that is what is waited for.
    this.observeHwm();
    this.observeHead();
    // One that begins smaller has been filled once, so it does not lie idle: it need not wrap at each few messages.
    const small = this.capacity < SEGMENT_BYTES_FIRST;
    return (!small && this.fits(length)) || this.grow(length) || this.fits(length);
  }

  /** Could a message of `length` bytes ever fit this ring? */
  admits(length: number): boolean {
    return length <= this.most;
  }

  /** Bytes that may still be written before `commit`: together with those that were, `admits` says yes. */
  get left(): number {
    return this.most - this.unpublished;
  }

  /** Bytes that were written since the last `publish`. */
  get unpublished(): number {
    return (this.write - this.tail) | 0;
  }

  /**
   * Is there room for a short frame, as far as this end has looked? Asks for the cache lines that come next, many at once: each
   * has to come from the consumer's core, which has mostly read it last, and what publishes a message waits until all that
   * was written to are here. So they are on their way together, and not one after the other.
   * @param length at most CLAIM_BYTES
   */
  claims(length: number): boolean {
    return ((this.write + length - this.claimed) | 0) <= 0 || this.claim(length);
  }

  /** Bytes of the segment that is being written to. */
  get capacity(): number {
    return this.mask + 1;
  }

  /** Bytes that can be written at `write` without a call to `reserve`. */
  get room(): number {
    return this.mask + 1 - ((this.write - this.floor) | 0);
  }

  /**
   * May the ring carry `bytes` more by reference? They count against its share like those that lie in it.
   * One message may always be on its way.
   */
  affords(bytes: number): boolean {
    // While there is room: what the consumer has read is in a cache, and memory that was never used is not.
    if (this.unlooked >= WARM_BYTES) this.observeHead();
    if (this.carried.length === 0 || this.withinShare(bytes)) return true;
    this.observeHead();
    return this.carried.length === 0 || this.withinShare(bytes);
  }

  /**
   * The message that ends at `write` has a frame that refers to the body. Before `commit`.
   */
  carry(body: SharedBody): Carried {
    body.uses++;
    const carried: Carried = { body, end: this.write };
    this.carried.push(carried);
    this.carriedBytes += body.length;
    this.unlooked += body.length;
    this.bodies.lenders.add(this);
    this.countSpecial();
    return carried;
  }

  /**
   * Puts a message into the place of the one that nobody has read. False if there is none: then the message waits for a
   * ticket to be published, with `carryLatest`.
   *
   * Whoever loses the race for LATEST finds out by what was there: if the consumer has taken the message before, the
   * exchange gives 0, and its ticket is used up; if not, the message is this end's again, and its ticket stands for the
   * new one.
   * @param length of the message, which may be shorter than the body
   */
  replaceLatest(body: SharedBody, length: number): boolean {
    const { words, ring } = this;
    // Neither the one that may be taken at any time, nor the one that may still be read.
    const cell = 3 - this.latestCell - this.takenCell;
    const at = ring + RING_CELLS + cell * CELL_WORDS;
    words[at + CELL_OFFSET] = body.offset;
    words[at + CELL_LENGTH] = length;
    const untaken = exchange(words, ring + RING_LATEST, cell + 1) !== 0;
    if (!untaken) this.takenCell = this.latestCell;
    this.latestCell = cell;
    if (!untaken) return false;
    const latest = this.latest!;
    body.uses++;
    this.carriedBytes += body.length - latest.body.length;
    this.bodies.done(latest.body);
    latest.body = body;
    this.countConflated(1);
    return true;
  }

  /** A ticket for the message has been written, and ends at `write`. Before `commit`. */
  carryLatest(body: SharedBody): void {
    this.latest = this.carry(body);
  }

  /** So many messages gave way to newer ones, or were not taken. */
  countConflated(count: number): void {
    this.conflated += count;
    this.words[this.ring + RING_CONFLATED] = this.conflated;
  }

  /** A special frame has been written. Before what publishes it: a consumer that finds it must find it counted. */
  countSpecial(): void {
    store(this.words, this.ring + RING_SPECIAL, ++this.special);
  }

  /** Publishes all that was written as one message. True as `publish`. */
  commit(): boolean {
    this.mark(this.write);
    return this.publish(this.write);
  }

  /** Counts one message that ends at `end`; several may be counted before one `publish`, and no `rollback` is for them. */
  mark(end: number): void {
    this.messages++;
    if (this.hwm > 0) this.marks.push(end);
  }

  /** The consumer may read up to `end` from now on. True: it rested, and now waits for its data node. */
  publish(end: number): boolean {
    this.tail = end;
    const before = exchange(this.words, this.ring + RING_TAIL, atWork(end));
    this.words[this.ring + RING_MESSAGES] = this.messages;
    return rests(before);
  }

  /** Forgets what was written since the last commit. */
  rollback(): void {
    this.write = this.tail;
  }

  /** Is there anything the consumer has not finished with? */
  drained(): boolean {
    this.observeHead();
    return this.headSeen === this.tail;
  }

  collect(): void {
    this.observeHead();
  }

  /** Reads what the consumer has not passed, in its place. Only when it is dead. */
  inherit(): RingConsumer {
    this.observeHead();
    return new RingConsumer(this.words, this.ring, this.retired[0]?.header ?? this.segment);
  }

  /** Frees every segment, and what messages carried. Only when the consumer has promised to touch the ring no more. */
  free(): void {
    for (const { header } of this.retired) this.freeSegment(header);
    this.retired.length = 0;
    if (this.segment !== 0) this.freeSegment(this.segment);
    this.segment = 0;
    this.mask = -1;
    for (let next = this.carried.shift(); next !== undefined; next = this.carried.shift()) {
      this.bodies.passed(next.body);
    }
    this.bodies.freePassed();
    this.bodies.lenders.delete(this);
  }

  private withinShare(bytes: number): boolean {
    return this.reserved + this.carriedBytes + bytes <= this.arena.size / PIPE_SHARE;
  }

  private claim(length: number): boolean {
    if (!this.fits(CLAIM_BYTES)) return this.fits(length);
    const { data, mask, write } = this;
    const { bytes } = this.arena;
    const end = (write + CLAIM_BYTES) | 0;
    // Nobody reads what lies there: any store will do.
    for (let at = (write | (CACHE_LINE - 1)) + 1; ((end - at) | 0) > 0; at += CACHE_LINE) {
      bytes[data + (at & mask)] = 0;
    }
    this.claimed = end;
    return true;
  }

  /** Does the segment have room for `length` bytes from `write` on, as far as this end has looked? */
  private fits(length: number): boolean {
    return ((this.write + length - this.floor) | 0) <= this.mask + 1;
  }

  private observeHead(): void {
    const head = load(this.words, this.ring + RING_HEAD);
    this.unlooked = 0;
    if (head === this.headSeen) return;
    this.headSeen = head;
    if (((head - this.floor) | 0) > 0) {
      this.floor = head;
      this.entered = true;
    }
    // What others have written meanwhile must not leave it behind by 2^31. Nobody writes as much as that without a look here.
    if (((this.write - this.claimed) | 0) > 0) this.claimed = this.write;
    this.marks.passed(head);
    // Strictly beyond: a consumer exactly at the end has yet to read the link.
    while (this.retired.length > 0 && ((head - this.retired[0]!.end) | 0) > 0) {
      this.freeSegment(this.retired.shift()!.header);
    }
    if (this.carried.length > 0) this.passBodies(head);
    if (this.retired.length === 0 && this.carried.length === 0) this.bodies.lenders.delete(this);
  }

  private passBodies(head: number): void {
    const { carried, bodies } = this;
    for (;;) {
      const next = carried.first;
      if (next === undefined || ((head - next.end) | 0) < 0) break;
      carried.shift();
      this.carriedBytes -= next.body.length;
      bodies.passed(next.body);
    }
    bodies.freePassed();
  }

  private grow(length: number): boolean {
    const needed = ((this.write - this.tail) | 0) + length;
    if (!this.admits(needed)) return false;
    const share = this.arena.size / PIPE_SHARE;
    const least = this.segment === 0 ? this.first : SEGMENT_BYTES_FIRST;
    let capacity = Math.min(Math.max((this.mask + 1) * 2, least), SEGMENT_BYTES_LAST);
    while (capacity < needed) capacity *= 2;
    const replaces = this.segment !== 0 && !this.entered && this.floor === this.tail;
    if (this.reserved - (replaces ? this.mask + 1 : 0) + capacity > share) return false;

    const header = this.allocator.allocate(SEGMENT_HEADER_BYTES);
    if (header === 0) return false;
    const data = this.allocator.allocate(capacity);
    if (data === 0) {
      this.allocator.release(header);
      return false;
    }
    this.reserved += capacity;
    const next = header >>> 2;
    this.words[next + SEGMENT_DATA] = data;
    this.words[next + SEGMENT_CAPACITY] = capacity;
    this.words[next + SEGMENT_END] = 0;
    store(this.words, next + SEGMENT_NEXT, 0);
    this.carryOver(data, capacity - 1);
    if (replaces) this.replace(next);
    else this.link(next);
    this.segment = next;
    this.floor = this.tail;
    this.entered = false;
    this.claimed = this.write;
    this.data = data;
    this.mask = capacity - 1;
    return true;
  }

  /**
   * Tells the consumer where to go on. END before NEXT, NEXT before any tail beyond it: a consumer
   * that loads the tail first and the link after it can never read past the end of this segment.
   */
  private link(next: number): void {
    if (this.segment === 0) {
      store(this.words, this.ring + RING_FIRST, next);
      return;
    }
    store(this.words, this.segment + SEGMENT_END, this.tail);
    store(this.words, this.segment + SEGMENT_NEXT, next);
    this.retired.push({ header: this.segment, end: this.tail });
    this.bodies.lenders.add(this);
  }

  /**
   * Puts a larger segment in the place of the current one, in which nothing was published. The consumer
   * may have seen its address, but enters a segment only after a tail beyond the segment's start, and
   * reads the link again after that tail.
   */
  private replace(next: number): void {
    const before = this.retired.at(-1);
    if (before === undefined) store(this.words, this.ring + RING_FIRST, next);
    else store(this.words, before.header + SEGMENT_NEXT, next);
    this.freeSegment(this.segment);
  }

  /** Moves the unpublished bytes to the new segment; they are this thread's own until published. */
  private carryOver(data: number, mask: number): void {
    const bytes = this.arena.bytes;
    let from = this.tail;
    while (from !== this.write) {
      const source = from & this.mask;
      const target = from & mask;
      const run = Math.min((this.write - from) | 0, this.mask + 1 - source, mask + 1 - target);
      bytes.copyWithin(data + target, this.data + source, this.data + source + run);
      from = (from + run) | 0;
    }
  }

  private freeSegment(header: number): void {
    this.reserved -= this.words[header + SEGMENT_CAPACITY]!;
    this.allocator.release(this.words[header + SEGMENT_DATA]!);
    this.allocator.release(header << 2);
  }
}
