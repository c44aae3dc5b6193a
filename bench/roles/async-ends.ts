import { Histogram } from '../histogram.js';
import type { AsyncEndName, EndName, Work } from '../work.js';
import { type AwaitingSockets, load } from './libraries.js';
import { checkLength, Clock, reportEndpoint, reportLatency, reportResult } from './report.js';

type RunEnd = (library: AwaitingSockets, work: Work, endpoint: string) => Promise<void>;

/** Runs one end with awaiting calls: for either library these are the very same statements. */
export async function runAsyncEnd(
  module: string,
  work: Work,
  end: EndName,
  endpoint: string,
): Promise<void> {
  if (!Object.hasOwn(ASYNC_ENDS, end)) throw new Error(`${end} has no awaiting form`);
  await ASYNC_ENDS[end as AsyncEndName](await load(module), work, endpoint);
}

const ASYNC_ENDS: Readonly<Record<AsyncEndName, RunEnd>> = {
  async pull({ Pull }, work, endpoint) {
    const socket = new Pull({ receiveHighWaterMark: work.highWaterMark });
    await socket.bind(endpoint);
    reportEndpoint(socket.lastEndpoint);
    let left = work.warmup + work.messages;
    let clock: Clock | undefined;
    for await (const [body] of socket) {
      checkLength(body?.length, work.bodyBytes);
      if (--left === work.messages) clock = new Clock();
      if (left === 0) break;
    }
    clock?.report(work.messages);
    socket.close();
  },

  async push({ Push }, work, endpoint) {
    const socket = new Push({ sendHighWaterMark: work.highWaterMark, linger: -1 });
    socket.connect(endpoint);
    const body = Buffer.alloc(work.bodyBytes, 0x5a);
    for (let left = work.warmup + work.messages; left > 0; left--) await socket.send(body);
    socket.close();
  },

  async reply({ Reply }, work, endpoint) {
    const socket = new Reply({ ...bothMarks(work), linger: -1 });
    await socket.bind(endpoint);
    reportEndpoint(socket.lastEndpoint);
    let left = work.warmup + work.messages + work.timed;
    for await (const [body] of socket) {
      checkLength(body?.length, work.bodyBytes);
      await socket.send(body!);
      if (--left === 0) break;
    }
    socket.close();
  },

  async request({ Request }, work, endpoint) {
    const socket = new Request(bothMarks(work));
    socket.connect(endpoint);
    const body = Buffer.alloc(work.bodyBytes, 0x5a);
    let clock: Clock | undefined;
    for (let left = work.warmup + work.messages; left > 0; left--) {
      if (left === work.messages) clock = new Clock();
      await socket.send(body);
      const [answer] = await socket.receive();
      checkLength(answer?.length, work.bodyBytes);
    }
    const nanoseconds = clock?.nanoseconds ?? NaN;
    const histogram = new Histogram();
    for (let left = work.timed; left > 0; left--) {
      const started = performance.now();
      await socket.send(body);
      await socket.receive();
      histogram.record((performance.now() - started) * 1e6);
    }
    reportLatency(histogram.toString());
    reportResult(work.messages, nanoseconds);
    socket.close();
  },
};

function bothMarks(work: Work): { sendHighWaterMark: number; receiveHighWaterMark: number } {
  return { sendHighWaterMark: work.highWaterMark, receiveHighWaterMark: work.highWaterMark };
}
