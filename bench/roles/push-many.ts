import { newBody } from './bodies.js';
import type { RunEnd } from './libraries.js';

/** Many sockets with a connection each, which send in turn. */
export const pushMany: RunEnd = ({ Push }, work, endpoint) => {
  const body = newBody(work);
  const sockets = Array.from({ length: work.connections }, () => {
    // With `immediate` the first message waits for its connection, so all stand before the second round.
    const socket = new Push({
      sendHighWaterMark: work.highWaterMark,
      linger: -1,
      immediate: true,
    });
    socket.connect(endpoint);
    socket.sendSync(body);
    return socket;
  });
  const left = work.warmup + work.messages - sockets.length;
  for (let n = 0; n < left; n++) sockets[n % sockets.length]!.sendSync(body);
  for (const socket of sockets) socket.close();
};
