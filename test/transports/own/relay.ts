import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Stage } from '../../support/stage.js';

/** Passes connections on to a port, until they are cut. */
export interface Relay {
  readonly port: number;
  /** Ends all that there are, as a network does. */
  cut(): void;
}

export async function startRelay(stage: Stage, to: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const join = (one: Socket, other: Socket): void => {
    sockets.add(one);
    one.on('error', () => undefined).on('close', () => other.destroy());
    one.pipe(other);
  };
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: to });
    join(near, far);
    join(far, near);
  }).listen(0, '127.0.0.1');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  stage.atEnd(() => {
    server.close();
    cut();
  });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, cut };
}
