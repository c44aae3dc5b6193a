import { load, store, type Words } from '../memory/atomics.js';
import {
  RING_FIRST,
  RING_HEAD,
  RING_SPECIAL,
  RING_TAIL,
  SEGMENT_CAPACITY,
  SEGMENT_DATA,
  SEGMENT_END,
  SEGMENT_NEXT,
} from './layout.js';

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

  /** Has the producer published anything that is not read? Changes nothing; for a re-check before sleep. */
  hasMore(): boolean {
    return load(this.words, this.ring + RING_TAIL) !== this.head;
  }

  /**
   * May there be a special frame between `head` and `limit`? The limit came from the tail, and the
   * count is stored before the tail: a frame that can be read is among those counted. So look at the tail first.
   */
  mayHoldSpecial(): boolean {
    return load(this.words, this.ring + RING_SPECIAL) !== this.special;
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
      this.tailSeen = load(this.words, this.ring + RING_TAIL);
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
