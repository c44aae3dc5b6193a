import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Context, type ContextHandle } from '../../src/index.js';
import {
  type EndPlan,
  type EndReport,
  LOCKSTEP,
  PATTERN_NAMES,
  type PatternName,
} from './pattern-ends.js';
import type { Soak, Stint } from './soak.js';
import { type SoakThread, withThreads } from './threads.js';

/** Of each pattern over each transport. */
const MESSAGES = 10_000_000;
const MARK = 100;
/** With so many the mark must have been reached, whatever kernel buffers took. */
const MUST_FILL = 1_000_000;
/** For the end of a context whose threads are gone. */
const ENDING_MILLISECONDS = 5000;

type Transport = 'inproc' | 'ipc' | 'tcp';

/**
 * Each pattern between two threads over each transport, as fast as both can: what was sent is what was
 * received and what the sender counted as dropped, in order, byte for byte.
 */
export const patterns: Soak = {
  name: 'patterns',
  async run(stint) {
    const messages = stint.share(MESSAGES, 100);
    const folder = mkdtempSync(join(tmpdir(), 'loomwire-soak-'));
    const context = new Context({ arenaSize: 2 ** 26 });
    const runs: Run[] = [];
    try {
      await withThreads('pattern-worker.js', async (threads) => {
        for (const pattern of PATTERN_NAMES) {
          for (const [name, endpoint] of Object.entries(endpointsIn(folder))) {
            const transport = name as Transport;
            const ends = { pattern, transport };
            runs.push(await play(stint, threads, context.handle, ends, endpoint, messages));
          }
        }
      });
    } finally {
      // The threads are gone, and where one has failed its sockets may still hold the context.
      await context.destroy({ linger: 0, timeout: ENDING_MILLISECONDS });
      rmSync(folder, { recursive: true, force: true });
    }
    const total = (key: 'sent' | 'received' | 'dropped'): number =>
      runs.reduce((sum, run) => sum + run[key], 0);
    const verdict =
      `${total('sent')} messages sent = ${total('received')} received + ${total('dropped')} ` +
      `counted as dropped, in ${runs.length} runs.`;
    return { verdict, mark: MARK, runs };
  },
};

interface Run extends EndReport {
  readonly pattern: PatternName;
  readonly transport: Transport;
}

function endpointsIn(folder: string): Record<Transport, string> {
  return {
    inproc: 'inproc://soak',
    ipc: `ipc://${join(folder, 'soak')}`,
    tcp: 'tcp://127.0.0.1:*',
  };
}

async function play(
  stint: Stint,
  [binder, connecter]: readonly [SoakThread, SoakThread],
  handle: ContextHandle,
  { pattern, transport }: Pick<Run, 'pattern' | 'transport'>,
  endpoint: string,
  messages: number,
): Promise<Run> {
  const what = `${pattern} over ${transport},`;
  const seed = stint.random.next();
  const signal = new SharedArrayBuffer(4);
  const plan = { handle, pattern, messages, mark: MARK, seed, signal };
  const done = (count: number): void => stint.advance(Math.min(count, messages), messages, what);
  done(0);
  let first: Promise<unknown>;
  const bound = await new Promise<string>((resolve, reject) => {
    const note = (at: unknown): void => resolve(at as string);
    first = binder.run({ ...plan, side: 0, endpoint } satisfies EndPlan, { done, note });
    first.catch(reject);
  });
  const second = connecter.run({ ...plan, side: 1, endpoint: bound } satisfies EndPlan);
  const ends = (await Promise.all([first!, second])) as EndReport[];
  return { pattern, transport, ...conserved(what, ends, pattern) };
}

/** Both ends' counts together. Throws if a message is missing, or the high-water mark was never met. */
function conserved(what: string, ends: readonly EndReport[], pattern: PatternName): EndReport {
  const total = (key: keyof EndReport): number => ends.reduce((sum, end) => sum + end[key], 0);
  const both = {
    sent: total('sent'),
    received: total('received'),
    dropped: total('dropped'),
    full: total('full'),
  };
  if (both.sent !== both.received + both.dropped) {
    const { sent, received, dropped } = both;
    throw new Error(`${what} ${sent} sent, but ${received} received and ${dropped} dropped`);
  }
  if (both.sent >= MUST_FILL && both.full === 0 && pattern !== LOCKSTEP) {
    throw new Error(`${what} the high-water mark was never reached`);
  }
  return both;
}
