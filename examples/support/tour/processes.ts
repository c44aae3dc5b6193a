// The examples as processes, and libzmq's peers beside them.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { writeFlags } from '../flags.js';
import type { Notice } from '../terminal.js';
import { watched } from './children.js';
import { type Name, type Options, Part, type Result, type Stage } from './part.js';

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
    this.#parts.set(child, part);
    // A program that is gone cannot be written to; how it ended says why.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) =>
      part.hear(JSON.parse(line) as Notice),
    );
    const end = watched(child).then((problem) => {
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
