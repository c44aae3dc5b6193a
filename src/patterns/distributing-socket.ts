import { Buffer } from 'node:buffer';
import type { Body } from '../runtime/base/message.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { parseSignal, type Signal } from '../runtime/ring/signal-frame.js';
import { outgoingOf, type AnyCodec } from './coded.js';
import type {
  CommonOptions,
  OptionName,
  OptionValue,
  SocketOptions,
  WritableOptions,
} from './options.js';
import type { Outgoing } from './outgoing.js';
import { Dist } from './routing/dist.js';
import { Subscribers } from './routing/subscribers.js';
import { Socket } from './socket.js';

/** What is taken in from one peer at a stretch: one that never stops leaves the thread to all others. */
const TAKEN_AT_ONCE = 100;

/** The properties that `installWritable` gives the classes below. */
export interface DistributingSocket extends WritableOptions {}

/**
 * PUB, XPUB and RADIO: each message goes to every peer that has asked for it, and is lost to those whose pipe
 * is full; with `noDrop` it waits until none of them is. What peers ask for is taken in whenever the socket's
 * thread calls the library or returns to its event loop.
 */
export abstract class DistributingSocket extends Socket {
  protected override readonly outgoing: Outgoing;
  protected readonly dist = new Dist((dropped) => this.reportDropped(dropped));
  /** Who gets what. */
  protected readonly subscribers = new Subscribers(this.dist);
  /** Peers that had more to say when it was others' turn. */
  private readonly untaken = new Set<Pipe>();
  private readonly takeInMore = (): void => {
    for (const pipe of [...this.untaken]) this.takeIn(pipe);
    if (this.untaken.size === 0) this.core.thread.unwatch(this.takeInMore);
    else this.core.thread.again();
  };

  constructor(options?: SocketOptions<CommonOptions & WritableOptions>, codec?: AnyCodec) {
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
  }

  /** Messages that some peer has lost because its pipe was full, one for each peer. */
  get dropped(): number {
    return this.dist.dropped;
  }

  /** @internal */
  override setOption(name: OptionName, value: OptionValue): void {
    super.setOption(name, value);
    // What has waited may have nobody to wait for now.
    if (name === 'noDrop') this.progress();
  }

  override xsend(bodies: readonly Body[]): boolean {
    // Whoever only sends, and never waits, gives the duty cycle no turn for it.
    if (this.untaken.size > 0) this.takeInMore();
    const topic = bodies[0]!;
    this.match(topic);
    if (typeof topic !== 'string' || this.dist.matches < 2) return this.distribute(bodies);
    // It is written to many pipes.
    return this.distribute([Buffer.from(topic), ...bodies.slice(1)]);
  }

  override xhasOut(): boolean {
    return true;
  }

  /** Finds whom a message that begins with this part is for. */
  protected abstract match(first: Body): void;

  /** A peer's socket has said something. */
  protected abstract told(signal: Signal, pipe: Pipe): void;

  /** A peer has sent a message. */
  protected abstract sent(message: Buffer[], pipe: Pipe): void;

  /** May more be taken in from the peer? If not, `takeInLater` when it may. */
  protected mayTakeIn(_pipe: Pipe): boolean {
    return true;
  }

  /** Is its peer still there? */
  protected serves(pipe: Pipe): boolean {
    return this.dist.has(pipe);
  }

  /** Takes more in soon, from a peer that had to wait. */
  protected takeInLater(pipe: Pipe): void {
    if (this.untaken.size === 0) this.core.thread.watch(this.takeInMore);
    this.untaken.add(pipe);
    this.core.thread.again();
  }

  /** Takes in what peers have yet to say, for a caller who waits for it. */
  protected takeInNow(): void {
    if (this.untaken.size > 0) this.takeInMore();
  }

  protected override xattach(pipe: Pipe): void {
    this.dist.attach(pipe);
    this.takeIn(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.takeIn(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.dist.terminated(pipe);
    this.untaken.delete(pipe);
  }

  private takeIn(pipe: Pipe): void {
    for (let taken = 0; taken < TAKEN_AT_ONCE; taken++) {
      if (!this.mayTakeIn(pipe) || !pipe.checkRead()) {
        this.untaken.delete(pipe);
        return;
      }
      this.takeOne(pipe);
    }
    this.takeInLater(pipe);
  }

  private takeOne(pipe: Pipe): void {
    const isSignal = pipe.holdsSignal;
    const message = pipe.read();
    if (!isSignal) {
      this.sent(message, pipe);
      return;
    }
    const signal = parseSignal(message[0]!);
    if (signal !== undefined) this.told(signal, pipe);
  }

  /** False if it has to wait for somebody. */
  private distribute(bodies: readonly Body[]): boolean {
    if (this.optionValues.noDrop) return this.dist.sendToAllOrNone(bodies);
    this.dist.send(bodies);
    return true;
  }
}
