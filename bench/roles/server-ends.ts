// Requests that take a processor a while, to a server of threads or to a socket of one thread, from a client of libzmq.

import { Histogram } from '../histogram.js';
import type { Work } from '../work.js';
import { load, loadActors } from './libraries.js';
import {
  checkLength,
  Clock,
  meet,
  meetLater,
  reportEndpoint,
  reportLatency,
  reportResult,
} from './report.js';
import handle, { computeReply } from './server-compute.js';
import { seedOf } from './task.js';

/** Requests under way at a time: each goes out when another has been answered. */
const UNDER_WAY = 8;

export async function serveRequests(module: string, work: Work, endpoint: string): Promise<void> {
  if (work.connections === 0) return serveAlone(module, work, endpoint);
  const { server } = await loadActors(module);
  const handler = new URL('./server-compute.js', import.meta.url);
  await using served = await server(endpoint, handler, { threads: work.connections });
  reportEndpoint(served.endpoint);
  await meetLater();
}

/** The same in the thread that has the socket. */
async function serveAlone(module: string, work: Work, endpoint: string): Promise<void> {
  const { Reply } = await load(module);
  const marks = { sendHighWaterMark: work.highWaterMark, receiveHighWaterMark: work.highWaterMark };
  const socket = new Reply(marks);
  await socket.bind(endpoint);
  reportEndpoint(socket.lastEndpoint);
  const over = meetLater().then(() => socket.close());
  for await (const request of socket) await socket.send(handle(request));
  await over;
}

/** libzmq's, through zeromq.js: what it takes of the processors is the same for all. */
export async function sendRequests(_module: string, work: Work, endpoint: string): Promise<void> {
  const { Dealer } = await load('zeromq');
  const marks = { sendHighWaterMark: work.highWaterMark, receiveHighWaterMark: work.highWaterMark };
  const socket = new Dealer(marks);
  socket.connect(endpoint);
  const total = work.warmup + work.messages;
  const sent = new Map<number, number>();
  let begun = 0;
  const send = async (): Promise<void> => {
    if (begun === total) return;
    const number = begun++;
    const body = Buffer.alloc(4);
    body.writeUInt32LE(seedOf(number));
    sent.set(number, performance.now());
    await socket.send([String(number), '', body]);
  };
  for (let n = 0; n < UNDER_WAY; n++) await send();
  const histogram = new Histogram();
  let clock: Clock | undefined;
  for (let left = total; left > 0; left--) {
    if (left === work.messages) clock = new Clock();
    // In any order: what stands before the empty part says whose it is.
    const [id, , reply] = await socket.receive();
    const number = Number(id);
    if (left <= work.messages) histogram.record((performance.now() - sent.get(number)!) * 1e6);
    sent.delete(number);
    await send();
    checkLength(reply?.length, 4);
    if (reply!.readUInt32LE() !== expected(number)) throw new Error('a reply is not the right one');
  }
  const nanoseconds = clock?.nanoseconds ?? NaN;
  reportLatency(histogram.toString());
  reportResult(work.messages, nanoseconds);
  meet();
  socket.close();
}

/** By seed: to compute each again would cost the client as much as the server. */
const replies = new Map<number, number>();

function expected(number: number): number {
  const seed = seedOf(number);
  let reply = replies.get(seed);
  if (reply === undefined) replies.set(seed, (reply = computeReply(seed)));
  return reply;
}
