import { createRequire } from 'node:module';
import type { Options } from '../options.js';
import type { PeerName } from '../row.js';
import { Checkout } from './checkout.js';
import type { Library } from './command.js';
import { Libzmq } from './libzmq.js';
import { Loomwire } from './loomwire.js';
import { Program } from './program.js';
import { ZeromqJs } from './zeromqjs.js';

const nodeVersion = (): string => process.versions.node;

async function piscinaVersion(): Promise<string> {
  return (await import('piscina')).version;
}

function comlinkVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('comlink/package.json');
  return (manifest as { version: string }).version;
}

const PEERS: Readonly<Record<PeerName, (options: Options) => Library | undefined>> = {
  libzmq: () => new Libzmq(),
  'zeromq.js': () => new ZeromqJs(),
  postMessage: () => new Program('postMessage', 'post-message', nodeVersion),
  piscina: () => new Program('piscina', 'piscina-tasks', piscinaVersion),
  comlink: () => new Program('comlink', 'comlink-calls', comlinkVersion),
  Worker: () => new Program('Worker', 'worker-start', nodeVersion),
  node: () => new Program('node', 'nothing', nodeVersion),
  itself: () => new Loomwire('itself'),
  beside: ({ beside }) => (beside === undefined ? undefined : new Checkout(beside)),
  none: () => undefined,
};

/** The libraries beside which the chosen rows are measured. */
export function peersOf(options: Options): Map<PeerName, Library> {
  const peers = new Map<PeerName, Library>();
  for (const name of new Set(options.rows.map(({ peer }) => peer))) {
    const library = PEERS[name](options);
    if (library !== undefined) peers.set(name, library);
  }
  return peers;
}
