// The examples as processes, and libzmq's peers beside them.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { writeFlags } from '../flags.js';
import type { Notice } from '../terminal.js';
import { type Name, type Options, Part, type Result, type Stage } from './part.js';

const running = new Set<ChildProcess>();

/** Kills every program. Safe in an 'exit' listener. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Kills every program; resolves when none is left. */
export async function clear(): Promise<void> {
  const ends = [...running].map((child) => once(child, 'exit'));
  killAll();
  await Promise.all(ends);
}

export class Processes implements Stage {
  readonly failure: Promise<never>;
  readonly #parts = new Map<ChildProcess, { readonly ended: boolean }>();
  readonly #ends: Promise<void>[] = [];
  #failed!: (reason: unknown) => void;

  /**
   * @param libzmq the programs that libzmq plays
   * @param watch hears what a program prints
   */
  constructor(
    private readonly libzmq: readonly Name[],
    private readonly watch: (name: Name, text: string) => void,
  ) {
    this.failure = new Promise((_resolve, reject) => (this.#failed = reject));
    this.failure.catch(() => {});
  }

  start<N extends Name>(name: N, options: Options<N>): Part<Result<N>> {
    const foreign = this.libzmq.includes(name);
    const file = new URL(`../../${foreign ? 'support/libzmq/' : ''}${name}.js`, import.meta.url);
    const args = foreign ? [JSON.stringify(options)] : ['--report', ...writeFlags(options)];
    const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(file), ...args]);
    const part = new Part<Result<N>>(
      () => child.stdin.write('\n'),
      (text) => this.watch(name, text),
    );
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.#parts.set(child, part);
    // A program that is gone cannot be written to; how it ended says why.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) =>
      part.hear(JSON.parse(line) as Notice),
    );
    const end = ended(child).then((problem) => {
      this.#parts.delete(child);
      if (problem !== undefined) throw new Error(`${name} ${problem}`);
    });
    this.#ends.push(end);
    end.catch((error: unknown) => {
      part.fail(error);
      this.#failed(error);
    });
    return part;
  }

  async end(): Promise<void> {
    for (const [child, part] of this.#parts) if (!part.ended) child.kill('SIGTERM');
    await Promise.all(this.#ends);
  }
}

/** What was wrong with a process's end, if anything was. */
function ended(child: ChildProcess): Promise<string | undefined> {
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      const how = signal === null ? `ended with status ${code ?? '?'}` : `was ended by ${signal}`;
      resolve(code === 0 ? undefined : `${how}\n${complaints}`.trim());
    });
  });
}
