// npm run bench: loomwire beside its peers, in alternating runs of fresh processes.

import { type Candidate, compare } from './compare.js';
import { CoreDistance } from './core-distance.js';
import { circumstances } from './machine.js';
import { type Options, readOptions, USAGE, UsageError } from './options.js';
import type { Library } from './peers/command.js';
import { Loomwire } from './peers/loomwire.js';
import { peersOf } from './peers/peers.js';
import { killAll } from './processes.js';
import { Progress } from './progress.js';
import { type Results, type RowResult, sidesOf } from './results.js';
import type { PeerName } from './row.js';
import { formatResults } from './table.js';

async function bench(options: Options): Promise<Results> {
  const progress = new Progress(options.rows, options.pairs);
  const here = circumstances();
  const prepare = async (library: Library): Promise<Candidate> => {
    progress.preparing(library.name);
    return { library, unavailable: await library.prepare() };
  };
  const ours = await prepare(new Loomwire());
  const peers = new Map<PeerName, Candidate>();
  for (const [name, library] of peersOf(options)) peers.set(name, await prepare(library));
  const cores = new CoreDistance();
  const rows: RowResult[] = [];
  for (const [index, row] of options.rows.entries()) {
    progress.row(index);
    rows.push(
      await compare(row, ours, peers.get(row.peer), options, cores, (pair, library) =>
        progress.run(index, pair, library),
      ),
    );
  }
  progress.clear();
  const versions: Record<string, string> = {};
  for (const [name, { library, unavailable }] of [['', ours] as const, ...peers]) {
    if (name === 'itself') continue;
    versions[library.name] = library.version ?? `not measured (${unavailable ?? 'unknown'})`;
  }
  const { pairs, scale, highWaterMark } = options;
  return { circumstances: here, versions, options: { pairs, scale, highWaterMark }, rows };
}

function failed({ rows }: Results): boolean {
  return rows.flatMap(sidesOf).some(({ problem }) => problem?.startsWith('failed') === true);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return;
  }
  process.on('exit', killAll);
  // The numbers of the shells' convention: 128 and the signal's.
  process.once('SIGHUP', () => process.exit(129));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const results = await bench(options);
  const colours = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  console.log(options.json ? JSON.stringify(results, null, 2) : formatResults(results, colours));
  // A measurement that broke is not a result; a peer that this machine lacks is.
  if (failed(results)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
});
