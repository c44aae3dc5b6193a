import { Buffer } from 'node:buffer';
import { threadId } from 'node:worker_threads';
import type { Logger } from '../base/injected.js';
import { pause } from '../memory/pause.js';

const STDERR = 2;

/**
 * Writes lines to stderr at once, from whatever thread: what a worker prints by `console.log` goes by the event
 * loops of two threads, and is not seen while either is blocked.
 */
export function stderrLogger(name: string): Logger {
  const write =
    (level: string) =>
    (text: string): void => {
      writeWhole(`${new Date().toISOString()} ${level} [${threadId} ${name}] ${text}\n`);
    };
  return { info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
}

function writeWhole(line: string): void {
  // Not imported, as in process-exit.ts.
  const { writeSync } = process.getBuiltinModule('node:fs');
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDERR, rest));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error;
      // A pipe that is full, and was set not to block: there is no other way to wait for room in it.
      pause(1);
    }
  }
}
