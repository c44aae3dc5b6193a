import { Closable } from '../../runtime/actor/closable.js';
import { ActorError } from '../../runtime/actor/errors.js';
import {
  checkCount,
  checkFunction,
  checkMilliseconds,
  checkModule,
  checkObject,
  checkThreads,
  nameOf,
  threadsByDefault,
} from '../../runtime/actor/pool-options.js';
import type { CloseReport } from '../../runtime/actor/pool-types.js';
import { checkResourceLimits } from '../../runtime/actor/resource-limits.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { MessageLike } from '../../runtime/base/message.js';
import { context as processContext } from '../../runtime/context/default-context.js';
import { Router } from '../router.js';
import { crewReports } from './crew-reports.js';
import type { CrewEvents } from './crew.js';
import type { CrewOptions, Job } from './crew-types.js';
import { errorReply } from './error-reply.js';
import { lingerOf } from './instance.js';
import { START_MILLISECONDS } from './pipeline-spec.js';
import { ServerCrew } from './server-crew.js';
import type { ReloadOptions, Server, ServerOptions, ServerStats } from './server-types.js';

const QUEUE_DEFAULT = 1000;
const CLOSE_MILLISECONDS = 5000;
/** Replies that a client need not have read. */
const HWM_LEAST = 1000;
const HWM_MOST = 2 ** 31 - 1;

/** A server whose threads are loading the handler: it can be closed already. */
export interface LoadingServer extends Server {
  /**
   * Binds it when they have. If that fails, nothing is left of it.
   * @throws ActorError ERR_ACTOR_STOPPED if it was closed meanwhile; why it cannot be had
   */
  open(endpoint: string): Promise<void>;
}

/**
 * See `System.server`.
 * @param composition what each thread loads first
 */
export function startServer(
  url: URL | string,
  options: ServerOptions = {},
  composition?: string,
): LoadingServer {
  const href = checkModule(url);
  const { context = processContext, threads = threadsByDefault(), name = nameOf(href) } = options;
  const { startTimeout = START_MILLISECONDS, closeTimeout = CLOSE_MILLISECONDS } = options;
  const { task, queue = QUEUE_DEFAULT, resourceLimits, maxMessageSize = -1, onBroken } = options;
  checkThreads(threads);
  checkCount('queue', queue, 0, Number.MAX_SAFE_INTEGER);
  if (resourceLimits !== undefined) checkResourceLimits(resourceLimits);
  checkMilliseconds('startTimeout', startTimeout);
  checkMilliseconds('closeTimeout', closeTimeout);
  checkFunction('onBroken', onBroken);
  const crew: CrewOptions = {
    ...{ context, composition, url: href, task, name, threads, resourceLimits, startTimeout },
    // A request that a thread has in stock nobody else could take, and a reload would have to wait for it.
    credit: 1,
    // Whether a request may be carried out twice only its client knows.
    retry: 0,
  };
  const most = threads + queue;
  const router = new Router({
    ...{ context, maxMessageSize, linger: lingerOf(closeTimeout) },
    // One client may have asked for all of it.
    sendHighWaterMark: Math.min(HWM_MOST, Math.max(HWM_LEAST, most)),
  });
  const reports = crewReports(`The server ${name}`, onBroken);
  return new RequestServer(router, crew, most, closeTimeout, reports);
}

class RequestServer extends Closable implements LoadingServer {
  #crew: ServerCrew;
  /** Whose threads are still loading the handler. */
  #next: ServerCrew | undefined;
  /** Of handlers that were loaded before, and have requests still. */
  readonly #retired = new Set<ServerCrew>();
  #endpoint = '';
  /** Requests that were accepted, and whose replies have not been given to the socket. */
  #pending = 0;
  #completed = 0;
  #failed = 0;
  #overloaded = 0;
  #refused = 0;
  #reloads = 0;
  #deathsBefore = 0;
  /** One after the other. */
  #reloading: Promise<unknown> = Promise.resolve();

  /** @param most requests that may be pending */
  constructor(
    private readonly router: Router,
    options: CrewOptions,
    private readonly most: number,
    closeTimeout: number,
    private readonly reports: CrewEvents,
  ) {
    super(closeTimeout);
    this.#crew = this.#hire(options);
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  async open(endpoint: string): Promise<void> {
    try {
      await this.#crew.ready();
      this.#checkOpen();
      await this.router.bind(endpoint);
      this.#checkOpen();
      this.#endpoint = this.router.lastEndpoint ?? endpoint;
    } catch (error) {
      // Then it fails for no other reason.
      const { closed } = this;
      await this.close({ timeout: 0 });
      throw closed ? stoppedError() : error;
    }
    void this.#serve();
  }

  #checkOpen(): void {
    if (this.closed) throw stoppedError();
  }

  stats(): ServerStats {
    const crews = this.#crews;
    const running = crews.reduce((sum, crew) => sum + crew.running, 0);
    return {
      threads: this.#crew.threads,
      completed: this.#completed,
      failed: this.#failed,
      overloaded: this.#overloaded,
      refused: this.#refused,
      dropped: this.router.dropped,
      queued: Math.max(0, this.#pending - running),
      running,
      deaths: crews.reduce((sum, { deaths }) => sum + deaths, this.#deathsBefore),
      reloads: this.#reloads,
    };
  }

  async reload(options: ReloadOptions = {}): Promise<void> {
    checkObject(options);
    const { module } = options;
    const url = module === undefined ? undefined : checkModule(module);
    const reloaded = this.#reloading.then(() => this.#reload(url));
    this.#reloading = reloaded.catch(() => undefined);
    return reloaded;
  }

  /** @internal */
  async answer(crew: ServerCrew, envelope: readonly Buffer[], reply: unknown): Promise<void> {
    const parts = partsOf(reply);
    if (parts === undefined) {
      const message = `The handler gave ${describe(reply)}, which is no message`;
      await this.fail(crew, envelope, new ActorError('ERR_SERVER_REPLY', { message }));
      return;
    }
    this.#completed++;
    await this.#over(crew, envelope, parts);
  }

  /** @internal */
  async fail(crew: ServerCrew, envelope: readonly Buffer[], error: unknown): Promise<void> {
    this.#failed++;
    // Of the crew's own making: what it says of a pool would say nothing to a client.
    const told = this.closed && isClosed(error) ? stoppedError() : error;
    await this.#over(crew, envelope, errorReply(told));
  }

  #hire(options: CrewOptions): ServerCrew {
    const { reports } = this;
    const crew: ServerCrew = new ServerCrew(options, {
      ...reports,
      // Of a handler that was loaded before those hear that have asked it.
      crewFailed: (error, complete) => {
        if (crew === this.#crew) reports.crewFailed?.(error, complete);
      },
    });
    return crew;
  }

  get #crews(): ServerCrew[] {
    return [this.#crew, ...this.#retired];
  }

  async #serve(): Promise<void> {
    try {
      for await (const message of this.router) this.#take(message);
    } catch (error) {
      if (!(error instanceof ZmqError && error.code === 'ETERM')) throw error;
      await this.close({ timeout: 0 });
    }
  }

  /** As REP takes it: the way back is all up to the first empty part behind the sender's id. */
  #take(message: Buffer[]): void {
    let delimiter = 1;
    while (delimiter < message.length && message[delimiter]!.length > 0) delimiter++;
    if (delimiter >= message.length - 1) {
      this.#refused++;
      return;
    }
    const envelope = message.slice(0, delimiter + 1);
    if (this.closed) {
      this.#failed++;
      void this.#send(envelope, errorReply(stoppedError()));
    } else if (this.#pending >= this.most) {
      this.#overloaded++;
      const waiting = `${this.most} requests are here already`;
      const busy = new ActorError('ERR_SERVER_BUSY', { message: waiting });
      void this.#send(envelope, errorReply(busy));
    } else {
      this.#pending++;
      this.#crew.submit(new Request(this, this.#crew, envelope, message.slice(delimiter + 1)));
    }
  }

  async #over(
    crew: ServerCrew,
    envelope: readonly Buffer[],
    parts: readonly MessageLike[],
  ): Promise<void> {
    await this.#send(envelope, parts);
    this.#pending--;
    crew.answered();
  }

  /** To a client that is gone, or takes no more, it is dropped, and the socket counts it. */
  async #send(envelope: readonly Buffer[], parts: readonly MessageLike[]): Promise<void> {
    try {
      await this.router.send([...envelope, ...parts]);
    } catch (error) {
      // The context ends, or the server was closed.
      if (!(error instanceof ZmqError)) throw error;
    }
  }

  async #reload(url: string | undefined): Promise<void> {
    this.#checkOpen();
    const { options } = this.#crew;
    // A thread has no modules of other threads, so it reads the file anew.
    const next = this.#hire(url === undefined ? options : { ...options, url });
    this.#next = next;
    try {
      await next.ready();
      // It may have been closed meanwhile.
      this.#checkOpen();
    } catch (error) {
      await next.close();
      throw this.closed && isClosed(error) ? stoppedError() : error;
    } finally {
      this.#next = undefined;
    }
    const last = this.#crew;
    this.#crew = next;
    this.#reloads++;
    this.#retired.add(last);
    void this.#retire(last);
  }

  async #retire(crew: ServerCrew): Promise<void> {
    await crew.drained();
    // Whoever closes the server sees its threads off.
    if (this.closed) return;
    this.#deathsBefore += crew.deaths;
    this.#retired.delete(crew);
    await crew.close();
  }

  protected override async end(): Promise<CloseReport> {
    const had = this.#pending;
    void this.#next?.close();
    const drained = Promise.all(this.#crews.map((crew) => crew.drained()));
    await this.deadline.within(drained);
    const reports = await Promise.all(this.#crews.map((crew) => crew.close()));
    const sum = (what: 'dropped' | 'forced'): number =>
      reports.reduce((total, report) => total + report[what], 0);
    const [dropped, forced] = [sum('dropped'), sum('forced')];
    // The replies that say so are given to the socket; what does not fit in shared memory waits no longer.
    await this.deadline.within(drained);
    await this.#reloading;
    this.router.close();
    return { drained: Math.max(0, had - dropped - forced), dropped, forced };
  }
}

/** A request on its way. */
class Request implements Job {
  deaths = 0;
  readonly forgotten = false;
  readonly task = 'default';

  constructor(
    private readonly server: RequestServer,
    private readonly crew: ServerCrew,
    private readonly envelope: readonly Buffer[],
    readonly argument: readonly Buffer[],
  ) {}

  begin(): void {
    // Nobody waits for it.
  }

  done(value: unknown): void {
    void this.server.answer(this.crew, this.envelope, value);
  }

  fail(error: unknown): void {
    void this.server.fail(this.crew, this.envelope, error);
  }
}

/** Parts of what a handler has given; undefined if it is no message. */
function partsOf(reply: unknown): readonly MessageLike[] | undefined {
  const parts: readonly unknown[] = Array.isArray(reply) ? reply : [reply];
  return parts.length > 0 && parts.every(isPart) ? parts : undefined;
}

const PRIMITIVES = new Set(['string', 'number', 'bigint', 'boolean']);

function isPart(part: unknown): part is MessageLike {
  return (
    part === null ||
    PRIMITIVES.has(typeof part) ||
    ArrayBuffer.isView(part) ||
    part instanceof ArrayBuffer
  );
}

function describe(reply: unknown): string {
  if (Array.isArray(reply)) return 'an array';
  return typeof reply === 'object' ? 'an object' : typeof reply;
}

function isClosed(error: unknown): boolean {
  return error instanceof ActorError && error.code === 'ERR_POOL_CLOSED';
}

function stoppedError(): ActorError {
  return new ActorError('ERR_ACTOR_STOPPED', { message: 'The server is being closed' });
}
