import type { PeerMetadata } from '../../runtime/base/peer-metadata.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { incomingOf, type ReceivedPart, takeCodec, type SocketArguments } from '../coded.js';
import type { Decoder } from '../codecs.js';
import type { Incoming } from '../incoming.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type ReadableOptions,
  type SocketOptions,
} from '../options.js';
import { installReadable, type Readable } from '../readable.js';
import { Fq } from '../routing/fq.js';
import { Sieve } from '../routing/sieve.js';
import { Socket } from '../socket.js';

type GatherOptions = SocketOptions<CommonOptions & ReadableOptions & ConflateOptions>;

export interface Gather<S = unknown, R = S>
  extends Readable<ReceivedPart<R>, [Buffer]>, ConflateOptions {}

/**
 * Collects messages of one part from its SCATTER peers, one from each in turn. RFC 49.
 *
 * @example
 * ```ts
 * import { Gather, Scatter } from 'loomwire/draft';
 *
 * const gather = new Gather();
 * await gather.bind('inproc://results');
 * const scatter = new Scatter();
 * scatter.connect('inproc://results');
 * await scatter.sendMany(['1', '2']);
 * scatter.close();
 * const sum = Number((await gather.receive())[0]) + Number((await gather.receive())[0]);
 * console.log(sum); // 3
 * gather.close();
 * ```
 */
export class Gather<S = unknown, R = S> extends Socket {
  protected override readonly socketType = 'GATHER';
  protected override readonly incoming: Incoming;
  readonly #fq = new Fq();
  readonly #sieve = new Sieve(this, this.core.thread);

  constructor(...args: SocketArguments<R, GatherOptions, Decoder<R>>) {
    const [options, codec] = takeCodec<GatherOptions>(args, 'decode');
    super(options);
    this.incoming = incomingOf(this, this.core.thread, codec);
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#sieve.receive(views);
  }

  override xhasIn(): boolean {
    return this.#sieve.hasIn();
  }

  xnext(views?: boolean): Buffer[] | undefined {
    return this.#fq.receive(views);
  }

  xwants(message: readonly Buffer[]): boolean {
    return message.length === 1;
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

installReadable(Gather.prototype);
installOptions(Gather.prototype, ['conflate']);
