import type { Request } from '../../src/index.js';
import { Histogram } from '../histogram.js';
import type { Work } from '../work.js';
import { newBody, receivingPass, sendingPass } from './bodies.js';
import type { RunEnd } from './libraries.js';
import { checkLength, Clock, reportEndpoint, reportLatency, reportResult } from './report.js';

export const pull: RunEnd = ({ Pull }, work, endpoint) => {
  const socket = new Pull({ receiveHighWaterMark: work.highWaterMark });
  socket.bindSync(endpoint);
  reportEndpoint(socket.lastEndpoint);
  const receive = receivingPass(socket, work);
  receive(work.warmup);
  const clock = new Clock();
  receive(work.messages);
  clock.report(work.messages);
  socket.close();
};

export const push: RunEnd = (library, work, endpoint) => {
  const socket = new library.Push({ sendHighWaterMark: work.highWaterMark, linger: -1 });
  socket.connect(endpoint);
  sendingPass(library, socket, work)(work.warmup + work.messages);
  socket.close();
};

export const reply: RunEnd = ({ Reply }, work, endpoint) => {
  const socket = new Reply({ ...bothMarks(work), linger: -1 });
  socket.bindSync(endpoint);
  reportEndpoint(socket.lastEndpoint);
  for (let left = work.warmup + work.messages + work.timed; left > 0; left--) {
    const body = socket.receiveSync()[0]!;
    checkLength(body.length, work.bodyBytes);
    socket.sendSync(body);
  }
  socket.close();
};

export const request: RunEnd = ({ Request }, work, endpoint) => {
  const socket = new Request(bothMarks(work));
  socket.connect(endpoint);
  const body = newBody(work);
  roundTrips(socket, body, work.warmup);
  const clock = new Clock();
  roundTrips(socket, body, work.messages);
  const { nanoseconds } = clock;
  reportLatency(timeEach(work.timed, () => roundTrips(socket, body, 1)).toString());
  reportResult(work.messages, nanoseconds);
  socket.close();
};

function roundTrips(socket: Request, body: Buffer, count: number): void {
  for (let left = count; left > 0; left--) {
    socket.sendSync(body);
    checkLength(socket.receiveSync()[0]!.length, body.length);
  }
}

function timeEach(count: number, trip: () => void): Histogram {
  const histogram = new Histogram();
  for (let left = count; left > 0; left--) {
    const started = performance.now();
    trip();
    histogram.record((performance.now() - started) * 1e6);
  }
  return histogram;
}

function bothMarks(work: Work): { sendHighWaterMark: number; receiveHighWaterMark: number } {
  return { sendHighWaterMark: work.highWaterMark, receiveHighWaterMark: work.highWaterMark };
}
