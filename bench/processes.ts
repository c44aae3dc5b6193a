import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command } from './peers/command.js';

const running = new Set<ChildProcess>();

/** Kills every process of the measurement under way. Safe in an 'exit' listener. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A process that takes part in a measurement and reports in lines on its standard output. */
export class RoleProcess {
  readonly #child: ChildProcess;
  readonly #told = new Map<string, string>();
  readonly #awaited = new Map<string, (rest: string) => void>();
  /** What was wrong with the end, if anything was. */
  readonly #ended: Promise<string | undefined>;
  #complaints = '';

  /** Rejects when the process fails; never resolves. */
  readonly failure: Promise<never>;

  constructor({ file, args }: Command) {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(child);
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
    const space = line.indexOf(' ');
    const keyword = line.slice(0, space);
    const rest = line.slice(space + 1);
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
