import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { ioStatistics, Pull, Push, type Context } from '../../src/index.js';
import { countTypes, toTheEnd } from '../support/events.js';
import { useTidyStage } from '../support/stage.js';

const CONNECTIONS = 1000;
const AT_ONCE = 50;
/** After so many rounds everything that is made once has been made. */
const WARM = 3;

/** What there is of a context, and of the process, that connections could leave behind. */
interface Holdings {
  readonly blocks: number;
  readonly pipes: number;
  readonly threads: number;
  readonly handles: number;
  /** Descriptors of the whole process, those of I/O workers too; 0 where the system does not tell. */
  readonly descriptors: number;
}

function holdingsOf(context: Context): Holdings {
  const { threads, pipes } = context.stats();
  return {
    blocks: threads.reduce((sum, { memory }) => sum + memory.blocks, 0),
    pipes: pipes.length,
    threads: threads.length,
    handles: process.getActiveResourcesInfo().length,
    descriptors: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
  };
}

/** Resolves when the I/O workers serve no connection any more. */
async function quiet(context: Context): Promise<void> {
  for (;;) {
    const workers = await ioStatistics(context);
    if (workers.every(({ sessions }) => sessions === 0)) return;
  }
}

describe(`${CONNECTIONS} connections over tcp, made and lost, ${AT_ONCE} at a time`, () => {
  const stage = useTidyStage();

  it('leave no thread, handle, pipe or memory behind, and every event is told once', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const seen = toTheEnd(pull.events);
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint!;

    const round = async (): Promise<void> => {
      const pushes = Array.from({ length: AT_ONCE }, () => new Push({ context }));
      const stories = pushes.map((push) => toTheEnd(push.events));
      for (const push of pushes) push.connect(endpoint);
      await Promise.all(pushes.map((push, number) => push.send(String(number))));
      const numbers = new Set<string>();
      while (numbers.size < AT_ONCE) numbers.add(String((await pull.receive())[0]));
      for (const push of pushes) push.close();
      for (const story of await Promise.all(stories)) {
        expect(countTypes(story)).to.deep.include({ connect: 1, handshake: 1, end: 1 });
      }
      await quiet(context);
    };

    for (let i = 0; i < WARM; i++) await round();
    const before = holdingsOf(context);
    for (let i = WARM; i < CONNECTIONS / AT_ONCE; i++) await round();

    // What is on its way back comes back; what has leaked never does.
    const left = (): boolean => {
      const now = holdingsOf(context);
      return (Object.keys(now) as (keyof Holdings)[]).some((name) => now[name] > before[name]);
    };
    while (left()) await turn();
    pull.close();
    expect(countTypes(await seen)).to.deep.include({
      accept: CONNECTIONS,
      handshake: CONNECTIONS,
      disconnect: CONNECTIONS,
      end: 1,
    });
  });
});
