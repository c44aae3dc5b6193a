import { ZmqError } from '../runtime/base/errors.js';
import { coreOf } from '../runtime/context/context.js';
import { CALL_PROXY } from '../runtime/thread/activity.js';
import type { Thread } from '../runtime/thread/thread.js';
import { type ControlForm, LIBZMQ_FORM, ProxyControl, type Steered } from './proxy-control.js';
import { ProxySide, type ProxyStatistics } from './proxy-side.js';
import { warnDropped, warnEnded } from './proxy-warnings.js';
import { Capture, ProxyWay } from './proxy-way.js';
import { Socket } from './socket.js';
import type { Watcher } from './watcher.js';

/**
 * Moves every message that one socket receives to the other, and the other way round, whole and in
 * order (zmq_proxy): ROUTER and DEALER make a queue, XSUB and XPUB a forwarder, PULL and PUSH a streamer.
 * A slow receiver holds up its senders; nothing is dropped but by the sockets' own rules.
 *
 * It runs in the thread that owns the sockets. While it does, they are its own: other calls fail with
 * EBUSY. When it ends, however it ends, it has closed them.
 *
 * @example
 * ```ts
 * import { Proxy, Pull, Push } from 'loomwire';
 *
 * const front = new Pull();
 * await front.bind('inproc://front');
 * const back = new Push();
 * await back.bind('inproc://back');
 * const proxy = new Proxy(front, back);
 * const running = proxy.run();
 *
 * const source = new Push();
 * source.connect('inproc://front');
 * const sink = new Pull();
 * sink.connect('inproc://back');
 * await source.send('through the proxy');
 * console.log(String(await sink.receive())); // through the proxy
 * proxy.terminate();
 * await running;
 * for (const socket of [source, sink, front, back]) socket.close();
 * ```
 */
export class Proxy<
  Front extends Socket = Socket,
  Back extends Socket = Socket,
  CaptureEnd extends Socket = Socket,
  Control extends Socket = Socket,
>
  implements Watcher, Steered
{
  readonly frontEnd: Front;
  readonly backEnd: Back;
  /** Gets a copy of each message, before it goes on. */
  readonly captureEnd: CaptureEnd | undefined;
  /** Gets commands from elsewhere. */
  readonly controlEnd: Control | undefined;
  /** @internal How the first drop is told of. */
  tellDropped: (reason: ZmqError) => void = warnDropped;
  readonly #sockets: Set<Socket>;
  readonly #front: ProxySide;
  readonly #back: ProxySide;
  readonly #ways: ProxyWay[] = [];
  readonly #controls: ProxyControl[] = [];
  readonly #thread: Thread;
  readonly #afterCycle = (): void => this.#cycle();
  #state: 'idle' | 'running' | 'paused' | 'over' = 'idle';
  #failure: Error | undefined;
  /** `run` or `runSync` was called. */
  #awaited = false;
  #ended: (() => void) | undefined;
  /** Something may have changed since the ways last moved. */
  #noticed = false;
  #dropped = 0;

  /**
   * @param front may be the same socket as `back`: then it gets back what it receives
   * @param capture a socket that sends. Proxying waits while it has no room; PUB always has
   * @param control a socket that receives, for commands from elsewhere: PAUSE, RESUME, TERMINATE, which a
   * REP answers with an empty message, and STATISTICS, answered with eight numbers as zmq_proxy_steerable does
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
    this.#front = new ProxySide(front);
    this.#back = new ProxySide(back);
    const shared = capture && new Capture(capture, () => this.#wake());
    this.#addWay(this.#front, this.#back, shared);
    if ((front as Socket) !== back) this.#addWay(this.#back, this.#front, shared);
    if (this.#ways.length === 0) throw invalid('have no way between them');
    if (control !== undefined) this.addControl(control, LIBZMQ_FORM);
  }

  /** Messages that a socket has refused for good, and commands that are none; see docs/proxy.md. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * What has been moved so far, and after the end, what was moved in all. If one socket is both ends, what it
   * receives counts at the front, and what it sends at the back.
   */
  statistics(): ProxyStatistics {
    return {
      frontEnd: this.#front.statistics(),
      backEnd: this.#back.statistics(),
      dropped: this.#dropped,
    };
  }

  /**
   * Begins, and returns. Like a socket that is bound it does not keep the process alive; `run` waits for the
   * end and does.
   * @throws ZmqError EINVAL if a socket is bound and connected nowhere; EBUSY if it is in use by awaiting
   * calls or a proxy; EBADF, ETERM
   */
  start(): void {
    this.frontEnd.checkProxied('Front-end');
    this.backEnd.checkProxied('Back-end');
    this.captureEnd?.checkProxied('Capture');
    this.controlEnd?.checkProxied('Control');
    for (const socket of this.#sockets) socket.startProxied(this);
    for (const way of this.#ways) way.begin();
    this.#state = 'running';
    this.#thread.watch(this.#afterCycle);
    this.#wake();
  }

  /**
   * Runs until it is terminated or one of its sockets is closed; rejects with ETERM when the context is
   * shut down. Keeps the process alive. Once only, be it before or after `start`.
   * @throws ZmqError as `start`
   */
  run(): Promise<void> {
    try {
      this.#startOrJoin();
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#over) return this.#failure === undefined ? OVER : Promise.reject(this.#failure);
    this.#thread.hold();
    return new Promise((resolve, reject) => {
      this.#ended = () => {
        this.#thread.unhold();
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
    this.#startOrJoin();
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

  /** Ends the proxy if it runs, and closes its sockets in any case. */
  [Symbol.dispose](): void {
    if (this.#running) this.terminate();
    else for (const socket of this.#sockets) socket.close();
  }

  /** The same, as a `ProxyThread` has it. */
  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return OVER;
  }

  /** @internal */
  noticed(): void {
    this.#noticed = true;
  }

  /** @internal Obeys another control socket, too. Before it starts. */
  addControl(socket: Socket, form: ControlForm): void {
    this.#sockets.add(socket);
    this.#controls.push(new ProxyControl(socket, this, (reason) => this.#refused(reason), form));
  }

  get #over(): boolean {
    return this.#state === 'over';
  }

  get #running(): boolean {
    return this.#state === 'running' || this.#state === 'paused';
  }

  #addWay(from: ProxySide, to: ProxySide, capture: Capture | undefined): void {
    if (!from.socket.can('receive') || !to.socket.can('send')) return;
    this.#ways.push(
      new ProxyWay(from, to, capture, this.#thread, (reason) => this.#refused(reason)),
    );
  }

  #startOrJoin(): void {
    // The second time it says why not.
    if (this.#state === 'idle' || this.#awaited) this.start();
    this.#awaited = true;
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
      for (const control of this.#controls) {
        if (control.obey() === 'more') this.#wake();
        if (this.#over) return;
      }
      if (this.#state !== 'running') return;
      for (const way of this.#ways) if (way.move() === 'more') this.#wake();
    } catch (error) {
      this.#end(error as Error);
    }
  }

  /** Has the ways move in a cycle of their own. */
  #wake(): void {
    this.#noticed = true;
    this.#thread.again();
  }

  #refused(reason: ZmqError): void {
    if (this.#dropped++ === 0) this.tellDropped(reason);
  }

  #end(failure: Error | undefined): void {
    this.#state = 'over';
    this.#failure = failure;
    this.#thread.unwatch(this.#afterCycle);
    for (const socket of this.#sockets) {
      socket.unwatch(this);
      socket.close();
    }
    this.#ended?.();
    if (!this.#awaited) warnEnded(failure);
  }

  #checkRunning(): void {
    if (!this.#running) throw new ZmqError('EBADF');
  }
}

const OVER = Promise.resolve();

function threadOf(socket: Socket): Thread {
  return coreOf(socket.context).thread;
}

function invalid(why: string): ZmqError {
  return new ZmqError('EINVAL', { message: `The sockets of a proxy ${why}` });
}
