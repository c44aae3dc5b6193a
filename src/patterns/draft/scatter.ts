import type { Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { outgoingOf, type SentPart, takeCodec, type SocketArguments } from '../coded.js';
import type { Encoder } from '../codecs.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type SocketOptions,
  type WritableOptions,
} from '../options.js';
import type { Outgoing } from '../outgoing.js';
import { Lb } from '../routing/lb.js';
import { Socket } from '../socket.js';
import { installWritable, type Writable } from '../writable.js';
import { checkParts } from './one-part.js';

type ScatterOptions = SocketOptions<CommonOptions & WritableOptions & ConflateOptions>;

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export interface Scatter<S = unknown, R = S> extends Writable<SentPart<S>>, ConflateOptions {}

/**
 * Deals messages of one part out to its GATHER peers in turn; waits while none has room. RFC 49.
 *
 * @example
 * ```ts
 * import { Gather, Scatter } from 'loomwire/draft';
 *
 * const gather = new Gather();
 * await gather.bind('inproc://work');
 * const scatter = new Scatter();
 * scatter.connect('inproc://work');
 * await scatter.send('a task');
 * console.log(String((await gather.receive())[0])); // a task
 * scatter.close();
 * gather.close();
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export class Scatter<S = unknown, R = S> extends Socket {
  protected override readonly socketType = 'SCATTER';
  protected override readonly outgoing: Outgoing;
  readonly #lb = new Lb();

  constructor(...args: SocketArguments<S, ScatterOptions, Encoder<S>>) {
    const [options, codec] = takeCodec<ScatterOptions>(args, 'encode');
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    checkParts(bodies, 1);
    return this.#lb.send(bodies, waits);
  }

  override xabandon(): void {
    this.#lb.abandon();
  }

  override xhasOut(): boolean {
    return this.#lb.hasOut();
  }

  protected override xattach(pipe: Pipe): void {
    this.#lb.attach(pipe);
  }

  protected override xwriteActivated(pipe: Pipe): void {
    this.#lb.activate(pipe);
  }

  protected override xterminated(pipe: Pipe): void {
    this.#lb.terminated(pipe);
  }
}

installWritable(Scatter.prototype);
installOptions(Scatter.prototype, ['conflate']);
