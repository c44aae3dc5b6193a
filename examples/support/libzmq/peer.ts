// What the libzmq peers share. They play the guide's programs for the tour, and are told their
// options as JSON in the first argument.

import type { Socket } from 'zeromq';
import { Lines, type Terminal } from '../terminal.js';

/** @param run takes what the tour gives it: the example's options */
export function peer(run: (options: never, terminal: Terminal) => Promise<unknown>): void {
  const options = JSON.parse(process.argv[2] ?? '{}') as never;
  const terminal = new Lines(new AbortController().signal, () => Promise.resolve());
  process.once('SIGTERM', () => process.exit(0));
  void run(options, terminal).then((result) => terminal.tell({ result }));
}

/** Connects; resolves when the peer has shaken hands. */
export function connected(socket: Socket, endpoint: string): Promise<void> {
  return new Promise((resolve) => {
    socket.events.on('handshake', () => resolve());
    socket.connect(endpoint);
  });
}
