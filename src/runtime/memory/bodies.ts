import type { Body } from '../base/message.js';
import type { Allocator } from './allocator.js';
import type { Arena } from './arena.js';
import type { Words } from './atomics.js';
import { copyIn } from './copy.js';
import { collectHeld } from './hands.js';

/** A body that lies in the arena outside of any ring. Its owner's alone; nothing of it is shared but its bytes. */
export interface SharedBody {
  /** Byte offset. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** Rings that carry it and have not been passed, and what this thread itself is about to do with it. */
  uses: number;
  /** Leases of it that the application has in this thread: it may write to them, so whatever is sent of the body now is copied. */
  lent: number;
  /** It is among those that were passed. */
  passed: boolean;
}

/** A ring's producer that has something its consumer may have finished with. */
export interface Lender {
  /** Looks how far the consumer has come, and frees what it has passed. */
  collect(): void;
}

/**
 * The bodies that a thread owns: those it has sent, or is going to, without copying them into a ring. Only
 * this thread frees them, when every ring that carried a body has been passed by its consumer and no
 * living thread holds it in a hand.
 */
export class Bodies {
  /** Producers that may have something to free. */
  readonly lenders = new Set<Lender>();
  private readonly words: Words;
  private readonly bodies = new Map<number, SharedBody>();
  /**
   * Out of use when they came here: passed by every ring. Each is here once, until a look finds it in no hand, or in use again.
   */
  private readonly passedBodies: SharedBody[] = [];
  private readonly held = new Set<number>();

  constructor(
    private readonly arena: Arena,
    private readonly allocator: Allocator,
  ) {
    this.words = arena.words;
  }

  /** Bodies of this thread that are not free yet. */
  get count(): number {
    return this.bodies.size;
  }

  /** A body of `length` bytes, in use once; undefined if there is no memory for it now. */
  make(length: number): SharedBody | undefined {
    let offset = this.allocator.allocate(length);
    if (offset === 0 && this.passedBodies.length > 0) {
      this.freePassed();
      offset = this.allocator.allocate(length);
    }
    if (offset === 0) return undefined;
    const body = { offset, length, uses: 1, lent: 0, passed: false };
    this.bodies.set(offset, body);
    return body;
  }

  /**
   * Sees to it that what is to be sent lies in the arena, in use once more: a copy, unless it can be sent as
   * it lies. Undefined if there is no memory for it now.
   */
  share(body: Body, length: number): SharedBody | undefined {
    if (typeof body === 'string') {
      const text = this.make(length);
      if (text !== undefined) this.arena.buffer.write(body, text.offset, length);
      return text;
    }
    const lying = this.sendable(body);
    if (lying !== undefined) {
      lying.uses++;
      return lying;
    }
    const copy = this.make(length);
    if (copy !== undefined) copyIn(this.arena, copy.offset, body, 0, length);
    return copy;
  }

  /** The body whose bytes these are, if it can be sent as it lies. */
  sendable(bytes: Uint8Array): SharedBody | undefined {
    if (bytes.buffer !== this.arena.handle) return undefined;
    const body = this.bodies.get(bytes.byteOffset);
    return body?.lent === 0 ? body : undefined;
  }

  /** The body at a byte offset, if it is this thread's. */
  at(offset: number): SharedBody | undefined {
    return this.bodies.get(offset);
  }

  /** What the body holds, as bytes of the arena. */
  view({ offset, length }: SharedBody): Buffer<SharedArrayBuffer> {
    return this.arena.buffer.subarray(offset, offset + length);
  }

  /** One use is over. Frees the body after the last one, unless it is in a hand. */
  done(body: SharedBody): void {
    this.passed(body);
    this.freePassed();
  }

  /** One use is over: a ring that carried it has been passed, say. After several of them, `freePassed`. */
  passed(body: SharedBody): void {
    if (--body.uses > 0 || body.passed) return;
    body.passed = true;
    this.passedBodies.push(body);
  }

  /** Frees whatever others have finished with. */
  collect(): void {
    for (const lender of this.lenders) lender.collect();
    this.freePassed();
  }

  /** Frees what no ring carries and no hand holds. */
  freePassed(): void {
    const { held, passedBodies } = this;
    if (passedBodies.length === 0) return;
    // Positions were loaded before: whoever holds a body now has had it in hand since then.
    held.clear();
    collectHeld(this.words, held);
    let kept = 0;
    for (const body of passedBodies) {
      // Whoever has received it in this thread may have sent it on, as it lies. It comes here again.
      if (body.uses > 0) body.passed = false;
      else if (held.has(body.offset)) passedBodies[kept++] = body;
      else this.free(body);
    }
    passedBodies.length = kept;
  }

  private free(body: SharedBody): void {
    this.bodies.delete(body.offset);
    this.allocator.release(body.offset);
  }
}
