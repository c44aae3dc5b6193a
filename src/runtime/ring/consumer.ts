import { assert } from '../base/assert.js';
import { exchange, load, store, type Words } from '../memory/atomics.js';
import { writeWord } from './big-endian.js';
import { FRAME_COMMAND, FRAME_PIECE } from './frame.js';
import {
  CELL_LENGTH,
  CELL_OFFSET,
  CELL_WORDS,
  RING_CELLS,
  RING_FIRST,
  RING_HEAD,
  RING_LATEST,
  RING_SPECIAL,
  RING_TAIL,
  SEGMENT_CAPACITY,
  SEGMENT_DATA,
  SEGMENT_END,
  SEGMENT_NEXT,
} from './layout.js';
import { positionIn } from './tail.js';

/**
 * The consuming end of a ring; one thread's alone. It reads `[head, limit)` of the current segment,
 * then `release` tells the producer how far it has come. Whole messages only ever lie there, or whole pieces.
 */
export class RingConsumer {
  /** Position of the next unread byte. */
  head: number;
  /** Up to here the current segment can be read. */
  limit: number;
  /** Byte offset of the current segment's data. */
  data = 0;
  /** Capacity of the current segment less one. */
  mask = 0;
  /**
   * Since the last release, what was read lay in memory that its owner can use for something else: bodies by
   * reference, or a whole segment. For whoever waits for memory. Set by whoever reads a reference.
   */
  passedMemory = false;
  /** Special frames before `head`: whoever passes one adds it. */
  special = 0;
  /**
   * At the last look at the tail no special frame lay before it. False says nothing: one may have been passed since.
   * Asked before every message, where a look at its flags would cost more.
   */
  plain = true;
  /** The tail as last seen; beyond `limit` if a next segment has begun. */
  private tailSeen: number;
  /** What the producer has been told. */
  private released: number;
  private segment = 0;
  /** Successor of the current segment, if it was seen to have one. */
  private next = 0;

  /**
   * @param ring word address of the control block
   * @param segment that the head is in, where it may no longer be the first
   */
  constructor(
    private readonly words: Words,
    private readonly ring: number,
    segment = 0,
  ) {
    this.head = load(words, ring + RING_HEAD);
    this.limit = this.head;
    this.tailSeen = this.head;
    this.released = this.head;
    if (segment !== 0) this.enter(segment);
  }

  /** Is there a message at `head`? Looks at the producer only when all it knew of is read. */
  available(): boolean {
    return this.head !== this.limit || this.advance();
  }

  /**
   * May there be a special frame between `head` and `limit`? The limit came from the tail, and the
   * count is stored before the tail: a frame that can be read is among those counted. So look at the tail first.
   */
  mayHoldSpecial(): boolean {
    return load(this.words, this.ring + RING_SPECIAL) !== this.special;
  }

  /** From now on `plain` is never true, and `mayHoldSpecial` always: whoever reads looks at each message. */
  lookAtEach(): void {
    // Both counts go up alike, so what they differ by stays.
    this.special = (this.special - 1) | 0;
  }

  /**
   * The ticket whose body is at `at` becomes a reference to the last message there is: what is read until the head passes
   * it is that one, however many come meanwhile. Answers its byte offset.
   *
   * There is always one. The producer publishes a ticket only after it has put a message into an empty LATEST, and only
   * whoever has met the ticket empties it. The cell is read before the next one is taken: by then the producer may
   * write to it again.
   */
  redeem(bytes: Uint8Array, at: number): number {
    const { words, ring, data, mask } = this;
    const taken = exchange(words, ring + RING_LATEST, 0);
    assert(taken !== 0, 'a ticket stands for a message');
    const cell = ring + RING_CELLS + (taken - 1) * CELL_WORDS;
    const offset = words[cell + CELL_OFFSET]!;
    // The frame is the consumer's until HEAD has passed it.
    writeWord(bytes, data, mask, at, offset);
    writeWord(bytes, data, mask, at + 4, words[cell + CELL_LENGTH]!);
    return offset;
  }

  /** Bytes that were read but not yet given back. */
  get unreleased(): number {
    return (this.head - this.released) | 0;
  }

  /**
   * Another consumer at the same place, to look ahead with: it gives nothing back, does not tell special frames, and is
   * good until this one moves.
   */
  scout(): RingConsumer {
    const scout = new RingConsumer(this.words, this.ring);
    scout.head = this.head;
    scout.limit = this.limit;
    scout.data = this.data;
    scout.mask = this.mask;
    scout.tailSeen = this.tailSeen;
    scout.segment = this.segment;
    scout.next = this.next;
    return scout;
  }

  /** Has a message been published that begins at `at`, where the one at the head ends? Neither a signal nor a piece is one. */
  messageFollows(bytes: Uint8Array, at: number): boolean {
    if (this.loadTail(at) === at) return false;
    const scout = this.scout();
    scout.head = at;
    if (!scout.available()) return false;
    const flags = bytes[scout.data + (at & scout.mask)]!;
    return (flags & (FRAME_COMMAND | FRAME_PIECE)) === 0;
  }

  /** Gives everything before `head` back to the producer. True if that was news. */
  release(): boolean {
    if (this.released === this.head) return false;
    this.released = this.head;
    store(this.words, this.ring + RING_HEAD, this.head);
    return true;
  }

  private advance(): boolean {
    if (this.tailSeen === this.head) {
      // The tail first, then the link: see RingProducer.link.
      this.tailSeen = this.loadTail(this.head);
      if (this.tailSeen === this.head) return false;
      this.plain = !this.mayHoldSpecial();
      if (this.segment === 0) this.enter(load(this.words, this.ring + RING_FIRST));
      else this.observeLink();
    }
    // At the end of a segment with more beyond it: the links were stored before the tail we know.
    while (this.limit === this.head) {
      this.passedMemory = true;
      this.enter(this.next);
    }
    return true;
  }

  private loadTail(near: number): number {
    return positionIn(load(this.words, this.ring + RING_TAIL), near);
  }

  private enter(segment: number): void {
    this.segment = segment;
    this.data = this.words[segment + SEGMENT_DATA]!;
    this.mask = this.words[segment + SEGMENT_CAPACITY]! - 1;
    this.observeLink();
  }

  /** How far the current segment goes, given the tail that was loaded before. */
  private observeLink(): void {
    this.next = load(this.words, this.segment + SEGMENT_NEXT);
    this.limit = this.tailSeen;
    if (this.next === 0) return;
    const end = load(this.words, this.segment + SEGMENT_END);
    // The link may be newer than the tail that was loaded, and lie beyond it.
    if (((end - this.tailSeen) | 0) < 0) this.limit = end;
  }
}
