// A publisher and a crowd in another process, each of which gets everything.

import { newBody } from './bodies.js';
import type { RunEnd } from './libraries.js';
import { checkLength, Clock, reportEndpoint } from './report.js';

export const broadcast: RunEnd = ({ XPublisher }, work, endpoint) => {
  // It hears of everyone who subscribes, and drops nothing; otherwise an XPUB publishes as a PUB does.
  const socket = new XPublisher({
    sendHighWaterMark: work.highWaterMark,
    verbosity: 'allSubs',
    noDrop: true,
    linger: -1,
  });
  socket.bindSync(endpoint);
  reportEndpoint(socket.lastEndpoint);
  for (let left = work.connections; left > 0; left--) socket.receiveSync();
  const body = newBody(work);
  for (let left = work.warmup + work.messages; left > 0; left--) socket.sendSync(body);
  socket.close();
};

export const audience: RunEnd = ({ Subscriber }, work, endpoint) => {
  const sockets = Array.from({ length: work.connections }, () => {
    const socket = new Subscriber({ receiveHighWaterMark: work.highWaterMark });
    socket.connect(endpoint);
    socket.subscribe();
    return socket;
  });
  const hear = (count: number): void => {
    for (let left = count; left > 0; left--) {
      for (const socket of sockets) checkLength(socket.receiveSync()[0]!.length, work.bodyBytes);
    }
  };
  hear(work.warmup);
  const clock = new Clock();
  hear(work.messages);
  clock.report(work.messages * work.connections);
  for (const socket of sockets) socket.close();
};
