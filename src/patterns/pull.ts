import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { incomingOf, type Received, takeCodec, type SocketArguments } from './coded.js';
import type { Decoder } from './codecs.js';
import type { Incoming } from './incoming.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type ReadableOptions,
  type SocketOptions,
} from './options.js';
import { installReadable, type Readable } from './readable.js';
import { Fq } from './routing/fq.js';
import { Socket } from './socket.js';

type PullOptions = SocketOptions<CommonOptions & ReadableOptions & ConflateOptions>;

export interface Pull<S = unknown, R = S>
  extends Readable<Received<R>, Buffer[]>, ConflateOptions {}

/**
 * Collects messages from its PUSH peers, one from each in turn. RFC 30.
 *
 * @example
 * ```ts
 * import { Pull, Push } from 'loomwire';
 *
 * const pull = new Pull();
 * await pull.bind('tcp://127.0.0.1:*');
 * const push = new Push();
 * push.connect(pull.lastEndpoint!);
 * await push.sendMany([['first', 'of two parts'], 'second']);
 * push.close();
 * for await (const parts of pull) {
 *   console.log(parts.map(String).join(', '));
 *   // first, of two parts
 *   // second
 *   if (parts.length === 1) break;
 * }
 * pull.close();
 * ```
 */
export class Pull<S = unknown, R = S> extends Socket {
  protected override readonly socketType = 'PULL';
  protected override readonly incoming: Incoming;
  readonly #fq = new Fq();

  constructor(...args: SocketArguments<R, PullOptions, Decoder<R>>) {
    const [options, codec] = takeCodec<PullOptions>(args, 'decode');
    super(options);
    this.incoming = incomingOf(this, this.core.thread, codec);
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#fq.receive(views);
  }

  override xrecvInto(room: Uint8Array): number {
    return this.#fq.receiveInto(room);
  }

  override xhasIn(): boolean {
    return this.#fq.hasIn();
  }

  protected override xattach(pipe: Pipe): void {
    this.#fq.attach(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.#fq.activate(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.#fq.terminated(pipe);
  }
}

installReadable(Pull.prototype);
installOptions(Pull.prototype, ['conflate']);
