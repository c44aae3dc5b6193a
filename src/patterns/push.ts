import type { Body } from '../runtime/base/message.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { outgoingOf, type Sent, takeCodec, type SocketArguments } from './coded.js';
import type { Encoder } from './codecs.js';
import {
  installOptions,
  type CommonOptions,
  type ConflateOptions,
  type SocketOptions,
  type WritableOptions,
} from './options.js';
import type { Outgoing } from './outgoing.js';
import { Lb } from './routing/lb.js';
import { Socket } from './socket.js';
import { installWritable, type Writable } from './writable.js';

type PushOptions = SocketOptions<CommonOptions & WritableOptions & ConflateOptions>;

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export interface Push<S = unknown, R = S> extends Writable<Sent<S>>, ConflateOptions {}

/**
 * Deals messages out to its PULL peers in turn; waits while none has room. RFC 30.
 *
 * @example
 * ```ts
 * import { json, Pull, Push } from 'loomwire';
 *
 * const pull = new Pull<{ id: number }>({ codec: json() });
 * await pull.bind('inproc://tasks');
 * const push = new Push<{ id: number }>({ codec: json() });
 * push.connect('inproc://tasks');
 * await push.send({ id: 1 });
 * push.sendSync({ id: 2 });
 * console.log((await pull.receive()).id, pull.receiveSync().id); // 1 2
 * push.close();
 * pull.close();
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unused-vars -- all types have both, see coded.ts
export class Push<S = unknown, R = S> extends Socket {
  protected override readonly socketType = 'PUSH';
  protected override readonly outgoing: Outgoing;
  readonly #lb = new Lb();

  constructor(...args: SocketArguments<S, PushOptions, Encoder<S>>) {
    const [options, codec] = takeCodec<PushOptions>(args, 'encode');
    super(options);
    this.outgoing = outgoingOf(this, this.core.thread, codec);
  }

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
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

installWritable(Push.prototype);
installOptions(Push.prototype, ['conflate']);
