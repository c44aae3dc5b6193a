import { Worker } from 'node:worker_threads';
import { ZmqError } from '../runtime/base/errors.js';
import { coreOf, type Context } from '../runtime/context/context.js';
import { context as processContext } from '../runtime/context/default-context.js';
import type { ProxyEnds } from './open-proxy.js';
import { checkEnd } from './proxy-ends.js';
import { type ProxyEnding, ProxyLife, type ProxyStart } from './proxy-life.js';
import type { ProxyStatistics } from './proxy-side.js';
import { order, type ProxyWorkerData, type RemoteEnd, type Steering } from './proxy-steering.js';
import { isTermination } from './proxy-warnings.js';
import { Request } from './req.js';

export interface ProxyThreadOptions extends ProxyEnds {
  /** Default: the process's own. */
  readonly context?: Context | undefined;
  /** A module that the thread loads first, to `register` a transport there. */
  readonly composition?: URL | string | undefined;
}

/**
 * Starts a proxy in a thread of its own, which makes the sockets itself. Resolves when they are bound and
 * messages move.
 * @throws TypeError for what describes no socket or is no URL; why `composition` was not loaded; what binding, connecting and `new Proxy` throw, with the
 * endpoint in `address`; ZmqError ETERM if the context is shut down, EMTHREAD if the thread dies
 */
export async function proxyThread(options: ProxyThreadOptions): Promise<ProxyThread> {
  const { front, back, capture, control, context = processContext, composition } = options;
  for (const end of [front, back]) checkEnd(end);
  for (const end of [capture, control]) if (end !== undefined) checkEnd(end);
  const core = coreOf(context);
  core.checkRunning();
  const workerData: ProxyWorkerData = {
    handle: context.handle,
    ends: { front, back, capture, control },
    composition: composition === undefined ? undefined : new URL(composition).href,
  };
  const life = new ProxyLife(
    new Worker(core.services.proxyWorker, { workerData, name: 'loomwire-proxy' }),
  );
  return new ProxyThread(context, life, await life.hold(life.started));
}

/**
 * A proxy that runs in a thread of its own, as the thread sees it that has started it. It ends when it is
 * terminated, with its context, or with the thread that has started it; its sockets are then closed. It does not
 * keep the process alive, but each call that waits for it does.
 *
 * @example
 * ```ts
 * import { proxyThread, Pull, Push } from 'loomwire';
 *
 * const proxy = await proxyThread({
 *   front: { type: 'PULL', bind: 'inproc://front' },
 *   back: { type: 'PUSH', bind: 'inproc://back' },
 * });
 * const source = new Push();
 * source.connect('inproc://front');
 * const sink = new Pull();
 * sink.connect('inproc://back');
 * await source.send('through another thread');
 * console.log(String(await sink.receive())); // through another thread
 * await proxy.terminate();
 * source.close();
 * sink.close();
 * ```
 */
export class ProxyThread {
  readonly frontEnd: RemoteEnd;
  readonly backEnd: RemoteEnd;
  readonly captureEnd: RemoteEnd | undefined;
  readonly controlEnd: RemoteEnd | undefined;
  readonly #context: Context;
  readonly #life: ProxyLife;
  readonly #steering: Steering;

  /** @internal See `proxyThread`. */
  constructor(context: Context, life: ProxyLife, { ends, steering }: ProxyStart) {
    this.frontEnd = ends.front;
    this.backEnd = ends.back;
    this.captureEnd = ends.capture;
    this.controlEnd = ends.control;
    this.#context = context;
    this.#life = life;
    this.#steering = steering;
  }

  /**
   * Waits for the end of the proxy, which runs already; as often as you like. Keeps the process alive.
   * @throws ZmqError ETERM when the context is shut down, EMTHREAD if the thread dies
   */
  async run(): Promise<void> {
    const { failure } = await this.#ending();
    if (failure !== undefined) throw failure;
  }

  /**
   * Has it move nothing until `resume`. Resolves when it has stopped.
   * @throws ZmqError EBADF if the proxy has ended, and as `run`; EMFILE, ENOMEM, since an order takes a socket
   */
  pause(): Promise<void> {
    return this.#order('PAUSE');
  }

  /** @throws ZmqError as `pause` */
  resume(): Promise<void> {
    return this.#order('RESUME');
  }

  /** Ends it. Resolves when the thread is gone. @throws ZmqError as `pause` */
  async terminate(): Promise<void> {
    await this.#order('TERMINATE');
    await this.run();
  }

  /**
   * What has been moved so far, and after the end, what was moved in all.
   * @throws ZmqError EMTHREAD if the thread has died; ETERM while it ends with the context; EMFILE, ENOMEM
   */
  async statistics(): Promise<ProxyStatistics> {
    const answer = await this.#ask('STATISTICS');
    if (answer !== undefined) return JSON.parse(String(answer[0])) as ProxyStatistics;
    const { failure, statistics } = await this.#ending();
    if (statistics === undefined) throw failure!;
    return statistics;
  }

  /** Ends it, unless it has ended. @throws ZmqError EMTHREAD if the thread has died; EMFILE, ENOMEM */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#ask('TERMINATE');
      await this.run();
    } catch (error) {
      if (!isTermination(error)) throw error;
      // It ends with the context, and may not have done so yet.
      await this.#ending();
    }
  }

  #ending(): Promise<ProxyEnding> {
    return this.#life.hold(this.#life.ended);
  }

  async #order(command: string): Promise<void> {
    if ((await this.#ask(command)) !== undefined) return;
    const { failure } = await this.#ending();
    throw failure ?? new ZmqError('EBADF');
  }

  /** The answer to an order; undefined if the proxy has ended instead of answering. */
  async #ask(command: string): Promise<Buffer[] | undefined> {
    const life = this.#life;
    if (life.over) return undefined;
    // One for each order: it must not hold the end of the context when there is none.
    const orders = new Request({ context: this.#context, linger: 0 });
    try {
      orders.connect(this.#steering.endpoint);
      const sent = orders.send(order(this.#steering, command));
      return await life.orEnd(sent.then(() => orders.receive()));
    } finally {
      orders.close();
    }
  }
}
