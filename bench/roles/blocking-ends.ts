import { Pull, Push, Reply, Request } from '../../src/index.js';
import type { EndName, Work } from '../work.js';
import { checkBody, Clock, reportEndpoint } from './report.js';

type RunEnd = (work: Work, endpoint: string) => void;

/** The ends with blocking calls. Only loomwire has these. */
export const BLOCKING_ENDS: Readonly<Record<EndName, RunEnd>> = {
  pull(work, endpoint) {
    const socket = new Pull({ receiveHighWaterMark: work.highWaterMark });
    socket.bindSync(endpoint);
    reportEndpoint(socket.lastEndpoint);
    receiveMany(socket, work, work.warmup);
    const clock = new Clock();
    receiveMany(socket, work, work.messages);
    clock.report(work);
    socket.close();
  },

  push(work, endpoint) {
    const socket = new Push({ sendHighWaterMark: work.highWaterMark, linger: -1 });
    socket.connect(endpoint);
    const body = Buffer.alloc(work.bodyBytes, 0x5a);
    for (let left = work.warmup + work.messages; left > 0; left--) socket.sendSync(body);
    socket.close();
  },

  reply(work, endpoint) {
    const socket = new Reply({ ...bothMarks(work), linger: -1 });
    socket.bindSync(endpoint);
    reportEndpoint(socket.lastEndpoint);
    for (let left = work.warmup + work.messages; left > 0; left--) {
      const [body] = socket.receiveSync();
      checkBody(body, work);
      socket.sendSync(body!);
    }
    socket.close();
  },

  request(work, endpoint) {
    const socket = new Request(bothMarks(work));
    socket.connect(endpoint);
    const body = Buffer.alloc(work.bodyBytes, 0x5a);
    roundTrips(socket, body, work, work.warmup);
    const clock = new Clock();
    roundTrips(socket, body, work, work.messages);
    clock.report(work);
    socket.close();
  },
};

function bothMarks(work: Work): { sendHighWaterMark: number; receiveHighWaterMark: number } {
  return { sendHighWaterMark: work.highWaterMark, receiveHighWaterMark: work.highWaterMark };
}

function receiveMany(socket: Pull, work: Work, count: number): void {
  for (let left = count; left > 0; left--) checkBody(socket.receiveSync()[0], work);
}

function roundTrips(socket: Request, body: Buffer, work: Work, count: number): void {
  for (let left = count; left > 0; left--) {
    socket.sendSync(body);
    checkBody(socket.receiveSync()[0], work);
  }
}
