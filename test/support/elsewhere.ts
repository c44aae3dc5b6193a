import { spawn, type ChildProcess, type Serializable } from 'node:child_process';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type * as Loomwire from '../../src/index.js';

/** The library, as the code that runs elsewhere gets it. */
export type Library = typeof Loomwire;

/** What code that runs elsewhere can say to the test, and hear from it. */
export interface Line {
  post(message: unknown): void;
  /** The test's next message. While it is awaited, the thread or process stays alive. */
  next(): Promise<unknown>;
}

/** Code that runs elsewhere: sent as source text, so it sees nothing but its arguments. */
export type Program<T> = (library: Library, line: Line, argument: T) => unknown;

const LIBRARY = new URL('../../src/index.js', import.meta.url).href;
const LINE = new URL('./line.js', import.meta.url).href;

/** How a thread or process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it threw; threads only. */
  readonly error?: Error;
}

/** A thread or a process that runs a program of the test's. */
export abstract class Elsewhere {
  abstract readonly ended: Promise<Ending>;
  protected readonly heard: unknown[] = [];
  private readonly waiting: { resolve: (message: never) => void; reject: (e: Error) => void }[] =
    [];
  private end: Ending | undefined;

  /** Its next message. Rejects if it ends without another. */
  next<T = unknown>(): Promise<T> {
    if (this.heard.length > 0) return Promise.resolve(this.heard.shift() as T);
    if (this.end !== undefined) return Promise.reject(silence(this.end));
    return new Promise<T>((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  abstract post(message: unknown): void;
  /** Ends it at once, as nothing in it can prevent. */
  abstract kill(): Promise<unknown>;

  protected hear(message: unknown): void {
    const next = this.waiting.shift();
    if (next === undefined) this.heard.push(message);
    else next.resolve(message as never);
  }

  protected over(end: Ending): void {
    this.end = end;
    for (const { reject } of this.waiting.splice(0)) reject(silence(end));
  }
}

function silence({ code, signal, stderr, error }: Ending): Error {
  return new Error(`It ended (${code ?? signal}) and said no more. ${stderr}`, { cause: error });
}

export class ThreadElsewhere extends Elsewhere {
  readonly ended: Promise<Ending>;
  readonly worker: Worker;

  constructor(program: Program<never>, argument: unknown, resourceLimits: ResourceLimits = {}) {
    super();
    this.worker = new Worker(threadSource(program), {
      eval: true,
      workerData: argument,
      stderr: true,
      resourceLimits,
    });
    let stderr = '';
    let error: Error | undefined;
    this.worker.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.worker.on('message', (message) => this.hear(message));
    this.worker.on('error', (thrown: Error) => (error = thrown));
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        const ending = { code, signal: null, stdout: '', stderr };
        const end: Ending = error === undefined ? ending : { ...ending, error };
        this.over(end);
        resolve(end);
      });
    });
  }

  post(message: unknown): void {
    this.worker.postMessage(message);
  }

  kill(): Promise<unknown> {
    return this.worker.terminate();
  }
}

export interface ProcessOptions {
  /** The program is to run before the library is imported, and imports it itself. */
  readonly early?: boolean;
  /** How many files and sockets it may have open. */
  readonly descriptors?: number;
}

/** What has to come before a command for it to be limited: the limit is what a process starts with. */
function limited(descriptors: number): string[] {
  return ['/bin/sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh'];
}

export class ProcessElsewhere extends Elsewhere {
  readonly ended: Promise<Ending>;
  readonly child: ChildProcess;

  constructor(program: Program<never>, argument: unknown, options: ProcessOptions = {}) {
    super();
    const code = source(program, JSON.stringify(argument ?? null), options.early === true);
    const [command, ...parameters] = [
      ...(options.descriptors === undefined ? [] : limited(options.descriptors)),
      process.execPath,
      '-e',
      code,
    ];
    this.child = spawn(command, parameters, {
      // The package's own folder, so that the program finds what it imports by name.
      cwd: new URL('../../..', import.meta.url),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, LOOMWIRE_LIBRARY: LIBRARY },
    });
    let stdout = '';
    let stderr = '';
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.child.on('message', (message) => this.hear(message));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        const end = { code, signal, stdout, stderr };
        this.over(end);
        resolve(end);
      });
    });
  }

  post(message: unknown): void {
    this.child.send(message as Serializable);
  }

  kill(): Promise<unknown> {
    this.child.kill('SIGKILL');
    return this.ended;
  }
}

/** What a Worker has to evaluate to run the program, with its workerData as the argument. */
export function threadSource(program: Program<never>): string {
  return source(program, 'workerData', false);
}

/**
 * The text of a CommonJS script that runs the program.
 * @param early before the library is imported; the program imports LOOMWIRE_LIBRARY when it likes
 */
function source(program: Program<never>, argument: string, early: boolean): string {
  const library = early ? '{}' : `await import(${JSON.stringify(LIBRARY)})`;
  return `(async () => {
    const { workerData } = require('node:worker_threads');
    const { line } = await import(${JSON.stringify(LINE)});
    const library = ${library};
    await (${program.toString()})(library, line(), ${argument});
  })();`;
}
