import type { Arena } from '../memory/arena.js';
import { load } from '../memory/atomics.js';
import { readPages } from '../memory/census.js';
import {
  CONTEXT_EXITING,
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  CONTEXT_TERMINATED,
  HEADER_STATE,
  PAGE_BYTES,
} from '../memory/layout.js';
import { readDirectory } from '../thread/directory.js';
import { readPipes } from './read-pipes.js';
import { readSockets } from './read-sockets.js';
import { readThreads } from './read-threads.js';
import type { ContextStats, HolderStats, ThreadStats } from './stats.js';

const STATES: Readonly<Record<number, ContextStats['state']>> = {
  [CONTEXT_RUNNING]: 'running',
  [CONTEXT_TERMINATED]: 'terminated',
  [CONTEXT_EXITING]: 'exiting',
  [CONTEXT_STOPPED]: 'stopped',
};

/**
 * Looks at a context by atomic loads alone: no thread is asked, woken or held up, and none needs to be
 * in a state to answer. What changes meanwhile is seen before or after.
 * @param asking slot of the thread that asks
 */
export function readStats({ words, size }: Arena, asking: number): ContextStats {
  const { total, free, owned } = readPages(words, size);
  const threads = readThreads(words, asking, owned);
  const listed = threads.flatMap(({ slot }) => readDirectory(words, slot));
  const pipes = readPipes(words, listed);
  const ownedByThreads = threads.reduce((sum, { memory }) => sum + memory.pages, 0);
  return {
    state: STATES[load(words, HEADER_STATE)]!,
    arena: {
      size,
      pageSize: PAGE_BYTES,
      pages: total,
      freePages: free,
      orphanedPages: total - free - ownedByThreads,
    },
    threads,
    sockets: readSockets(words, listed, pipes),
    pipes,
    holders: threads.filter(holds).map(toHolder),
  };
}

function holds({ sockets, commands, serving }: ThreadStats): boolean {
  return sockets + commands + serving > 0;
}

function toHolder({ slot, sockets, commands, serving }: ThreadStats): HolderStats {
  return { slot, sockets, commands, serving };
}
