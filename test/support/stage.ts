import { connect, createServer, type AddressInfo, type Socket as NetSocket } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ResourceLimits } from 'node:worker_threads';
import { Context, type ContextOptions } from '../../src/index.js';
import {
  ProcessElsewhere,
  ThreadElsewhere,
  type Elsewhere,
  type ProcessOptions,
  type Program,
} from './elsewhere.js';
import { Footprint } from './footprint.js';
import { departed, remainsOf } from './remains.js';

/** Enough for any test here, and quick to give back. */
const ARENA_BYTES = 2 ** 26;
/** Milliseconds after which what does not end by itself is given up when a test is over: then the test has failed. */
const PATIENCE = 20_000;

export type Transport = 'inproc' | 'ipc' | 'tcp';

/**
 * Where a test plays: makes contexts, threads, processes and raw connections, and takes everything
 * down again when the test is over, however it went.
 */
export class Stage {
  private readonly contexts: Context[] = [];
  private readonly elsewhere: Elsewhere[] = [];
  private readonly closing: (() => unknown)[] = [];
  private names = 0;
  private folder: string | undefined;
  private only: Context | undefined;
  private before: Footprint | undefined;
  private excuse: string | undefined;
  /** Of a stage that several tests share: what there is between two of them, and how much of it is to be closed. */
  private usual: Footprint | undefined;
  private shared = 0;

  /** The test's one context, made when it is first asked for. */
  get context(): Context {
    return (this.only ??= this.newContext());
  }

  newContext(options: ContextOptions = {}): Context {
    const context = new Context({ arenaSize: ARENA_BYTES, ...options });
    this.contexts.push(context);
    return context;
  }

  /** A new thread that runs `program`, which sees nothing but its arguments. */
  thread<T>(program: Program<T>, argument?: T, limits?: ResourceLimits): ThreadElsewhere {
    const thread = new ThreadElsewhere(program, argument, limits);
    this.elsewhere.push(thread);
    return thread;
  }

  /**
   * A new process that runs `program`, which sees nothing but its arguments.
   * @param options `early`: before the library is imported
   */
  process<T>(program: Program<T>, argument?: T, options: ProcessOptions = {}): ProcessElsewhere {
    const process = new ProcessElsewhere(program, argument, options);
    this.elsewhere.push(process);
    return process;
  }

  /** Something to be called when the test is over. */
  atEnd(close: () => unknown): void {
    this.closing.push(close);
  }

  /** A name that nobody has bound yet. */
  inproc(): string {
    return `inproc://name ${++this.names}`;
  }

  /** A path that nobody has used yet, in a folder that goes with the test. */
  path(): string {
    if (this.folder === undefined) {
      const folder = mkdtempSync(join(tmpdir(), 'loomwire-test-'));
      this.folder = folder;
      this.atEnd(() => {
        this.folder = undefined;
        rmSync(folder, { recursive: true });
      });
    }
    return join(this.folder, `path ${++this.names}`);
  }

  /** What to bind where it does not matter to what. */
  wildcard(transport: Transport): string {
    if (transport === 'inproc') return this.inproc();
    return transport === 'ipc' ? 'ipc://*' : 'tcp://127.0.0.1:*';
  }

  /** An endpoint that both ends can know before either has used it. */
  async agreed(transport: Transport): Promise<string> {
    if (transport === 'inproc') return this.inproc();
    return transport === 'ipc' ? `ipc://${this.path()}` : this.freeEndpoint();
  }

  /** A tcp endpoint that nobody listens on, though somebody may later. */
  async freeEndpoint(): Promise<string> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return `tcp://127.0.0.1:${port}`;
  }

  /** A plain TCP connection to an endpoint. */
  async tcp(endpoint: string): Promise<NetSocket> {
    const socket = connect({ host: '127.0.0.1', port: portOf(endpoint), noDelay: true });
    this.atEnd(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /** A plain connection to the Unix socket of an endpoint. */
  async unix(endpoint: string): Promise<NetSocket> {
    const socket = connect(pathOf(endpoint));
    this.atEnd(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /**
   * For a test after which something is left in a context, or its end is forced, by design.
   * @param why for whoever reads the test
   */
  leaves(why: string): void {
    this.excuse = why;
  }

  /** What is there from now on, and not when the stage is cleared, the test has left behind. */
  begin(): void {
    this.before = new Footprint();
  }

  /**
   * Between two tests of a stage that goes on: takes down what the one before has said, and finds out whether it has
   * left sockets, pipes, threads or handles behind. What is made once, as an I/O worker, has been made when the first
   * is over.
   * @param last the title of the test before; undefined if none has been yet
   */
  async look(last: string | undefined): Promise<void> {
    if (last === undefined) {
      this.shared = this.closing.length;
      return;
    }
    for (const close of this.closing.splice(this.shared).reverse()) await close();
    const left = await patiently(() => [
      ...this.contexts.flatMap((context) => {
        const { sockets, pipes } = context.stats();
        return [...sockets.map(({ type }) => `an open ${type}`), ...pipes.map(() => 'a pipe')];
      }),
      ...(this.usual?.more(this.contexts) ?? []),
    ]);
    if (left.length > 0) {
      // As it is, and not for people: who has left what, and who has been called, says most.
      const told = this.contexts.map((context) => {
        const { threads, pipes } = context.stats();
        return JSON.stringify({ threads, pipes });
      });
      throw new Error([`"${last}" has left behind: ${left.join('; ')}`, ...told].join('\n'));
    }
    this.usual ??= new Footprint();
  }

  /**
   * Takes everything down and, after `begin`, finds out whether the test has left something behind.
   * @param failed the test has failed already, wherever it was: what it has left then says nothing
   */
  async clear(failed = false): Promise<void> {
    for (const close of this.closing.splice(0).reverse()) await close();
    const contexts = this.contexts.splice(0);
    this.only = undefined;
    const { before, excuse } = this;
    const looks = before !== undefined && !failed;
    this.excuse = undefined;
    const gone = contexts.map(departed);
    // Threads that wait in a call end with ETERM, so they are not killed before their context ends.
    const forced = (await Promise.all(contexts.map(end))).flat();
    const remains = (): string[] => contexts.flatMap((context, i) => remainsOf(context, gone[i]!));
    const left = looks && excuse === undefined ? [...forced, ...(await patiently(remains))] : [];
    await Promise.all(this.elsewhere.splice(0).map((one) => one.kill()));
    if (looks) left.push(...(await patiently(() => before.more())));
    if (left.length > 0) throw new Error(`The test has left behind: ${left.join('; ')}`);
  }
}

/** Ends a context. Answers what had to be forced; of one that its test has ended, the test knows. */
async function end(context: Context): Promise<string[]> {
  const known = context.stats().state === 'stopped';
  const { holders } = await context.destroy({ linger: 0, timeout: PATIENCE });
  if (known) return [];
  return holders.map((holder) => `held by thread ${holder.threadId} with ${holder.with}`);
}

/** What there is when nothing more goes away: other threads leave when they have noticed that they should. */
async function patiently(left: () => string[]): Promise<string[]> {
  const deadline = performance.now() + PATIENCE;
  // Not turn after turn: this thread would take a core from those that it waits for.
  while (left().length > 0 && performance.now() < deadline) await pause(1);
  return left();
}

export function portOf(endpoint: string | null): number {
  return Number(/:(\d+)$/.exec(endpoint ?? '')![1]);
}

export function pathOf(endpoint: string): string {
  return endpoint.slice('ipc://'.length);
}

/**
 * A stage of its own for each test of the suite, that nobody looks over: for those of actors, whose systems and threads
 * belong to all tests of a file and are looked over by `kills`, and for those with programs in Python.
 */
export function useStage(): Stage {
  const stage = new Stage();
  afterEach(() => stage.clear());
  return stage;
}

/** The same for tests that leave nothing behind: no threads and handles, and nothing in a context that has ended. */
export function useTidyStage(): Stage {
  const stage = new Stage();
  beforeEach(() => stage.begin());
  afterEach(function () {
    return stage.clear(this.currentTest?.isFailed());
  });
  return stage;
}

/**
 * One stage for all tests of the suite, where setting it up takes long. Each leaves no socket, pipe, thread or handle
 * behind, and all together nothing in the context.
 */
export function useTidySharedStage(): Stage {
  const stage = new Stage();
  let last: Mocha.Test | undefined;
  let failed = false;
  before(() => stage.begin());
  // Not at the end of the one before: the suite's own hooks, which close what that one has opened, come later.
  beforeEach(async function () {
    // What one that has failed leaves behind says nothing, and stays.
    failed ||= last?.isFailed() === true;
    if (!failed) await stage.look(last?.title);
    last = this.currentTest;
  });
  after(function () {
    return stage.clear(this.test?.parent?.tests.some((test) => test.isFailed()));
  });
  return stage;
}
