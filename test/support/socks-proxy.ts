import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket as NetSocket } from 'node:net';
import { turn } from './heard.js';
import type { Stage } from './stage.js';

/** What a proxy was asked for, and by whom. */
export interface ProxyRequest {
  /** As what the place is given: 1 an IPv4 address, 3 a name, 4 an IPv6 address. */
  readonly type: number;
  /** Of an IPv6 address, its octets in hexadecimal. */
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

/** How a proxy behaves, where it is not as usual. */
export interface ProxyScript {
  /** Lets in nobody but them. */
  credentials?: { readonly user: string; readonly password: string } | undefined;
  /** What names, and addresses, stand for. */
  names?: Readonly<Record<string, string>>;
  /** The replies to the first requests, 0 for granting one. */
  replies?: readonly number[];
  /** Each octet that it says goes out by itself. */
  bytewise?: boolean;
  /** Says that the connection stands only with the first bytes of the peer's, and in one write with them. */
  withFirstBytes?: boolean;
}

const NO_AUTHENTICATION = 0x00;
const USER_AND_PASSWORD = 0x02;
const NO_METHOD = 0xff;
const REFUSED = 5;
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 4: 16 };

/** A SOCKS 5 proxy that keeps a book of what it is asked for. */
export class SocksProxy {
  readonly requests: ProxyRequest[] = [];
  /** Where those have come from whose connections it has accepted so far. */
  readonly clients: string[] = [];
  private readonly sockets = new Set<NetSocket>();
  private readonly replies: number[];
  private readonly waiting: (() => void)[] = [];

  private constructor(
    /** Where it is, as `socksProxy` has it. */
    readonly address: string,
    readonly script: ProxyScript,
  ) {
    this.replies = [...(script.replies ?? [])];
  }

  static async open(stage: Stage, script: ProxyScript = {}): Promise<SocksProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new SocksProxy(`127.0.0.1:${(server.address() as AddressInfo).port}`, script);
    server.on('connection', (socket) => {
      proxy.clients.push(`${socket.remoteAddress!}:${socket.remotePort!}`);
      proxy.changed();
      proxy.keep(socket);
      // Who leaves, or makes no sense, is left: what comes of it is for the test to see at the client.
      proxy.serve(new Client(socket)).catch(() => socket.destroy());
    });
    stage.atEnd(() => {
      server.close();
      proxy.cut();
    });
    return proxy;
  }

  /** Breaks off all connections. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Is nobody connected, neither to it nor by it? */
  get idle(): boolean {
    return this.sockets.size === 0;
  }

  /** Resolves when this is so; it is looked at whenever somebody has come, has asked, or has gone. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private changed(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  private keep(socket: NetSocket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.changed();
    });
  }

  private async serve(client: Client): Promise<void> {
    const who = await this.admit(client);
    if (who === undefined) return;
    const [, , , type] = await client.take(4);
    const host = await takeHost(client, type!);
    const port = (await client.take(2)).readUInt16BE();
    const reply = this.replies.shift() ?? 0;
    this.requests.push({ type: type!, host, port, ...who });
    this.changed();
    if (reply === 0) await this.join(client, this.script.names?.[host] ?? host, port);
    else await this.say(client, answer(reply), true);
  }

  /** Who asks; undefined if he is shown the door. */
  private async admit(client: Client): Promise<{ user?: string; password?: string } | undefined> {
    const { credentials } = this.script;
    const methods = await client.take((await client.take(2))[1]!);
    const method = credentials === undefined ? NO_AUTHENTICATION : USER_AND_PASSWORD;
    const fits = methods.includes(method);
    await this.say(client, Buffer.of(5, fits ? method : NO_METHOD), !fits);
    if (!fits) return undefined;
    if (credentials === undefined) return {};
    const user = String(await client.take((await client.take(2))[1]!));
    const password = String(await client.take((await client.take(1))[0]!));
    const known = user === credentials.user && password === credentials.password;
    await this.say(client, Buffer.of(1, known ? 0 : 1), !known);
    return known ? { user, password } : undefined;
  }

  private async join(client: Client, host: string, port: number): Promise<void> {
    const peer = connect({ host, port });
    this.keep(peer);
    try {
      await once(peer, 'connect');
    } catch {
      await this.say(client, answer(REFUSED), true);
      return;
    }
    let first: Buffer = Buffer.alloc(0);
    if (this.script.withFirstBytes === true) {
      [first] = (await once(peer, 'data')) as [Buffer];
      peer.pause();
    }
    await this.say(client, Buffer.concat([answer(0), first]));
    peer.pipe(client.socket);
    client.pipe(peer);
    for (const [one, other] of [
      [client.socket, peer],
      [peer, client.socket],
    ] as const) {
      // What nobody is there for any more is read all the same: otherwise its end would never be seen.
      one.once('close', () => other.end().resume());
      if (one.destroyed) other.destroy();
    }
  }

  /** @param last and nothing more */
  private async say({ socket }: Client, bytes: Buffer, last = false): Promise<void> {
    if (this.script.bytewise !== true) {
      socket.write(bytes);
    } else {
      for (const byte of bytes) {
        socket.write(Buffer.of(byte));
        await turn();
      }
    }
    if (last) socket.end();
  }
}

/** Whoever has come to a proxy. */
class Client {
  private bytes: Buffer = Buffer.alloc(0);
  private left = false;
  private wake: (() => void) | undefined;

  constructor(readonly socket: NetSocket) {
    socket.on('data', this.hear);
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.left = true;
        this.wake?.();
      });
    }
  }

  /** The next so many bytes. */
  async take(length: number): Promise<Buffer> {
    while (this.bytes.length < length) {
      if (this.left) throw new Error('The client has left');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const taken = this.bytes.subarray(0, length);
    this.bytes = this.bytes.subarray(length);
    return taken;
  }

  /** Whatever else it says goes there. */
  pipe(peer: NetSocket): void {
    this.socket.off('data', this.hear);
    peer.write(this.bytes);
    this.socket.pipe(peer);
  }

  private readonly hear = (bytes: Buffer): void => {
    this.bytes = Buffer.concat([this.bytes, bytes]);
    this.wake?.();
  };
}

/** A reply that says where the proxy connects from: nowhere in particular. */
export function answer(reply: number): Buffer {
  return Buffer.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0);
}

async function takeHost(client: Client, type: number): Promise<string> {
  const octets = await client.take(ADDRESS_BYTES[type] ?? (await client.take(1))[0]!);
  if (type === 1) return octets.join('.');
  return octets.toString(type === 4 ? 'hex' : 'utf8');
}
