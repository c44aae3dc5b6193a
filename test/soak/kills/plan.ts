import {
  hungry,
  mortal,
  several,
  sharing,
  type Start,
  supervised,
  tasks,
  together,
} from './chains.js';

/** Who is killed, and which part of all kills is theirs; at least one is. */
const SHARES: readonly (readonly [name: string, start: Start, share: number])[] = [
  ['own', supervised(), 0.12],
  ['another', supervised(), 0.12],
  ['over-tcp', supervised('tcp://127.0.0.1:*'), 0.1],
  ['mortal', mortal, 0.14],
  ['task', tasks, 0.12],
  ['several', several, 0.08],
  ['sharing', sharing, 0.2],
  ['all', together('one-for-all'), 0.05],
  ['rest', together('rest-for-one'), 0.05],
  ['hungry', hungry, 0.02],
];

export interface Plan {
  readonly chains: readonly {
    readonly name: string;
    readonly start: Start;
    readonly kills: number;
  }[];
  readonly kills: number;
}

/** At least so many kills. */
export function planOf(kills: number): Plan {
  const chains = SHARES.map(([name, start, share]) => ({
    ...{ name, start },
    kills: Math.ceil(kills * share),
  }));
  return { chains, kills: chains.reduce((sum, each) => sum + each.kills, 0) };
}
