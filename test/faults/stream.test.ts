import { expect } from 'chai';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket as NetSocket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Stream, type Context } from '../../src/index.js';
import { body, digest } from '../support/bodies.js';
import { turn } from '../support/heard.js';
import { portOf, useTidyStage } from '../support/stage.js';
import { untilEnd, WirePeer } from '../support/wire-peer.js';

const MIB = 2 ** 20;
/** More than the kernel and a pipe can hold between two sockets. */
const TOO_MUCH = 64 * MIB;

describe('Peers of a STREAM', () => {
  const stage = useTidyStage();
  let context: Context;
  let stream: Stream;
  let endpoint: string;

  async function bind(options = {}): Promise<void> {
    context = stage.context;
    stream = new Stream({ context, linger: 0, ...options });
    await stream.bind('tcp://127.0.0.1:*');
    endpoint = stream.lastEndpoint!;
  }

  beforeEach(() => bind());

  /** A connection that may go on sending when its peer has ended, and the other way around. */
  async function halfOpen(): Promise<NetSocket> {
    const peer = connect({ port: portOf(endpoint), host: '127.0.0.1', allowHalfOpen: true });
    peer.on('error', () => undefined);
    stage.atEnd(() => peer.destroy());
    await once(peer, 'connect');
    return peer;
  }

  /** The next message is of a connection that comes or goes. */
  async function notice(): Promise<Buffer> {
    const [id, data] = await stream.receive();
    expect(data).to.have.lengthOf(0);
    return id;
  }

  /** A peer comes, is answered, and its connection is closed. */
  async function serveOne(): Promise<void> {
    const peer = await WirePeer.connect(stage, endpoint);
    const id = await notice();
    await peer.write(Buffer.from('ping'));
    expect((await stream.receive()).map(String)).to.deep.equal([String(id), 'ping']);
    await stream.send([id, 'pong']);
    expect(String(await peer.read(4))).to.equal('pong');
    await stream.send([id, '']);
    await peer.closed;
  }

  it('may send whatever bytes they like, in whatever portions: each comes under its own id, in order', async () => {
    const sent = new Map<string, Buffer>();
    const peers = Array.from({ length: 50 }, async (_, i) => {
      const peer = await stage.tcp(endpoint);
      const bytes = Buffer.concat([Buffer.of(i), randomBytes(randomInt(30_000))]);
      sent.set(String(i), bytes);
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + randomInt(9000);
        if (!peer.write(bytes.subarray(at, end))) await once(peer, 'drain');
        at = end;
      }
      peer.end();
    });
    const received = new Map<string, Buffer[]>();
    for (let gone = 0; gone < peers.length;) {
      const [id, data] = await stream.receive();
      const name = id.toString('hex');
      const talk = received.get(name);
      if (talk === undefined) {
        expect(data).to.have.lengthOf(0);
        received.set(name, []);
      } else if (data.length === 0) gone++;
      else talk.push(data);
    }
    await Promise.all(peers);
    expect(received.size).to.equal(peers.length);
    for (const portions of received.values()) {
      const bytes = Buffer.concat(portions);
      expect(digest(bytes)).to.equal(digest(sent.get(String(bytes[0]))!));
    }
  });

  it('that reset their connections are gone, each once, and nobody else is', async () => {
    const steady = await WirePeer.connect(stage, endpoint);
    const id = await notice();
    for (let i = 0; i < 50; i++) {
      const peer = await WirePeer.connect(stage, endpoint);
      const other = await notice();
      if (i % 2 === 0) {
        await peer.write(Buffer.from('x'));
        expect(String((await stream.receive())[1])).to.equal('x');
        await stream.send([other, body(100_000)]);
      }
      peer.reset();
      expect((await notice()).equals(other)).to.equal(true);
      await steady.write(Buffer.from('still there'));
      expect((await stream.receive()).map(String)).to.deep.equal([String(id), 'still there']);
    }
  });

  it('that read nothing hold up those who send to them, and nobody else', async () => {
    await bind({ sendHighWaterMark: 4 });
    const stuck = await stage.tcp(endpoint);
    stuck.pause();
    const id = await notice();
    const message = body(MIB);
    let taken = 0;
    const filling = (async () => {
      for (; taken < TOO_MUCH / MIB; taken++) await stream.send([id, message]);
    })();
    for (let i = 0; i < 20; i++) {
      const peer = await WirePeer.connect(stage, endpoint);
      const other = await notice();
      await peer.write(Buffer.from(`peer ${i}`));
      expect((await stream.receive()).map(String)).to.deep.equal([String(other), `peer ${i}`]);
      peer.socket.end();
      expect((await notice()).equals(other)).to.equal(true);
    }
    expect(taken).to.be.lessThan(TOO_MUCH / MIB);
    const reading = buffer(stuck);
    await filling;
    await stream.send([id, '']);
    expect(await reading).to.have.lengthOf(TOO_MUCH);
  });

  it('that read nothing are EAGAIN to whoever does not wait, and can still be closed', async () => {
    await bind({ sendHighWaterMark: 4 });
    const stuck = await stage.tcp(endpoint);
    stuck.pause();
    const id = await notice();
    const sent: Buffer[] = [];
    const message = body(MIB);
    // Whether the I/O worker will make room again, nobody can tell: until now it has for each of these.
    while (sent.length < TOO_MUCH / MIB && stream.trySend([id, message])) {
      sent.push(message);
      await turn();
    }
    expect(sent.length).to.be.lessThan(TOO_MUCH / MIB);
    await serveOne();
    const closing = stream.send([id, '']);
    expect(digest(await buffer(stuck))).to.equal(digest(Buffer.concat(sent)));
    await closing;
  });

  it('that send what nobody receives are held up, and others’ messages come', async () => {
    await bind({ receiveHighWaterMark: 1 });
    const flood = await stage.tcp(endpoint);
    const id = await notice();
    const sent = body(TOO_MUCH / 2);
    flood.end(sent);
    const peer = await WirePeer.connect(stage, endpoint);
    await peer.write(Buffer.from('me too'));
    const portions: Buffer[] = [];
    const other: string[] = [];
    // In turn: two messages of the one among the first few of the other.
    while (other.length < 2) {
      const [from, data] = await stream.receive();
      if (from.equals(id)) portions.push(data);
      else other.push(String(data));
    }
    expect(other).to.deep.equal(['', 'me too']);
    expect(flood.writableFinished).to.equal(false);
    for (;;) {
      const [from, data] = await stream.receive();
      expect(from.equals(id)).to.equal(true);
      if (data.length === 0) break;
      portions.push(data);
    }
    expect(digest(Buffer.concat(portions))).to.equal(digest(sent));
  });

  it('that end their side alone count as gone, behind all that they have sent', async () => {
    const peer = await halfOpen();
    const id = await notice();
    peer.end('goodbye');
    expect((await stream.receive()).map(String)).to.deep.equal([String(id), 'goodbye']);
    expect((await notice()).equals(id)).to.equal(true);
    await buffer(peer);
    expect(() => stream.trySend([id, 'too late'])).to.throw(Error, 'Host unreachable');
  });

  it('that go on sending over a connection that was closed are not heard', async () => {
    const peer = await halfOpen();
    const id = await notice();
    await stream.send([id, 'goodbye']);
    await stream.send([id, '']);
    expect(String(await untilEnd(peer))).to.equal('goodbye');
    peer.write('whatever');
    for (let i = 0; i < 3; i++) {
      peer.write(body(100_000));
      // Its messages are the next ones.
      await serveOne();
    }
    expect(peer.destroyed).to.equal(false);
    peer.end();
  });

  /** A peer comes, says something, and goes. */
  async function hearOne(): Promise<void> {
    const peer = await WirePeer.connect(stage, endpoint);
    peer.socket.end('hello');
    const id = await notice();
    expect((await stream.receive()).map(String)).to.deep.equal([String(id), 'hello']);
    expect((await notice()).equals(id)).to.equal(true);
  }

  for (const [ends, one] of [
    ['are closed', serveOne],
    ['go', hearOne],
  ] as const) {
    it(`that come and ${ends} leave nothing behind`, async () => {
      const pipes = (): number => context.stats().pipes.length;
      const blocks = (): number =>
        context.stats().threads.reduce((sum, { memory }) => sum + memory.blocks, 0);
      for (let i = 0; i < 20; i++) await one();
      while (pipes() > 0) await turn();
      const before = blocks();
      for (let i = 0; i < 200; i++) await one();
      // What is on its way back comes back; what has leaked never does.
      while (pipes() > 0 || blocks() > before) await turn();
    });
  }

  it('that are gone when they are sent to cost no one else anything', async () => {
    for (let i = 0; i < 100; i++) {
      const peer = await WirePeer.connect(stage, endpoint);
      const id = await notice();
      peer.reset();
      // Whether this is lost with the connection or refused depends on who was first.
      try {
        stream.trySend([id, body(10_000)]);
      } catch (error) {
        expect(error).to.have.property('code', 'EHOSTUNREACH');
      }
      expect((await notice()).equals(id)).to.equal(true);
    }
    await serveOne();
  });
});
