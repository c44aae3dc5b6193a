import type { Pipe } from '../runtime/pipe/pipe.js';
import { Incoming } from './incoming.js';
import type { CommonOptions, ReadableOptions, SocketOptions, WritableOptions } from './options.js';
import { PublishingSocket } from './publishing-socket.js';
import { installReadable, type Readable } from './readable.js';
import { installWritable, type Writable } from './writable.js';

export interface XPublisher extends Readable, Writable {}

/** A message that `receive` has yet to give, and whose doing it is. */
interface Unreceived {
  readonly message: Buffer[];
  readonly pipe: Pipe;
}

/**
 * A PUB that also receives: each topic's first subscription as the message `1, topic`, the end of its
 * last one as `0, topic`, and whatever an XSUB sends besides. A peer with `receiveHighWaterMark` of
 * them unreceived is not listened to until some are received. RFC 29.
 */
export class XPublisher extends PublishingSocket {
  protected override readonly socketType = 'XPUB';
  protected override readonly incoming: Incoming;
  readonly #unreceived: Unreceived[] = [];
  /** How many of them are each peer's. */
  readonly #counts = new Map<Pipe, number>();
  /** Peers that are not listened to: too much of theirs is unreceived. */
  readonly #stopped = new Set<Pipe>();

  constructor(options?: SocketOptions<CommonOptions & ReadableOptions & WritableOptions>) {
    super(options);
    this.incoming = new Incoming(this, this.core.thread);
  }

  override xrecv(): Buffer[] | undefined {
    if (!this.xhasIn()) return undefined;
    const { message, pipe } = this.#unreceived.shift()!;
    const left = (this.#counts.get(pipe) ?? 1) - 1;
    if (left === 0) this.#counts.delete(pipe);
    else this.#counts.set(pipe, left);
    if (left <= this.marks.receive >>> 1 && this.#stopped.delete(pipe)) this.takeInLater(pipe);
    return message;
  }

  override xhasIn(): boolean {
    if (this.#unreceived.length === 0) this.takeInNow();
    return this.#unreceived.length > 0;
  }

  protected override mayTakeIn(pipe: Pipe): boolean {
    const { receive } = this.marks;
    const may = receive === 0 || (this.#counts.get(pipe) ?? 0) < receive;
    if (!may) this.#stopped.add(pipe);
    return may;
  }

  protected override xterminated(pipe: Pipe): void {
    super.xterminated(pipe);
    this.#counts.delete(pipe);
    this.#stopped.delete(pipe);
  }

  protected override topicChanged(kind: number, topic: Buffer, pipe: Pipe): void {
    this.userMessage([Buffer.concat([Buffer.of(kind), topic])], pipe);
  }

  protected override userMessage(message: Buffer[], pipe: Pipe): void {
    this.#unreceived.push({ message, pipe });
    this.#counts.set(pipe, (this.#counts.get(pipe) ?? 0) + 1);
  }
}

installReadable(XPublisher.prototype);
installWritable(XPublisher.prototype);
