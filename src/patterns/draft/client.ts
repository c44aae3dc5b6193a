import type { Body } from '../../runtime/base/message.js';
import type { PeerMetadata } from '../../runtime/base/peer-metadata.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import {
  incomingOf,
  outgoingOf,
  type ReceivedPart,
  type SentPart,
  takeCodec,
  type SocketArguments,
} from '../coded.js';
import type { Codec } from '../codecs.js';
import type { Incoming } from '../incoming.js';
import {
  installOptions,
  type CommonOptions,
  type HelloOptions,
  type HiccupOptions,
  type ReadableOptions,
  type SocketOptions,
  type WritableOptions,
} from '../options.js';
import type { Outgoing } from '../outgoing.js';
import { installReadable, type Readable } from '../readable.js';
import { Fq } from '../routing/fq.js';
import { Lb } from '../routing/lb.js';
import { Sieve } from '../routing/sieve.js';
import { Socket } from '../socket.js';
import { installWritable, type Writable } from '../writable.js';
import { checkParts } from './one-part.js';

type ClientOptions = HelloOptions & HiccupOptions;
type Options = SocketOptions<CommonOptions & ReadableOptions & WritableOptions & ClientOptions>;

export interface Client<S = unknown, R = S>
  extends Readable<ReceivedPart<R>, [Buffer]>, Writable<SentPart<S>>, ClientOptions {}

/**
 * Deals messages out to its SERVER peers in turn, waiting while none has room, and takes messages from them in
 * turn, in any order of sending and receiving. RFC 41.
 *
 * @example
 * ```ts
 * import { Client, Server } from 'loomwire/draft';
 *
 * const server = new Server();
 * await server.bind('inproc://service');
 * const client = new Client();
 * client.connect('inproc://service');
 * await client.send('Hello');
 * const [greeting, from] = await server.receive();
 * await server.send(`${String(greeting)}, Client`, from);
 * console.log(String((await client.receive())[0])); // Hello, Client
 * client.close();
 * server.close();
 * ```
 */
export class Client<S = unknown, R = S> extends Socket {
  protected override readonly socketType = 'CLIENT';
  protected override readonly outgoing: Outgoing;
  protected override readonly incoming: Incoming;
  readonly #lb = new Lb();
  readonly #fq = new Fq();
  readonly #sieve = new Sieve(this, this.core.thread);

  constructor(...args: SocketArguments<S, Options, Codec<S, R>>) {
    const [options, codec] = takeCodec<Options>(args, 'encode', 'decode');
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
    this.incoming = incomingOf(this, this.core.thread, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    checkParts(bodies, 1);
    return this.#lb.send(bodies, waits);
  }

  override xabandon(): void {
    this.#lb.abandon();
  }

  override xmetadata(): PeerMetadata | undefined {
    return this.#fq.metadata;
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#sieve.receive(views);
  }

  override xhasOut(): boolean {
    return this.#lb.hasOut();
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
    this.#lb.attach(pipe);
    this.#fq.attach(pipe);
  }

  protected override xreadActivated(pipe: Pipe): void {
    this.#fq.activate(pipe);
  }

  protected override xwriteActivated(pipe: Pipe): void {
    this.#lb.activate(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.#lb.terminated(pipe);
    this.#fq.terminated(pipe);
  }
}

installReadable(Client.prototype);
installWritable(Client.prototype);
installOptions(Client.prototype, ['helloMessage', 'hiccupMessage']);
