import { expect } from 'chai';
import { Dealer, Stream, type Context } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import { COMMAND, frame, greeting, ready } from '../support/wire-peer.js';
import { listen } from './both-ends.js';

/** What a STREAM receives at most in one message, as in libzmq. */
const PORTION = 8192;
const GREETING_BYTES = 64;

/** What comes from the only peer of a STREAM, in portions that mean nothing. Notices are passed over. */
class Bytes {
  private rest = Buffer.alloc(0);

  constructor(private readonly stream: Stream) {}

  async read(length: number): Promise<Buffer> {
    while (this.rest.length < length) {
      const [, portion] = await this.stream.receive();
      this.rest = Buffer.concat([this.rest, portion]);
    }
    const bytes = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return bytes;
  }

  async text(length: number): Promise<string> {
    return String(await this.read(length));
  }
}

/** The next message says that a connection stands, or that one is gone. */
async function notice(stream: Stream): Promise<Buffer> {
  const [id, data] = await stream.receive();
  expect(data).to.have.lengthOf(0);
  return id;
}

/*
 * What libzmq's tests of STREAM show, each under its name there, without `test_`. See patterns.test.ts.
 */
describe('As libzmq’s own tests show of STREAM', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const transport of ['ipc', 'tcp'] as const) {
    /** A STREAM that has greeted a DEALER by hand, and heard its READY. */
    async function greeted(dealer: Dealer): Promise<[stream: Stream, id: Buffer, bytes: Bytes]> {
      const stream = new Stream({ context });
      await stream.bind(stage.wildcard(transport));
      dealer.connect(stream.lastEndpoint!);
      const id = await notice(stream);
      await stream.send([id, greeting()]);
      const bytes = new Bytes(stream);
      const hello = await bytes.read(GREETING_BYTES);
      // ZMTP 3, NULL, as client.
      expect([hello[0], hello[9], hello[10]]).to.deep.equal([0xff, 0x7f, 3]);
      expect(hello.toString('latin1', 12, 17)).to.equal('NULL\0');
      await stream.send([id, ready('ROUTER')]);
      const head = await bytes.read(2);
      expect(head[0]).to.equal(COMMAND);
      const command = await bytes.text(head[1]!);
      expect(command).to.contain('READY').and.to.contain('DEALER');
      return [stream, id, bytes];
    }

    it(`stream: a DEALER is greeted by hand, and its message comes as bytes over ${transport}`, async () => {
      const dealer = new Dealer({ context });
      const [stream, id, bytes] = await greeted(dealer);
      await dealer.send('Hello');
      expect((await bytes.read(7)).equals(frame('Hello'))).to.equal(true);
      await stream.send([id, frame('World')]);
      expect(String(await dealer.receive())).to.equal('World');
    });

    it(`stream: two STREAMs see each other come, speak and go over ${transport}`, async () => {
      const [server, client] = [new Stream({ context }), new Stream({ context })];
      await server.bind(stage.wildcard(transport));
      client.connect(server.lastEndpoint!);
      const [there, here] = [await notice(client), await notice(server)];
      await client.send([there, 'GET /\n\n']);
      expect(await new Bytes(server).text(7)).to.equal('GET /\n\n');
      await server.send([here, 'HTTP/1.0 200 OK\r\n\r\nHello, World!']);
      expect(await new Bytes(client).text(32)).to.match(/Hello, World!$/);
      await server.send([here, '']);
      expect((await notice(client)).equals(there)).to.equal(true);
    });

    it(`stream_empty: an empty message of a DEALER is a frame, and no end over ${transport}`, async () => {
      const dealer = new Dealer({ context });
      const [stream, id, bytes] = await greeted(dealer);
      await dealer.send('');
      expect((await bytes.read(2)).equals(frame(''))).to.equal(true);
      await stream.send([id, frame('')]);
      expect(await dealer.receive()).to.deep.equal([Buffer.alloc(0)]);
      await stream.send([id, frame('still there')]);
      expect(String(await dealer.receive())).to.equal('still there');
    });

    it(`stream_disconnect: who is sent an empty message hears that the connection is gone over ${transport}`, async () => {
      const server = new Stream({ context });
      await server.bind(stage.wildcard(transport));
      const client = new Stream({ context });
      client.connect(server.lastEndpoint!, { routingId: 'server' });
      const [there, here] = [await notice(client), await notice(server)];
      for (let i = 0; i < 20; i++) {
        await client.send([there, `ping ${i % 10}`]);
        expect(await new Bytes(server).text(6)).to.equal(`ping ${i % 10}`);
        await server.send([here, `pong ${i % 10}`]);
        expect(await new Bytes(client).text(6)).to.equal(`pong ${i % 10}`);
      }
      await client.send([there, '']);
      expect((await notice(server)).equals(here)).to.equal(true);
    });

    it(`stream_exceeds_buffer: what is one byte more than a portion comes whole over ${transport}`, async () => {
      const listener = await listen(stage, transport);
      const stream = new Stream({ context });
      stream.connect(listener.endpoint);
      const peer = await listener.accept();
      const id = await notice(stream);
      const message = Buffer.alloc(PORTION + 1, 'abcdefghijk');
      await peer.write(message);
      const received = await new Bytes(stream).read(message.length);
      expect(received.equals(message)).to.equal(true);
      await stream.send([id, received]);
      expect((await peer.read(message.length)).equals(message)).to.equal(true);
    });
  }
});
