// The libzmq peer of the spinning-handler example: asks once, and notes what becomes of its connection meanwhile.

import { Request } from 'zeromq';
import { connected, peer } from './peer.js';

interface Asking {
  readonly connect: string;
  /** After so many milliseconds without a sign of life the connection is given up. */
  readonly timeout: number;
  /** Milliseconds to wait for the reply. */
  readonly patience: number;
}

peer(async ({ connect, timeout, patience }: Asking, terminal) => {
  const socket = new Request({
    heartbeatInterval: Math.ceil(timeout / 4),
    heartbeatTimeout: timeout,
    receiveTimeout: patience,
    linger: 0,
  });
  let disconnects = 0;
  await connected(socket, connect);
  socket.events.on('disconnect', () => disconnects++);
  await terminal.ready(null);
  await socket.send('compute');
  const reply = await socket.receive().catch(() => undefined);
  const result = { disconnects, reply: reply === undefined ? null : String(reply[0]) };
  socket.close();
  return result;
});
