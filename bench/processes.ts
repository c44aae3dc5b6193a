import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Command } from './peers/command.js';

const running = new Set<ChildProcess>();

/** Kills every process of the measurement under way. Safe in an 'exit' listener. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A process that takes part in a measurement and reports in lines on its standard output. */
export class RoleProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #met: () => void;
  readonly #told = new Map<string, string>();
  readonly #awaited = new Map<string, (rest: string) => void>();
  /** What was wrong with the end, if anything was. */
  readonly #ended: Promise<string | undefined>;
  #complaints = '';

  /** Rejects when the process fails; never resolves. */
  readonly failure: Promise<never>;

  /** @param met called when the process begins to wait for the others, until `go` */
  constructor({ file, args }: Command, met: () => void) {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    this.#met = met;
    running.add(child);
    // Who cannot be told to go on has ended, and that is heard of.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaints += text));
    this.#ended = new Promise((resolve) => {
      const settle = (problem: string | undefined): void => {
        running.delete(child);
        resolve(problem);
      };
      child.once('error', (error) => settle(error.message));
      child.once('close', (code, signal) => {
        settle(code === 0 ? undefined : this.#describeEnd(code, signal));
      });
    });
    this.failure = new Promise((_resolve, reject) => {
      void this.#ended.then((problem) => {
        if (problem !== undefined) reject(new Error(problem));
      });
    });
    // Whoever races against it hears of it; after the measurement nobody need.
    this.failure.catch(() => {});
  }

  /** The rest of the line that begins with `keyword`, now or when it comes. */
  told(keyword: string): Promise<string> {
    const rest = this.#told.get(keyword);
    if (rest !== undefined) return Promise.resolve(rest);
    return new Promise((resolve) => this.#awaited.set(keyword, resolve));
  }

  /** The rest of that line, if it has come. */
  heard(keyword: string): string | undefined {
    return this.#told.get(keyword);
  }

  /** Lets it go on from where it has waited for the others. */
  go(): void {
    this.#child.stdin.write('go\n');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits until the process ends by itself, or kills it; says what was wrong with its end. */
  async finish(graceMilliseconds: number): Promise<string | undefined> {
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      this.kill();
    }, graceMilliseconds);
    const problem = await this.#ended;
    clearTimeout(timer);
    return killed ? `did not end within ${graceMilliseconds / 1000} s of its work` : problem;
  }

  #hear(line: string): void {
    const [keyword = '', ...words] = line.split(' ');
    const rest = words.join(' ');
    if (keyword === 'meet') this.#met();
    this.#told.set(keyword, rest);
    this.#awaited.get(keyword)?.(rest);
  }

  #describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal === null ? `ended with status ${code ?? '?'}` : `ended by ${signal}`;
    const lines = this.#complaints.trim().split('\n');
    // Node prints a stack below the error; the error's own line says what happened.
    const why = lines.find((line) => /^\w*Error\b/.test(line.trim())) ?? lines.at(-1) ?? '';
    return `a process ${how}${why === '' ? '' : `: ${why.trim()}`}`;
  }
}
