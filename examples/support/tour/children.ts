// The processes that the tour has started, so that none is left behind.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();

/** Kills every process. Safe in an 'exit' listener. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Kills every process; resolves when none is left. */
export async function clear(): Promise<void> {
  // What one of them said before may start another meanwhile.
  while (running.size > 0) {
    const ends = [...running].map((child) => once(child, 'exit'));
    killAll();
    await Promise.all(ends);
  }
}

/** Keeps an eye on a process; resolves at its end, to what was wrong with that, if anything was. */
export function watched(child: ChildProcess): Promise<string | undefined> {
  running.add(child);
  child.once('exit', () => running.delete(child));
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      const how = signal === null ? `ended with status ${code ?? '?'}` : `was ended by ${signal}`;
      resolve(code === 0 ? undefined : `${how}\n${complaints}`.trim());
    });
  });
}
