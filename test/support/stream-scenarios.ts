import { expect } from 'chai';
import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { body, digest } from './bodies.js';
import type { AnySocket, End } from './places.js';
import { portOf, type Stage } from './stage.js';
import { WireListener, WirePeer } from './wire-peer.js';

/** A code that whoever awaits it needs to know; the error may come from another process. */
export async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

/**
 * Nothing can be sent over a connection any more.
 * @param atOnce does the STREAM know that when the connection is closed? libzmq's learns it in calls that come later, and
 * takes what it is given or says EAGAIN until then; it closes a connection of its own no earlier, either
 */
export async function unreachable(talk: Talk, atOnce: boolean): Promise<void> {
  let code = await refusal(talk.send('too late'));
  while (!atOnce && (code === 'EAGAIN' || code === undefined)) {
    code = await refusal(talk.send('too late'));
  }
  expect(code).to.equal('EHOSTUNREACH');
}

/** What a STREAM has received over one connection, message by message. */
export class Talk {
  constructor(
    private readonly stream: AnySocket,
    readonly id: Buffer,
  ) {}

  /** The next connection of a socket that has no other: it stands. */
  static async begun(stream: AnySocket): Promise<Talk> {
    const [id, data] = await stream.receive('await');
    expect(data).to.have.lengthOf(0);
    return new Talk(stream, id!);
  }

  /** So many bytes, in whatever portions they come. */
  async read(length: number): Promise<Buffer> {
    const portions: Buffer[] = [];
    for (let missing = length; missing > 0;) {
      const portion = await this.some();
      portions.push(portion);
      missing -= portion.length;
      expect(missing).to.be.at.least(0);
    }
    return Buffer.concat(portions);
  }

  /** What comes next, which is something. */
  async some(): Promise<Buffer> {
    const portion = await this.next();
    expect(portion, 'the end').not.to.have.lengthOf(0);
    return portion;
  }

  /** The connection is gone, and nothing came before that. */
  async end(): Promise<void> {
    expect(await this.next()).to.have.lengthOf(0);
  }

  send(data: Uint8Array | string): Promise<void> {
    return this.stream.send('await', [this.id, data]);
  }

  private async next(): Promise<Buffer> {
    const message = await this.stream.receive('await');
    expect(message).to.have.lengthOf(2);
    expect(message[0]!.equals(this.id)).to.equal(true);
    return message[1]!;
  }
}

/**
 * What a STREAM does, one test for each guarantee: the same for ours and for libzmq's.
 * @param options `endFits`: is there always room for the notice of an end? libzmq loses it behind a full pipe.
 * `closesAtOnce`: see `unreachable`
 */
export function streamScenarios(
  stage: Stage,
  transport: 'tcp' | 'ipc',
  end: () => Promise<End> | End,
  { endFits = true, closesAtOnce = true }: { endFits?: boolean; closesAtOnce?: boolean } = {},
): void {
  const open: AnySocket[] = [];

  afterEach(async () => {
    for (const socket of open.splice(0)) await socket.close();
  });

  async function stream(options = {}): Promise<AnySocket> {
    const socket = await (await end()).open('Stream', options);
    open.push(socket);
    return socket;
  }

  async function bound(options = {}): Promise<[AnySocket, string]> {
    const socket = await stream(options);
    return [socket, await socket.bind(stage.wildcard(transport))];
  }

  function listener(): Promise<WireListener> {
    return WireListener.open(stage, transport === 'ipc' ? `ipc://${stage.path()}` : undefined);
  }

  describe('that is bound', () => {
    it('says that a connection stands, what comes over it, and that it is gone', async () => {
      const [socket, endpoint] = await bound();
      const peer = await WirePeer.connect(stage, endpoint);
      const talk = await Talk.begun(socket);
      // A routing id that nobody has chosen.
      expect([talk.id.length, talk.id[0]]).to.deep.equal([5, 0]);
      await peer.write(Buffer.from('hello'));
      expect(String(await talk.read(5))).to.equal('hello');
      peer.socket.end();
      await talk.end();
    });

    it('receives all that was sent before the end', async () => {
      const [socket, endpoint] = await bound();
      const sent = body(300_000);
      const peer = await WirePeer.connect(stage, endpoint);
      peer.socket.end(sent);
      const talk = await Talk.begun(socket);
      expect(digest(await talk.read(sent.length))).to.equal(digest(sent));
      await talk.end();
    });

    it('sends to the connection that the first part names, and to no other', async () => {
      const [socket, endpoint] = await bound();
      const [one, other] = [
        await WirePeer.connect(stage, endpoint),
        await WirePeer.connect(stage, endpoint),
      ];
      const ids = new Map<string, Buffer>();
      for (const [peer, name] of [
        [one, '1'],
        [other, '2'],
      ] as const) {
        await peer.write(Buffer.from(name));
      }
      while (ids.size < 2) {
        const [id, data] = await socket.receive('await');
        if (data!.length > 0) ids.set(String(data), id!);
      }
      await socket.send('await', [ids.get('2')!, 'to the second']);
      await socket.send('await', [ids.get('1')!, 'to the first!']);
      expect(String(await one.read(13))).to.equal('to the first!');
      expect(String(await other.read(13))).to.equal('to the second');
    });

    it('sends bytes and nothing else, whatever the sizes', async () => {
      const [socket, endpoint] = await bound();
      const peer = await WirePeer.connect(stage, endpoint);
      const talk = await Talk.begun(socket);
      const sent = [1, 255, 256, 4097, 16384, 100_000, 1].map((size) => body(size));
      for (const data of sent) await talk.send(data);
      const all = Buffer.concat(sent);
      expect(digest(await peer.read(all.length))).to.equal(digest(all));
    });

    it('closes a connection when it is sent an empty message, behind what was sent before', async () => {
      const [socket, endpoint] = await bound();
      const peer = await WirePeer.connect(stage, endpoint);
      const talk = await Talk.begun(socket);
      await talk.send('goodbye');
      await talk.send('');
      expect(String(await peer.read(7))).to.equal('goodbye');
      await unreachable(talk, closesAtOnce);
      await peer.closed;
      // Nobody is told of what it did itself: the next thing that it hears is of another.
      await WirePeer.connect(stage, endpoint);
      const next = await Talk.begun(socket);
      expect(next.id.equals(talk.id)).to.equal(false);
    });

    it('refuses messages for nobody', async () => {
      const [socket, endpoint] = await bound();
      expect(await refusal(socket.send('await', ['nobody', 'data']))).to.equal('EHOSTUNREACH');
      const peer = await WirePeer.connect(stage, endpoint);
      const talk = await Talk.begun(socket);
      peer.socket.end();
      await talk.end();
      await unreachable(talk, closesAtOnce);
    });

    it('says nothing of connections without notify', async () => {
      const [socket, endpoint] = await bound({ notify: false });
      for (const data of ['first', 'other']) {
        const peer = await WirePeer.connect(stage, endpoint);
        await peer.write(Buffer.from(data));
        expect(String((await socket.receive('await'))[1])).to.equal(data);
        peer.socket.end();
        await peer.closed;
      }
    });

    it('takes ZMTP for what it is, bytes', async () => {
      const [socket, endpoint] = await bound();
      const dealer = await (await end()).open('Dealer');
      open.push(dealer);
      await dealer.connect(endpoint);
      const talk = await Talk.begun(socket);
      let signature = await talk.some();
      while (signature.length < 10) signature = Buffer.concat([signature, await talk.some()]);
      expect([signature[0], signature[9]]).to.deep.equal([0xff, 0x7f]);
    });

    if (transport === 'tcp') {
      it('is an HTTP server, as in libzmq’s manual', async () => {
        const [socket, endpoint] = await bound();
        const serve = async (): Promise<string> => {
          const talk = await Talk.begun(socket);
          let request = '';
          while (!request.includes('\r\n\r\n')) request += String(await talk.some());
          await talk.send('HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello, World!');
          await talk.send('');
          await unreachable(talk, closesAtOnce);
          return request;
        };
        const [request, answer] = await Promise.all([
          serve(),
          new Promise<string>((resolve, reject) => {
            get({ port: portOf(endpoint), host: '127.0.0.1', agent: false }, (response) => {
              text(response).then(resolve, reject);
            }).on('error', reject);
          }),
        ]);
        expect(request).to.match(/^GET \/ HTTP\/1\.1\r\n/);
        expect(answer).to.equal('Hello, World!');
      });
    }
  });

  describe('that connects', () => {
    it('calls its peer as it likes, and can send before the connection stands', async () => {
      const server = await listener();
      const socket = await stream();
      await socket.connect(server.endpoint, { routingId: 'server' });
      await socket.send('await', ['server', 'hello']);
      const peer = await server.accept();
      expect(String(await peer.read(5))).to.equal('hello');
      const talk = await Talk.begun(socket);
      expect(String(talk.id)).to.equal('server');
      await peer.write(Buffer.from('world'));
      expect(String(await talk.read(5))).to.equal('world');
    });

    it('hears from the first message what an unnamed peer is called', async () => {
      const server = await listener();
      const socket = await stream();
      await socket.connect(server.endpoint);
      const peer = await server.accept();
      const talk = await Talk.begun(socket);
      expect([talk.id.length, talk.id[0]]).to.deep.equal([5, 0]);
      await talk.send('hello');
      expect(String(await peer.read(5))).to.equal('hello');
    });

    it('connects again when the connection is lost, under the same name', async () => {
      const server = await listener();
      const socket = await stream({ reconnectInterval: 1 });
      await socket.connect(server.endpoint, { routingId: 'server' });
      for (let i = 0; i < 3; i++) {
        const peer = await server.accept();
        const talk = await Talk.begun(socket);
        await talk.send('hello');
        expect(String(await peer.read(5))).to.equal('hello');
        peer.socket.end('goodbye');
        expect(String(await talk.read(7))).to.equal('goodbye');
        await talk.end();
      }
    });

    it('does not connect again when it has closed the connection', async () => {
      const server = await listener();
      const socket = await stream({ reconnectInterval: 1 });
      await socket.connect(server.endpoint, { routingId: 'server' });
      const peer = await server.accept();
      const talk = await Talk.begun(socket);
      await talk.send('goodbye');
      await talk.send('');
      expect(String(await peer.read(7))).to.equal('goodbye');
      await unreachable(talk, closesAtOnce);
      await peer.closed;
      // The name is free.
      await socket.disconnect(server.endpoint);
      await socket.connect(server.endpoint, { routingId: 'server' });
      await server.accept();
      await Talk.begun(socket);
    });

    it('forgets a peer with disconnect', async () => {
      const server = await listener();
      const socket = await stream();
      await socket.connect(server.endpoint, { routingId: 'server' });
      const peer = await server.accept();
      const talk = await Talk.begun(socket);
      await socket.disconnect(server.endpoint);
      await unreachable(talk, closesAtOnce);
      await peer.closed;
    });

    it('has room for as many messages as sendHighWaterMark says while nobody is there', async () => {
      const nowhere = transport === 'ipc' ? `ipc://${stage.path()}` : await stage.freeEndpoint();
      const socket = await stream({ sendHighWaterMark: 2, sendTimeout: 0 });
      await socket.connect(nowhere, { routingId: 'nobody' });
      await socket.send('await', ['nobody', '1']);
      await socket.send('await', ['nobody', '2']);
      expect(await refusal(socket.send('await', ['nobody', '3']))).to.equal('EAGAIN');
    });
  });

  it('holds up a peer that sends more than it receives, and loses nothing', async () => {
    const [socket, endpoint] = await bound({ receiveHighWaterMark: 2 });
    const sent = body(24 * 1024 * 1024);
    const peer = transport === 'tcp' ? await stage.tcp(endpoint) : await stage.unix(endpoint);
    const written = once(peer, 'finish');
    peer.end(sent);
    const talk = await Talk.begun(socket);
    // The kernel's buffers, and two messages, are not nearly enough.
    expect(peer.writableFinished).to.equal(false);
    expect(digest(await talk.read(sent.length))).to.equal(digest(sent));
    if (endFits) await talk.end();
    await written;
  });
}
