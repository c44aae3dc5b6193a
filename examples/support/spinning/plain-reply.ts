// A REP socket as one would write it in JavaScript alone: the handshake, heartbeats and messages of ZMTP 3.1, all in
// the thread whose event loop the handler needs, too.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const GREETING_BYTES = 64;
const MORE = 1;
const LONG = 2;
const COMMAND = 4;
const PONG = Buffer.from('\x04PONG', 'latin1');
/** Of a PING: the length of its name and the name, then a time to live, then a context that its PONG repeats. */
const PING_NAME_BYTES = 5;
const TTL_BYTES = 2;

/** Answers requests of one part, over short frames alone: enough to show what it shows. */
export class PlainReply {
  readonly #server: Server;

  /** @param handler blocks until it has the reply */
  constructor(handler: (request: string) => string) {
    this.#server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      serve(socket, handler);
    });
  }

  /** @returns where it is */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Accepts no more. What is connected stays until its peer closes it. */
  close(): void {
    this.#server.close();
  }
}

function serve(socket: Socket, handler: (request: string) => string): void {
  socket.write(greeting());
  socket.write(frame(COMMAND, ready()));
  let received: Buffer = Buffer.alloc(0);
  let greeted = false;
  let parts: Buffer[] = [];
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    if (!greeted && received.length >= GREETING_BYTES) {
      received = received.subarray(GREETING_BYTES);
      greeted = true;
    }
    for (let next = greeted ? take(received) : undefined; next; next = take(received)) {
      received = next.rest;
      const { flags, body } = next;
      if ((flags & LONG) !== 0) {
        socket.destroy();
        return;
      }
      if ((flags & COMMAND) !== 0) {
        if (body.subarray(1, PING_NAME_BYTES).toString('latin1') !== 'PING') continue;
        const context = body.subarray(PING_NAME_BYTES + TTL_BYTES);
        socket.write(frame(COMMAND, Buffer.concat([PONG, context])));
        continue;
      }
      parts.push(body);
      if ((flags & MORE) !== 0) continue;
      // An empty part, and the request.
      const reply = handler(String(parts[1]));
      parts = [];
      socket.write(Buffer.concat([frame(MORE, Buffer.alloc(0)), frame(0, Buffer.from(reply))]));
    }
  });
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes.set([0x7f, 3, 1], 9);
  bytes.write('NULL', 12, 'latin1');
  return bytes;
}

/** The command READY, with the property Socket-Type. */
function ready(): Buffer {
  return Buffer.from('\x05READY\x0bSocket-Type\0\0\0\x03REP', 'latin1');
}

function frame(flags: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([flags, body.length]), body]);
}

interface Frame {
  readonly flags: number;
  readonly body: Buffer;
  readonly rest: Buffer;
}

/** The first frame, if all of it is there; of a long one its flags alone. */
function take(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const [flags, length] = [bytes[0]!, bytes[1]!];
  if ((flags & LONG) === 0 && bytes.length < 2 + length) return undefined;
  return { flags, body: bytes.subarray(2, 2 + length), rest: bytes.subarray(2 + length) };
}
