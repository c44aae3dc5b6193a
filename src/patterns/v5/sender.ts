import { ZmqError, type ErrorCode } from '../../runtime/base/errors.js';
import { toBody, type Leased, type MessageLike } from '../../runtime/base/message.js';
import { OrderedSocket } from '../ordered-socket.js';
import type { Socket } from '../socket.js';
import type { Writable } from '../writable.js';
import { ZMQ_SNDMORE } from './constants.js';

/** What can be a part of a message. */
export type Part = Exclude<MessageLike, Leased>;

/** Told how a call went: with an error, or with nothing. */
export type Callback = (error?: Error) => void;

interface Outbound {
  readonly parts: readonly Part[];
  readonly callbacks: readonly Callback[];
}

/**
 * Sends in the order of the calls. The socket itself queues what has no room; here waits what must not even
 * be tried: anything while the sender is paused, and a request or reply before its turn.
 */
export class Sender {
  /** Of a message whose last part has not come. */
  private parts: Part[] = [];
  private callbacks: Callback[] = [];
  private readonly waiting: Outbound[] = [];
  private paused = false;
  private over = false;
  /** A send has not ended. Only REQ and REP care. */
  private underWay = false;

  /** @param failed called with what went wrong with a message that has no callback */
  constructor(
    private readonly socket: Socket & Writable,
    private readonly failed: (error: Error) => void,
  ) {}

  send(message: Part | readonly Part[], flags: number, callback: Callback | undefined): void {
    const more = (flags & ZMQ_SNDMORE) !== 0;
    const added = Array.isArray(message) ? (message as readonly Part[]) : [message as Part];
    const parts = [...this.parts, ...(more ? added.map(kept) : added)];
    const callbacks = callback === undefined ? this.callbacks : [...this.callbacks, callback];
    this.parts = more ? parts : [];
    this.callbacks = more ? callbacks : [];
    if (more) return;
    if (this.waiting.length === 0 && this.mayGo) this.carryOut({ parts, callbacks });
    else this.waiting.push({ parts: parts.map(kept), callbacks });
  }

  /** Sends what has waited, as far as its turn has come. */
  flush(): void {
    while (this.waiting.length > 0 && this.mayGo) this.carryOut(this.waiting.shift()!);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.flush();
  }

  /** Nothing waits any more: what does ends with this code, and what comes is the socket's to refuse. */
  end(code: ErrorCode): void {
    this.over = true;
    for (const { callbacks } of this.waiting.splice(0)) this.ended(callbacks, new ZmqError(code));
    for (const callback of this.callbacks.splice(0)) this.tell(callback, new ZmqError(code));
    this.parts = [];
  }

  private get mayGo(): boolean {
    if (this.over) return true;
    if (this.paused) return false;
    return !(this.socket instanceof OrderedSocket) || (!this.underWay && isTurn(this.socket));
  }

  private carryOut({ parts, callbacks }: Outbound): void {
    this.underWay = true;
    const ended = (error?: Error): void => {
      this.underWay = false;
      this.ended(callbacks, error);
      this.flush();
    };
    this.socket.send(parts).then(() => ended(), ended);
  }

  private ended(callbacks: readonly Callback[], error: Error | undefined): void {
    for (const callback of callbacks) this.tell(callback, error);
    if (error !== undefined && callbacks.length === 0) this.failed(error);
  }

  /** Not from within a promise: what a callback throws is an uncaught exception, and no rejection. */
  private tell(callback: Callback, error: Error | undefined): void {
    queueMicrotask(() => (error === undefined ? callback() : callback(error)));
  }
}

/** The caller may use its memory again as soon as the call returns, so what has to wait is copied. */
function kept(part: Part): Part {
  const body = toBody(part);
  return typeof body === 'string' ? body : Uint8Array.from(body);
}

function isTurn(socket: Socket): boolean {
  try {
    socket.xcheckOrder('send');
    return true;
  } catch (error) {
    if (error instanceof ZmqError && error.code === 'EFSM') return false;
    throw error;
  }
}
