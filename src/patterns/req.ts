import { EMPTY, type Body } from '../runtime/base/message.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { Alternation } from './alternation.js';
import { installOptions, type RoutingIdOptions } from './options.js';
import { OrderedSocket } from './ordered-socket.js';
import { installReadable, type Readable } from './readable.js';
import { Fq } from './routing/fq.js';
import { Lb } from './routing/lb.js';
import { installWritable, type Writable } from './writable.js';

export interface Request extends Readable, Writable, RoutingIdOptions {}

/**
 * Sends a request to the next REP or ROUTER peer in turn and takes the reply from that peer alone:
 * send, receive, send, receive. RFC 28.
 */
export class Request extends OrderedSocket {
  protected override readonly socketType = 'REQ';
  protected override readonly order = new Alternation('send');
  readonly #lb = new Lb();
  readonly #fq = new Fq();
  /** Where the request went; undefined once that peer is gone, and then anyone may reply, as in libzmq. */
  #replier: Pipe | undefined;

  override xsend(bodies: readonly Body[], waits: boolean): boolean {
    if (!this.order.allows('send')) return false;
    // Whatever has come since the last reply answers no question of ours.
    while (this.#fq.receive() !== undefined);
    if (!this.#lb.send([EMPTY, ...bodies], waits)) return false;
    this.#replier = this.#lb.last;
    this.carriedOut('send');
    return true;
  }

  override xabandon(): void {
    this.#lb.abandon();
  }

  override xrecv(views?: boolean): Buffer[] | undefined {
    if (!this.order.allows('receive')) return undefined;
    for (;;) {
      const reply = this.#fq.receive(views);
      if (reply === undefined) return undefined;
      if (this.#replier !== undefined && this.#fq.last !== this.#replier) continue;
      // A reply begins with an empty frame, and has at least one more.
      if (reply.length < 2 || reply[0]!.length !== 0) continue;
      reply.shift();
      this.carriedOut('receive');
      return reply;
    }
  }

  override xhasIn(): boolean {
    return this.order.allows('receive') && this.#fq.hasIn();
  }

  override xhasOut(): boolean {
    return this.order.allows('send') && this.#lb.hasOut();
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
    if (this.#replier === pipe) this.#replier = undefined;
  }
}

installReadable(Request.prototype);
installWritable(Request.prototype);
installOptions(Request.prototype, ['routingId']);
