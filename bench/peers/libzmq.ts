import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { EndName, Pattern, Work } from '../work.js';
import type { Command, Library } from './command.js';

const run = promisify(execFile);

// The compiler writes to dist/bench/peers and leaves the C files where they are.
const SOURCES = fileURLToPath(new URL('../../../bench/peers/libzmq/', import.meta.url));

const INPROC_PROGRAM: Readonly<Record<Pattern, string>> = {
  'push-pull': 'inproc_thr',
  'req-rep': 'inproc_lat',
};

const PROGRAMS = [...Object.values(INPROC_PROGRAM), 'push', 'pull', 'request', 'reply'];

/** The reference library, through C programs compiled into a temporary folder for this run. */
export class Libzmq implements Library {
  readonly name = 'libzmq';
  version: string | undefined;
  #programs: string | undefined;

  async prepare(): Promise<string | undefined> {
    const compiler = process.env.CC ?? 'cc';
    const folder = await mkdtemp(join(tmpdir(), 'loomwire-bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const compile = async (program: string): Promise<string> => {
      const output = join(folder, program);
      const source = join(SOURCES, `${program}.c`);
      await run(compiler, ['-O2', '-o', output, source, '-lzmq', '-lpthread']);
      return output;
    };
    try {
      const { stdout } = await run(await compile('version'), []);
      for (const program of PROGRAMS) await compile(program);
      this.version = stdout.trim();
      this.#programs = folder;
      return undefined;
    } catch (error) {
      return whyNot(compiler, error);
    }
  }

  inproc(work: Work): Command {
    return this.#program(INPROC_PROGRAM[work.pattern], work);
  }

  end(work: Work, end: EndName, endpoint: string): Command {
    return this.#program(end, work, endpoint);
  }

  #program(name: string, work: Work, ...rest: string[]): Command {
    if (this.#programs === undefined) throw new Error('libzmq is not prepared');
    const numbers = [work.bodyBytes, work.warmup, work.messages, work.highWaterMark];
    return { file: join(this.#programs, name), args: [...numbers.map(String), ...rest] };
  }
}

function whyNot(compiler: string, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return `no C compiler (${compiler})`;
  if (error.message.includes('zmq.h')) return 'no zmq.h';
  const line = error.message.split('\n').find((text) => text.includes('error'));
  return `libzmq's programs do not compile: ${line ?? error.message}`;
}
