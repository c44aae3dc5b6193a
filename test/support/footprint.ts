import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { context as processContext, type Context } from '../../src/index.js';

/** Threads that this one has started and that have not ended, by Node's own word. */
const living = new Set<Worker>();

subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  living.add(worker);
  worker.once('exit', () => living.delete(worker));
});

/** Timers come and go with mocha's own, and those of a socket end with its context. */
const TIMERS: readonly string[] = ['Timeout', 'Immediate'];

/** What of the process a test could leave behind: threads, and whatever else keeps an event loop alive, but for timers. */
export class Footprint {
  private readonly threads = new Set(living);
  private readonly resources = count(process.getActiveResourcesInfo());

  /**
   * What there is now that was not there then; empty if there is nothing.
   * @param contexts that go on, and may have started I/O workers
   */
  more(contexts: readonly Context[] = []): string[] {
    const more: string[] = [];
    const known = [processContext, ...contexts];
    for (const worker of living) {
      if (this.threads.has(worker) || known.some((one) => isOf(one, worker))) continue;
      more.push(`thread ${worker.threadId}`);
    }
    for (const [name, now] of count(process.getActiveResourcesInfo())) {
      const before = this.resources.get(name) ?? 0;
      if (now > before) more.push(`${now - before} ${name}`);
    }
    return more;
  }
}

/** I/O workers live as long as their context; the process's own, as long as the process. */
function isOf(context: Context, { threadId }: Worker): boolean {
  return context
    .stats()
    .threads.some((thread) => thread.role === 'io' && thread.threadId === threadId);
}

function count(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names)
    if (!TIMERS.includes(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
