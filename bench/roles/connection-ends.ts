// Connections that have carried one message each and then lie idle: the memory that they keep.

import type { Push } from '../../src/index.js';
import type { Work } from '../work.js';
import type { RunEnd } from './libraries.js';
import { pause } from './pause.js';
import { meet, reportEndpoint, reportResult } from './report.js';

/** Of one socket. A socket has its price, too, and a program with thousands of connections has fewer sockets. */
const CONNECTIONS_EACH = 100;

/** In which what is over may be given back, in milliseconds. */
const SETTLE = 1_000;

export const acceptMany: RunEnd = ({ Pull }, work, endpoint) => {
  const socket = new Pull({ receiveHighWaterMark: work.highWaterMark, backlog: work.messages });
  socket.bindSync(endpoint);
  reportEndpoint(socket.lastEndpoint);
  const hear = (count: number): void => {
    for (let left = count; left > 0; left--) socket.receiveSync();
  };
  hear(work.warmup);
  reportGrowth(work, () => hear(work.messages));
  socket.close();
};

export const connectMany: RunEnd = (library, work, endpoint) => {
  const sockets: Push[] = [];
  const add = (count: number): void => {
    for (let left = count; left > 0; left -= CONNECTIONS_EACH) {
      const socket = new library.Push({ sendHighWaterMark: work.highWaterMark, linger: -1 });
      sockets.push(socket);
      const here = Math.min(left, CONNECTIONS_EACH);
      for (let n = 0; n < here; n++) socket.connect(endpoint);
      // Each goes to the next of them.
      for (let n = 0; n < here; n++) socket.sendSync('');
    }
  };
  add(work.warmup);
  reportGrowth(work, () => add(work.messages));
  for (const socket of sockets) socket.close();
};

/** Both processes go through this together: neither changes anything while the other looks. */
function reportGrowth({ messages }: Work, grow: () => void): void {
  meet();
  const before = process.memoryUsage.rss();
  meet();
  grow();
  meet();
  pause(SETTLE);
  reportResult(messages, process.memoryUsage.rss() - before);
  meet();
}
