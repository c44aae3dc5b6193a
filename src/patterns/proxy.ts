import { ZmqError } from '../runtime/base/errors.js';
import { coreOf } from '../runtime/context/context.js';
import { CALL_PROXY } from '../runtime/thread/activity.js';
import type { Thread } from '../runtime/thread/thread.js';
import { Capture, ProxyWay } from './proxy-way.js';
import { Socket } from './socket.js';
import type { Watcher } from './watcher.js';

/** libzmq's number of the REP type. */
const REP = 4;

/**
 * Moves every message that one socket receives to the other, and the other way round, whole and in
 * order (zmq_proxy): ROUTER and DEALER make a queue, XSUB and XPUB a forwarder, PULL and PUSH a streamer.
 * A slow receiver holds up its senders; nothing is dropped but by the sockets' own rules.
 *
 * It runs in the thread that owns the sockets. While it does, they are its own: other calls fail with
 * EBUSY. When it ends, however it ends, it has closed them.
 */
export class Proxy<
  Front extends Socket = Socket,
  Back extends Socket = Socket,
  CaptureEnd extends Socket = Socket,
  Control extends Socket = Socket,
> implements Watcher {
  readonly frontEnd: Front;
  readonly backEnd: Back;
  /** Gets a copy of each message, before it goes on. */
  readonly captureEnd: CaptureEnd | undefined;
  /** Gets commands from elsewhere. */
  readonly controlEnd: Control | undefined;
  readonly #sockets: Set<Socket>;
  readonly #ways: ProxyWay[] = [];
  readonly #thread: Thread;
  readonly #afterCycle = (): void => this.#cycle();
  #state: 'idle' | 'running' | 'paused' | 'over' = 'idle';
  #failure: Error | undefined;
  #ended: (() => void) | undefined;
  /** Something may have changed since the ways last moved. */
  #noticed = false;
  #dropped = 0;

  /**
   * @param front may be the same socket as `back`: then it gets back what it receives
   * @param capture a socket that sends. Proxying waits while it has no room; PUB always has
   * @param control a socket that receives, for commands from other threads: PAUSE, RESUME, TERMINATE. A
   * REP answers each with an empty message
   * @throws TypeError for what are no sockets; ZmqError EINVAL if they are of different contexts, if
   * nothing that one receives could be sent by the other, or if `capture` does not send or `control`
   * not receive
   */
  constructor(front: Front, back: Back, capture?: CaptureEnd, control?: Control) {
    const others = [capture, control].filter((socket) => socket !== undefined);
    for (const socket of [front, back, ...others] as unknown[]) {
      if (!(socket instanceof Socket)) throw new TypeError('A proxy needs sockets');
    }
    this.#sockets = new Set<Socket>([front, back, ...others]);
    if (this.#sockets.size < new Set<Socket>([front, back]).size + others.length) {
      throw invalid('must differ, except that both ends may be one');
    }
    this.#thread = threadOf(front);
    for (const socket of this.#sockets) {
      if (threadOf(socket) !== this.#thread) throw invalid('must be of one context');
    }
    if (capture?.can('send') === false) throw invalid('include one to capture that does not send');
    if (control?.can('receive') === false) {
      throw invalid('include one for control that does not receive');
    }
    this.frontEnd = front;
    this.backEnd = back;
    this.captureEnd = capture;
    this.controlEnd = control;
    const shared = capture && new Capture(capture, () => this.#wake());
    this.#addWay(front, back, shared);
    if ((front as Socket) !== back) this.#addWay(back, front, shared);
    if (this.#ways.length === 0) throw invalid('have no way between them');
  }

  /** Messages that a socket has refused for good, and commands that are none; see docs/proxy.md. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Runs until it is terminated or one of its sockets is closed; rejects with ETERM when the context is
   * shut down. Keeps the process alive.
   * @throws ZmqError EINVAL if a socket is bound and connected nowhere; EBUSY if it is in use by awaiting
   * calls or another proxy; EBADF, ETERM
   */
  run(): Promise<void> {
    try {
      this.#start();
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#ended = () => {
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
    });
  }

  /**
   * `run`, blocking the thread. Since the thread can then call nothing else, other threads end it: by a
   * command to the control socket, or by shutting down the context.
   */
  runSync(): void {
    this.#start();
    const local = [...this.#sockets].every((socket) => socket.local);
    this.#thread.blockUntil(() => this.#over, -1, local, CALL_PROXY);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Moves nothing until `resume`; senders are held up once the sockets are full. @throws ZmqError EBADF */
  pause(): void {
    this.#checkRunning();
    this.#state = 'paused';
  }

  /** @throws ZmqError EBADF if the proxy does not run */
  resume(): void {
    this.#checkRunning();
    this.#state = 'running';
    this.#wake();
  }

  /**
   * Ends the proxy and closes its sockets, at once: what has been sent lingers, what has not been
   * received is dropped.
   * @throws ZmqError EBADF if the proxy does not run
   */
  terminate(): void {
    this.#checkRunning();
    this.#end(undefined);
  }

  /** @internal */
  noticed(): void {
    this.#noticed = true;
  }

  get #over(): boolean {
    return this.#state === 'over';
  }

  #addWay(from: Socket, to: Socket, capture: Capture | undefined): void {
    if (!from.can('receive') || !to.can('send')) return;
    this.#ways.push(new ProxyWay(from, to, capture, (reason) => this.#refused(reason)));
  }

  #start(): void {
    this.frontEnd.checkProxied('Front-end');
    this.backEnd.checkProxied('Back-end');
    this.captureEnd?.checkProxied('Capture');
    this.controlEnd?.checkProxied('Control');
    for (const socket of this.#sockets) socket.startProxied(this);
    this.#state = 'running';
    this.#thread.watch(this.#afterCycle);
    this.#thread.hold();
    this.#wake();
  }

  /**
   * Moves messages at the end of a duty cycle in which a socket may have become ready: in those of
   * blocking calls too, so that a thread may wait for what comes through its own proxy.
   */
  #cycle(): void {
    if (!this.#noticed) return;
    this.#noticed = false;
    try {
      for (const socket of this.#sockets) {
        if (socket.closed) {
          this.#end(undefined);
          return;
        }
        if (socket.terminated) throw new ZmqError('ETERM');
      }
      this.#obey();
      if (this.#state !== 'running') return;
      for (const way of this.#ways) if (way.move() === 'more') this.#wake();
    } catch (error) {
      this.#end(error as Error);
    }
  }

  /** Carries out what other threads have ordered. */
  #obey(): void {
    const { controlEnd } = this;
    for (;;) {
      const message = this.#over ? undefined : controlEnd?.xrecv();
      if (controlEnd === undefined || message === undefined) return;
      // Before it is carried out: the last command closes the socket.
      if (controlEnd.type === REP) controlEnd.xsend([''], false);
      const command = String(message[0]);
      if (command === 'PAUSE') this.#state = 'paused';
      else if (command === 'RESUME') this.#state = 'running';
      else if (command === 'TERMINATE') this.#end(undefined);
      else this.#refused(new ZmqError('EINVAL', { message: `${command} is no command` }));
    }
  }

  /** Has the ways move in a cycle of their own. */
  #wake(): void {
    this.#noticed = true;
    this.#thread.again();
  }

  #refused(reason: ZmqError): void {
    if (this.#dropped++ > 0) return;
    process.emitWarning(
      `A proxy has dropped a message that it could not pass on: ${reason.message}. ` +
        'It goes on, and counts such messages in `proxy.dropped`.',
      { code: 'LOOMWIRE_PROXY_DROPPED', detail: reason.code },
    );
  }

  #end(failure: Error | undefined): void {
    this.#state = 'over';
    this.#failure = failure;
    this.#thread.unwatch(this.#afterCycle);
    this.#thread.unhold();
    for (const socket of this.#sockets) {
      socket.unwatch(this);
      socket.close();
    }
    this.#ended?.();
  }

  #checkRunning(): void {
    if (this.#state !== 'running' && this.#state !== 'paused') throw new ZmqError('EBADF');
  }
}

function threadOf(socket: Socket): Thread {
  return coreOf(socket.context).thread;
}

function invalid(why: string): ZmqError {
  return new ZmqError('EINVAL', { message: `The sockets of a proxy ${why}` });
}
