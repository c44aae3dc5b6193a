import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ANY_ENDPOINT, ENDS, type EndName, isPair, type Work } from '../work.js';
import type { Command, Library } from './command.js';

const run = promisify(execFile);

// The compiler writes to dist/bench/peers and leaves the C files where they are.
const SOURCES = fileURLToPath(new URL('../../../bench/peers/libzmq/', import.meta.url));

const PROGRAMS = ['end', 'inproc', 'proxy'];

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

  whole(work: Work): Command {
    const { pattern } = work;
    if (!isPair(pattern)) return this.#program(pattern, [], work);
    const { bound, connected } = ENDS[pattern];
    return this.#program('inproc', [bound, connected], work, ANY_ENDPOINT.inproc);
  }

  end(work: Work, end: EndName, endpoint: string): Command {
    return this.#program('end', [end], work, endpoint);
  }

  #program(name: string, ends: readonly EndName[], work: Work, endpoint = ''): Command {
    if (this.#programs === undefined) throw new Error('libzmq is not prepared');
    const args = [...ends, ...settingsOf(work), `endpoint=${endpoint}`];
    return { file: join(this.#programs, name), args };
  }
}

/** The numbers of the work, under the names that bench.h knows. */
function settingsOf(work: Work): string[] {
  const settings = {
    body: work.bodyBytes,
    touched: Number(work.touched),
    lease: Number(work.bodies === 'lease'),
    connections: work.connections,
    topics: work.topics,
    rate: work.rate,
    warmup: work.warmup,
    messages: work.messages,
    timed: work.timed,
    hwm: work.highWaterMark,
  };
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`);
}

function whyNot(compiler: string, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return `no C compiler (${compiler})`;
  if (error.message.includes('zmq.h')) return 'no zmq.h';
  const line = error.message.split('\n').find((text) => text.includes('error'));
  return `libzmq's programs do not compile: ${line ?? error.message}`;
}
