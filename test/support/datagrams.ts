import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { AnySocket } from './places.js';
import type { Stage } from './stage.js';

/** Milliseconds: slowly enough for what is under way to stay far below the marks. */
const BETWEEN_TRIES = 1;

/** Groups on this machine alone. */
export const MULTICAST = 'udp://127.0.0.1;239.192.7.1';

let messages = 0;

/**
 * Sends a message until it is heard. udp promises nothing: a busy system may lose a datagram, and whoever sends has to send
 * again. So each message has a text of its own, and goes out again and again until it has come; what still comes of
 * it later, and of those before it, is passed over.
 * @param message what is sent, with that text
 * @returns what came, and, in `others`, what came before it that was no such repetition
 */
export async function arrives(
  sender: AnySocket,
  receiver: AnySocket,
  message: (text: string) => readonly string[],
): Promise<{ came: Buffer[]; text: string; others: Buffer[][] }> {
  const text = `message ${++messages}`;
  const others: Buffer[][] = [];
  let heard = false;
  const hear = async (): Promise<Buffer[]> => {
    for (;;) {
      const received = await receiver.receive('await');
      const body = String(received.at(-1));
      if (body === text) return received;
      if (!/^message \d+$/.test(body)) others.push(received);
    }
  };
  const hearing = hear().finally(() => (heard = true));
  while (!heard) {
    await sender.send('await', message(text));
    await pause(BETWEEN_TRIES);
  }
  return { came: await hearing, text, others };
}

/** A plain UDP socket of IPv4, bound to this machine. */
export async function plainSocket(stage: Stage): Promise<Socket> {
  const socket = createSocket('udp4');
  stage.atEnd(() => new Promise<void>((resolve) => socket.close(resolve)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** A port of this machine that nobody has, for those who cannot have the system choose. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** The name of the interface that has 127.0.0.1. */
export function loopback(): string {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some(({ address }) => address === '127.0.0.1')) return name;
  }
  throw new Error('There is no loopback interface');
}

/** An address of this machine that others can reach; undefined if it has none. */
export function outerAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

/** The next datagram of a plain socket. */
export async function nextDatagram(socket: Socket): Promise<{ body: Buffer; from: RemoteInfo }> {
  const [body, from] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
  return { body, from };
}

/** Resolves when the kernel has the datagram. */
export function sendPlain(socket: Socket, body: Uint8Array, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(body, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
  });
}
