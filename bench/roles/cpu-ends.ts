// PUSH to PULL, as fast as it goes or at a steady rate: the time that processors spend on it.

import type { Work } from '../work.js';
import { type Pass, receivingPass, sendingPass } from './bodies.js';
import type { RunEnd } from './libraries.js';
import { pause } from './pause.js';
import { meet, reportEndpoint, reportResult } from './report.js';

export const pullCpu: RunEnd = ({ Pull }, work, endpoint) => {
  const socket = new Pull({ receiveHighWaterMark: work.highWaterMark });
  socket.bindSync(endpoint);
  reportEndpoint(socket.lastEndpoint);
  const receive = receivingPass(socket, work);
  receive(work.warmup);
  reportSpent(work, receive);
  socket.close();
};

export const pushCpu: RunEnd = (library, work, endpoint) => {
  const socket = new library.Push({ sendHighWaterMark: work.highWaterMark, linger: -1 });
  socket.connect(endpoint);
  const send = sendingPass(library, socket, work);
  send(work.warmup);
  reportSpent(work, work.rate === 0 ? send : (count) => sendPaced(send, count, work.rate));
  socket.close();
};

/** From before the first message to after the last, of all threads of this process. */
function reportSpent({ messages }: Work, pass: Pass): void {
  meet();
  const before = process.cpuUsage();
  pass(messages);
  meet();
  const { user, system } = process.cpuUsage(before);
  reportResult(messages, (user + system) * 1000);
}

/** As a thread does that has nothing else to do: it sleeps in between. */
function sendPaced(send: Pass, count: number, rate: number): void {
  const started = performance.now();
  for (let n = 0; n < count; n++) {
    const early = started + (n * 1000) / rate - performance.now();
    if (early > 0) pause(early);
    send(1);
  }
}
