import { Context, ioStatistics, Pull, Push } from '../../src/index.js';
import { coreOf } from '../../src/runtime/context/context.js';
import { heldBy, type Held } from './held.js';
import type { Soak, Stint } from './soak.js';

const INPROC_SOCKETS = 1_000_000;
const TCP_SOCKETS = 100_000;
/** The context's names of inproc are never given back, so these come round. */
const NAMES = 100;
/** Pairs of sockets in which caches, pools, compiled code and heaps come to their size. */
const WARM_UP_PAIRS = { inproc: 100_000, tcp: 20_000 };
/** Looks at what is held, after the warm-up. */
const LOOKS = 20;

/** What may grow between the first look and the last, whatever their distance. */
const MAY_GROW: Held = {
  pages: 0,
  blocks: 0,
  handles: 0,
  // Connections that are over for their session, and whose close the event loop has yet to carry out.
  descriptors: 4,
  // Heaps breathe: the I/O worker's is collected when its engine likes, not before each look.
  residentBytes: 16 * 2 ** 20,
};

/** Sockets that come and go, each with a message through it, leave nothing behind. */
export const sockets: Soak = {
  name: 'sockets',
  async run(stint) {
    const inproc = await comeAndGo(stint, 'inproc', stint.share(INPROC_SOCKETS, 100));
    const tcp = await comeAndGo(stint, 'tcp', stint.share(TCP_SOCKETS, 20));
    const grown = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
    const verdict =
      `${inproc.sockets} sockets on inproc and ${tcp.sockets} on tcp opened and closed; resident ` +
      `memory grew by ${grown(inproc.residentGrowth)} and ${grown(tcp.residentGrowth)}, nothing else did.`;
    return { verdict, mayGrow: MAY_GROW, inproc, tcp };
  },
};

interface Run {
  readonly sockets: number;
  readonly residentGrowth: number;
  readonly looks: readonly Held[];
}

async function comeAndGo(stint: Stint, transport: 'inproc' | 'tcp', count: number): Promise<Run> {
  const context = new Context({ arenaSize: 2 ** 26 });
  const pairs = Math.ceil(count / 2);
  // A short run proves nothing of resident memory, and is not asked to.
  const isLong = pairs >= 2 * WARM_UP_PAIRS[transport];
  const warm = isLong ? WARM_UP_PAIRS[transport] : Math.ceil(pairs / 2);
  const stride = Math.max(Math.floor((pairs - warm) / LOOKS), 1);
  const looks: Held[] = [];
  try {
    for (let pair = 0; pair <= pairs; pair++) {
      if (pair >= warm && (pair - warm) % stride === 0) {
        await settled(context);
        looks.push(heldBy(context));
        stint.advance(2 * pair, count, `sockets over ${transport},`);
      }
      await openAndClose(
        context,
        transport === 'inproc' ? `inproc://${pair % NAMES}` : 'tcp://127.0.0.1:*',
        pair,
      );
    }
  } finally {
    await context.destroy({ linger: 0 });
  }
  const [first, last] = [looks[0]!, looks.at(-1)!];
  for (const [what, may] of Object.entries(MAY_GROW) as [keyof Held, number][]) {
    const grown = last[what] - first[what];
    if (what === 'residentBytes' && !isLong) continue;
    if (grown > may)
      throw new Error(`${transport}: ${what} grew by ${grown}: ${JSON.stringify(looks)}`);
  }
  return { sockets: 2 * pairs, residentGrowth: last.residentBytes - first.residentBytes, looks };
}

async function openAndClose(context: Context, endpoint: string, number: number): Promise<void> {
  const pull = new Pull({ context });
  await pull.bind(endpoint);
  const push = new Push({ context });
  push.connect(pull.lastEndpoint!);
  push.sendSync(`${number}`);
  const [body] = await pull.receive();
  if (String(body) !== `${number}`) throw new Error(`${String(body)} came in place of ${number}`);
  push.close();
  pull.close();
}

/** Resolves when all that was closed is over, in the I/O worker and in this thread. */
async function settled(context: Context): Promise<void> {
  const { thread } = coreOf(context);
  await thread.until(() => thread.lingering === 0 && thread.unanswered === 0, -1);
  for (;;) {
    const workers = await ioStatistics(context);
    if (workers.every(({ listeners, sessions }) => listeners + sessions === 0)) return;
  }
}
