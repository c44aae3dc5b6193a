import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket as NetSocket } from 'node:net';
import { pathOf, type Stage } from './stage.js';

/** A ZMTP 3.1 greeting for NULL, as RFC 37 draws it; other versions and mechanisms on request. */
export function greeting({ major = 3, minor = 1, mechanism = 'NULL' } = {}): Buffer {
  const bytes = Buffer.alloc(64);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = major;
  bytes[11] = minor;
  bytes.write(mechanism, 12, 'latin1');
  return bytes;
}

export const MORE = 1;
export const LONG = 2;
export const COMMAND = 4;

/** A frame: flags, length in one byte or eight, body. */
export function frame(body: Uint8Array | string, flags = 0): Buffer {
  const bytes = Buffer.from(body as Uint8Array);
  if (bytes.length <= 255) return Buffer.concat([Buffer.from([flags, bytes.length]), bytes]);
  const header = Buffer.alloc(9);
  header[0] = flags | LONG;
  header.writeBigUInt64BE(BigInt(bytes.length), 1);
  return Buffer.concat([header, bytes]);
}

export function command(name: string, rest: Uint8Array | string = ''): Buffer {
  const body = Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from(rest as Uint8Array),
  ]);
  return frame(body, COMMAND);
}

/** READY with properties. */
export function ready(socketType: string, ...more: [string, string][]): Buffer {
  const all: [string, string][] = [['Socket-Type', socketType], ...more];
  const properties = all.map(([name, value]) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    return Buffer.concat([
      Buffer.from([name.length]),
      Buffer.from(name),
      length,
      Buffer.from(value),
    ]);
  });
  return command('READY', Buffer.concat(properties));
}

export function ping(context: string): Buffer {
  return command('PING', `\0\0${context}`);
}

export interface Frame {
  readonly flags: number;
  readonly body: Buffer;
}

/** A peer that knows only the wire: what it says and hears is up to the test. */
export class WirePeer {
  /** Resolves when the connection is gone, however that came. */
  readonly closed: Promise<void>;
  private received: Buffer = Buffer.alloc(0);
  private over = false;
  private wake: (() => void) | undefined;

  constructor(readonly socket: NetSocket) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake?.();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.over = true;
        this.wake?.();
        resolve();
      });
    });
  }

  static async connect(stage: Stage, endpoint: string): Promise<WirePeer> {
    const unix = endpoint.startsWith('ipc:');
    return new WirePeer(await (unix ? stage.unix(endpoint) : stage.tcp(endpoint)));
  }

  /** Resolves when the bytes have been handed to the system. */
  write(...pieces: Uint8Array[]): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(Buffer.concat(pieces), () => resolve());
    });
  }

  async read(length: number): Promise<Buffer> {
    while (this.received.length < length) {
      if (this.over) throw new Error(`The connection ended ${length} bytes early`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const bytes = this.received.subarray(0, length);
    this.received = this.received.subarray(length);
    return bytes;
  }

  async readFrame(): Promise<Frame> {
    const [flags, short] = await this.read(2);
    if ((flags! & LONG) === 0) return { flags: flags!, body: await this.read(short!) };
    const rest = await this.read(7);
    const length = (BigInt(short!) << 56n) | BigInt(`0x${rest.toString('hex')}`);
    return { flags: flags!, body: await this.read(Number(length)) };
  }

  /** Greets and says which socket type it is; takes in what the other says to that. */
  async handshake(socketType: string, ...more: [string, string][]): Promise<void> {
    await this.write(greeting(), ready(socketType, ...more));
    await this.read(64);
    await this.readFrame();
  }

  /** Breaks the connection off: over TCP with a reset, over a Unix socket by closing it. */
  reset(): void {
    if (this.socket.remoteAddress === undefined) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}

/** What comes until the end. Other than with `node:stream/consumers`, more can be sent then, if the socket may be half open. */
export async function untilEnd(socket: NetSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** A listener for connections of the library's, of which nothing is known but the wire. */
export class WireListener {
  private readonly peers: WirePeer[] = [];
  private wake: (() => void) | undefined;

  private constructor(
    readonly endpoint: string,
    /** Accepts no more; the port is free when it resolves. */
    readonly close: () => Promise<void>,
  ) {}

  /** @param at an ipc endpoint; without one, over tcp */
  static async open(stage: Stage, at?: string): Promise<WireListener> {
    const server = createServer();
    if (at === undefined) server.listen(0, '127.0.0.1');
    else server.listen(pathOf(at));
    await once(server, 'listening');
    const endpoint = at ?? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = async (): Promise<void> => {
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    };
    const listener = new WireListener(endpoint, close);
    server.on('connection', (socket) => {
      const peer = new WirePeer(socket);
      listener.peers.push(peer);
      stage.atEnd(() => socket.destroy());
      listener.wake?.();
    });
    stage.atEnd(() => void server.close());
    return listener;
  }

  async accept(): Promise<WirePeer> {
    while (this.peers.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.peers.shift()!;
  }
}
