import type { Pipe } from '../runtime/pipe/pipe.js';
import { Incoming } from './incoming.js';
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

export interface Pull extends Readable, ConflateOptions {}

/** Collects messages from its PUSH peers, one from each in turn. RFC 30. */
export class Pull extends Socket {
  protected override readonly socketType = 'PULL';
  protected override readonly incoming: Incoming;
  readonly #fq = new Fq();

  constructor(options?: SocketOptions<CommonOptions & ReadableOptions & ConflateOptions>) {
    super(options);
    this.incoming = new Incoming(this, this.core.thread);
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    return this.#fq.receive(views);
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
