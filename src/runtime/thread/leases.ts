import { Buffer } from 'node:buffer';
import { ZmqError } from '../base/errors.js';
import { longestMessage, SHARED_BODY_BYTES_LEAST } from '../base/limits.js';
import { copyOf, LEASED, type Leased } from '../base/message.js';
import type { Arena } from '../memory/arena.js';
import type { Bodies, SharedBody } from '../memory/bodies.js';
import type { Hands } from '../memory/hands.js';
import { slotOfPage } from '../memory/pages.js';
import { frameLength } from '../ring/frame.js';
import { tellHungry, type Hungry, type Shortage } from './shortage.js';
import { isDead, tellReaper } from './slot.js';

/** For whoever finds a hold lost. */
interface Loss {
  /** Of the lease that has the hold; 0 if none has. */
  bytes: number;
}

/**
 * What keeps the memory of a lease from being freed: one of this thread's bodies, lent to the application, or a hand in which
 * somebody's body is. Only its lease refers to it, so with a lease that nobody refers to any more it is collected, and that is
 * how a lost one is told.
 *
 * To be told of an object's end costs as much as all else about a lease together. So holds are used again, which leases
 * cannot be: whoever still has one that is over must not find another's bytes in it.
 */
class Hold {
  private readonly loss: Loss = { bytes: 0 };
  /** If it is this thread's. */
  private body: SharedBody | undefined;
  /** 0: the body is this thread's, and was not received. */
  private hand = 0;
  private offset = 0;

  constructor(private readonly leases: Leases) {
    lost.register(this, this.loss);
  }

  takeBody(body: SharedBody): void {
    this.take(body, 0, body.length);
  }

  /** @param body in the hand, if it is this thread's own */
  takeHand(hand: number, offset: number, length: number, body: SharedBody | undefined): void {
    this.offset = offset;
    this.take(body, hand, length);
  }

  /** The bytes are the application's, or not any more: they are about to be sent. Those of others' bodies are sent as a copy. */
  lend(lent: boolean): void {
    if (this.body !== undefined) this.body.lent += lent ? 1 : -1;
  }

  /** After `lend(false)`. */
  release(): void {
    const { body, hand, leases } = this;
    this.body = undefined;
    this.loss.bytes = 0;
    if (hand === 0) leases.done(body!);
    else leases.letGo(hand, this.offset);
    leases.idle.push(this);
  }

  private take(body: SharedBody | undefined, hand: number, length: number): void {
    this.body = body;
    this.hand = hand;
    this.loss.bytes = length;
    this.lend(true);
  }
}

/** Only tells: in a loop that blocks no finalizer ever runs, so nothing may depend on one. */
const lost = new FinalizationRegistry<Loss>(({ bytes }) => {
  // No lease has it: it went with the last context of its thread.
  if (bytes === 0) return;
  process.emitWarning(
    `A lease of ${bytes} bytes was neither sent nor released, and nobody refers to it any more. ` +
      'Its memory cannot be used again.',
    { code: 'LOOMWIRE_LEASE_LOST' },
  );
});

/**
 * Bytes that are used where they lie, without a copy: to write a message into, from `context.allocate`, or
 * to read one from, from `receiveLease`. They are the application's until it releases the lease or sends it, and
 * whoever sent them cannot use that memory for anything else before.
 */
export class Lease implements Leased {
  #state: 'held' | 'sending' | 'sent' | 'released' = 'held';
  readonly #bytes: Buffer;
  readonly #leases: Leases;
  /** None, if its bytes are private memory: what was too small to be shared, or lay in a ring. */
  #hold: Hold | undefined;

  /** @internal */
  constructor(bytes: Buffer, hold: Hold | undefined, leases: Leases) {
    this.#bytes = bytes;
    this.#hold = hold;
    this.#leases = leases;
    leases.count++;
  }

  /**
   * The bytes; shared memory, if they are more than a few. Not to be used any more once the lease was sent or
   * released. What was received may be changed only if nobody else receives it: a PUB's subscribers share it.
   * @throws ZmqError EFAULT if the lease was sent or released
   */
  get bytes(): Buffer {
    if (this.#state !== 'held') throw this.#over();
    return this.#bytes;
  }

  /** In bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Gives the memory back. Does nothing if it was released before, or sent. */
  release(): void {
    if (this.#state === 'held') this.#end('released');
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** @internal The bytes, for a message that they are a part of. */
  get [LEASED](): Uint8Array {
    if (this.#state !== 'held' && this.#state !== 'sending') throw this.#over();
    return this.#bytes;
  }

  /** @internal A call begins to send it. */
  begin(): void {
    if (this.#state !== 'held') throw this.#over();
    this.#state = 'sending';
    this.#hold?.lend(false);
  }

  /** @internal The call has failed: the lease is its caller's again. */
  fail(): void {
    this.#state = 'held';
    this.#hold?.lend(true);
  }

  /** @internal The message is on its way. */
  sent(): void {
    this.#end('sent');
  }

  #end(state: 'sent' | 'released'): void {
    const hold = this.#hold;
    if (this.#state === 'held') hold?.lend(false);
    this.#state = state;
    this.#leases.count--;
    // It is another lease's from now on.
    this.#hold = undefined;
    hold?.release();
  }

  #over(): ZmqError {
    const what = this.#state === 'sending' ? 'is being sent' : `was ${this.#state}`;
    return new ZmqError('EFAULT', { message: `The lease ${what}` });
  }
}

/** The leases of a thread. */
export class Leases {
  /** Those that were neither released nor sent. */
  count = 0;
  /** Byte offsets of the bodies by reference in the message that was read last; see readViews. */
  readonly offered = new Set<number>();
  /** @internal Holds that no lease has. */
  readonly idle: Hold[] = [];
  private readonly hungry: Hungry = { memoryFreed: () => undefined };
  /** The longest message, in bytes. */
  private readonly most: number;

  constructor(
    private readonly arena: Arena,
    private readonly bodies: Bodies,
    private readonly hands: Hands,
    private readonly shortage: Shortage,
  ) {
    this.most = longestMessage(arena.size);
  }

  /**
   * A lease of `length` bytes to write to.
   * @throws ZmqError EMSGSIZE if no message could be so long, ENOMEM if there is no memory for it now
   */
  allocate(length: number): Lease {
    if (frameLength(length) > this.most) {
      throw new ZmqError('EMSGSIZE', {
        message: `A message of ${length} bytes is more than a pipe of this context can hold`,
      });
    }
    if (length < SHARED_BODY_BYTES_LEAST) return this.privately(Buffer.alloc(length));
    let body = this.bodies.make(length);
    while (body === undefined && this.shortage.found(this.hungry)) body = this.bodies.make(length);
    if (body === undefined) throw new ZmqError('ENOMEM', { message: 'The arena is exhausted' });
    const hold = this.hold();
    hold.takeBody(body);
    return new Lease(this.bodies.view(body), hold, this);
  }

  /**
   * A part that has just been read, as a lease. Before its ring is released: what it lies in then becomes
   * its owner's again, unless it is in a hand by then.
   */
  of(part: Buffer): Lease {
    if (part.buffer !== this.arena.handle) return this.privately(part);
    const hand = this.offered.has(part.byteOffset) ? this.hands.take(part.byteOffset) : 0;
    if (hand === 0) return this.privately(copyOf(part));
    const hold = this.hold();
    hold.takeHand(hand, part.byteOffset, part.length, this.bodies.at(part.byteOffset));
    return new Lease(part, hold, this);
  }

  /** @internal Empties a hand, and tells whoever waits for the memory that it held. */
  letGo(hand: number, offset: number): void {
    const { words } = this.arena;
    this.hands.clear(hand);
    // Of a dead owner the reaper has the memory, and may be waiting for this. Cleared first, looked
    // second: an owner that is declared dead later finds the hand empty.
    if (isDead(words, slotOfPage(words, offset))) tellReaper(words);
    tellHungry(words);
  }

  /** @internal The application is done with a body that it was to write to. */
  done(body: SharedBody): void {
    this.bodies.done(body);
  }

  private privately(bytes: Buffer): Lease {
    return new Lease(bytes, undefined, this);
  }

  private hold(): Hold {
    return this.idle.pop() ?? new Hold(this);
  }
}
