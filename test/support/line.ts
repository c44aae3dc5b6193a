import { parentPort } from 'node:worker_threads';
import type { Line } from './elsewhere.js';

/**
 * The line to the test from a thread or process that it started; see elsewhere.ts. It keeps its end
 * alive only while a message is awaited: what else does is for the program under test to decide.
 */
export function line(): Line {
  const heard: unknown[] = [];
  let listening = false;
  let told: ((message: unknown) => void) | undefined;
  const hear = (message: unknown): void => {
    if (told === undefined) heard.push(message);
    else told(message);
  };
  const next = (): Promise<unknown> => {
    if (!listening) (parentPort ?? process).on('message', hear);
    listening = true;
    if (heard.length > 0) return Promise.resolve(heard.shift());
    const channel = parentPort ?? process.channel!;
    channel.ref();
    return new Promise((resolve) => {
      told = (message) => {
        told = undefined;
        channel.unref();
        resolve(message);
      };
    });
  };
  const post = (message: unknown): void => {
    if (parentPort === null) process.send!(message);
    else parentPort.postMessage(message);
  };
  return { post, next };
}
