// A thread of post-message.

import type { MessagePort } from 'node:worker_threads';
import type { Work } from '../work.js';
import { assignment } from './assignment.js';
import { checkLength, Clock } from './report.js';

export interface PortAssignment {
  readonly work: Work;
  readonly end: 'send' | 'receive';
  readonly port: MessagePort;
}

/**
 * A port has no high-water mark. Here the receiver says when it has got half of one, and the sender has
 * no more than a whole one under way.
 */
function half({ highWaterMark }: Work): number {
  return Math.ceil(highWaterMark / 2);
}

function receive(work: Work, port: MessagePort): void {
  let left = work.warmup + work.messages;
  let unsaid = 0;
  let clock: Clock | undefined;
  port.on('message', (body: Uint8Array) => {
    checkLength(body.length, work.bodyBytes);
    if (--left === work.messages) clock = new Clock();
    if (++unsaid === half(work)) {
      port.postMessage(unsaid);
      unsaid = 0;
    }
    if (left > 0) return;
    clock?.report(work.messages);
    port.close();
  });
}

async function send(work: Work, port: MessagePort): Promise<void> {
  const body = new Uint8Array(work.bodyBytes).fill(0x5a);
  let room = 2 * half(work);
  let roomMade: () => void = () => {};
  port.on('message', (read: number) => {
    room += read;
    roomMade();
  });
  for (let left = work.warmup + work.messages; left > 0; left--) {
    if (room === 0) await new Promise<void>((resolve) => (roomMade = resolve));
    room--;
    port.postMessage(body);
  }
}

const { work, end, port } = assignment() as PortAssignment;
if (end === 'receive') receive(work, port);
else void send(work, port);
