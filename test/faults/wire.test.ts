import { expect } from 'chai';
import { Pull, Reply, Request, type Context } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import {
  command,
  COMMAND,
  frame,
  greeting,
  MORE,
  ping,
  ready,
  WireListener,
  WirePeer,
} from '../support/wire-peer.js';

/** The next of a fixed sequence of numbers from 0 to 1, so that a failure can be repeated. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const SIZES = [0, 1, 17, 254, 255, 256, 257, 300];

/** Messages of one to four parts, and their frames with a PING before and between any of them. */
function conversation(messages: number, scale: number): { sent: string[][]; stream: Buffer } {
  const sent: string[][] = [];
  const pieces = [greeting(), ready('PUSH')];
  for (let i = 0; i < messages; i++) {
    const parts = Array.from({ length: 1 + (i % 4) }, (_, n) =>
      `${i}.${n} `.repeat(scale).slice(0, SIZES[(i + n) % SIZES.length]! * scale),
    );
    sent.push(parts);
    for (const [n, part] of parts.entries()) {
      pieces.push(ping(`${i}.${n}`), frame(part, n < parts.length - 1 ? MORE : 0));
    }
  }
  pieces.push(ping('last'));
  return { sent, stream: Buffer.concat(pieces) };
}

describe('Bytes on the wire', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  // One of them has a meaning in our rings, where it says that a body lies elsewhere in the arena.
  for (let bit = 3; bit < 8; bit++) {
    it(`mean the same whether or not reserved bit ${bit} of a frame's flags is set`, async () => {
      const pull = new Pull({ context });
      await pull.bind('tcp://127.0.0.1:*');
      const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
      // As an offset and a length, the first 64 bytes of the arena's pages.
      const reference = Buffer.from([0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40]);
      await peer.handshake('PUSH');
      await peer.write(
        frame(reference, MORE | (1 << bit)),
        frame('x'.repeat(300), 1 << bit),
        frame('end'),
      );
      expect(await pull.receive()).to.deep.equal([reference, Buffer.from('x'.repeat(300))]);
      expect(await pull.receive()).to.deep.equal([Buffer.from('end')]);
    });
  }

  /** Where a stream of this length is cut into pieces. */
  const cuts: Record<string, (length: number) => number[]> = {
    'one by one': (length) => Array.from({ length }, (_, i) => i + 1),
    'all at once': (length) => [length],
    'in sevens': (length) => Array.from({ length: Math.ceil(length / 7) }, (_, i) => i * 7 + 7),
  };
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    cuts[`in pieces of any length (${seed})`] = (length) => {
      const next = sequence(seed);
      const ends: number[] = [];
      for (let at = 0; at < length; at += 1 + Math.floor(next() ** 3 * 3000)) ends.push(at);
      return [...ends, length];
    };
  }

  for (const [name, ends] of Object.entries(cuts)) {
    it(`mean the same when they come ${name}, with PINGs between the parts`, async () => {
      const pull = new Pull({ context });
      await pull.bind('tcp://127.0.0.1:*');
      const small = name === 'one by one' || name === 'in sevens';
      const { sent, stream } = conversation(small ? 12 : 200, small ? 1 : 20);
      const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
      const writing = (async () => {
        let start = 0;
        for (const end of ends(stream.length)) {
          await peer.write(stream.subarray(start, end));
          start = end;
        }
      })();
      for (const parts of sent) {
        expect((await pull.receive()).map(String)).to.deep.equal(parts);
      }
      await writing;
      await peer.read(64);
      await peer.readFrame();
      // Only the last of PINGs that came together must be answered, so each PONG is one of ours.
      let pong = '';
      while (pong !== 'last') {
        const { flags, body } = await peer.readFrame();
        expect(flags).to.equal(COMMAND);
        expect(body.subarray(0, 5).toString('latin1')).to.equal('\x04PONG');
        pong = body.subarray(5).toString();
      }
      expect(pull.tryReceive()).to.equal(undefined);
    });
  }

  it('of a PING are answered by a PONG with its context, whatever that is', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
    await peer.handshake('PUSH');
    for (let length = 0; length <= 16; length++) {
      const said = 'heartbeat context'.slice(0, length);
      await peer.write(ping(said));
      const { flags, body } = await peer.readFrame();
      expect(flags).to.equal(COMMAND);
      expect(body.toString('latin1')).to.equal(`\x04PONG${said}`);
    }
  });

  it('of a request and its reply are as the RFCs draw them', async () => {
    const reply = new Reply({ context });
    await reply.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, reply.lastEndpoint!);
    await peer.handshake('REQ', ['Identity', '']);
    // An envelope of two more hops: it comes back before the reply.
    await peer.write(frame('hop 1', MORE), frame('hop 2', MORE), frame('', MORE), frame('Hello'));
    expect(String(await reply.receive())).to.equal('Hello');
    await reply.send(['World', '!']);
    const frames: [number, string][] = [];
    for (let i = 0; i < 5; i++) {
      const { flags, body } = await peer.readFrame();
      frames.push([flags, String(body)]);
    }
    expect(frames).to.deep.equal([
      [MORE, 'hop 1'],
      [MORE, 'hop 2'],
      [MORE, ''],
      [MORE, 'World'],
      [0, '!'],
    ]);
  });

  it('of the handshake name the socket type first, and the routing id where there is one', async () => {
    const listener = await WireListener.open(stage);
    const request = new Request({ context, routingId: 'me', linger: 0 });
    request.connect(listener.endpoint);
    const peer = await listener.accept();
    await peer.write(greeting());
    const greeted = await peer.read(64);
    expect(greeted.toString('hex')).to.equal(
      `ff${greeted.subarray(1, 9).toString('hex')}7f0301${greeting().subarray(12).toString('hex')}`,
    );
    const { flags, body } = await peer.readFrame();
    expect(flags).to.equal(COMMAND);
    expect(frame(body, COMMAND).toString('latin1')).to.equal(
      ready('REQ', ['Identity', 'me']).toString('latin1'),
    );
  });

  it('of messages without an envelope never reach a REP', async () => {
    const reply = new Reply({ context });
    await reply.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, reply.lastEndpoint!);
    await peer.handshake('DEALER');
    await peer.write(frame('no delimiter'), frame('none', MORE), frame('here either'));
    await peer.write(frame('', MORE), frame('proper'));
    expect(String(await reply.receive())).to.equal('proper');
  });

  it('of replies that answer nothing never reach a REQ', async () => {
    const listener = await WireListener.open(stage);
    const request = new Request({ context, linger: 0 });
    request.connect(listener.endpoint);
    const peer = await listener.accept();
    await peer.handshake('REP');
    await request.send('question');
    await peer.readFrame();
    expect(String((await peer.readFrame()).body)).to.equal('question');
    // Without the empty frame, and with nothing behind it.
    await peer.write(frame('malformed'), frame(''), frame('', MORE), frame('answer'));
    expect(String(await request.receive())).to.equal('answer');
    // The question has been answered: what is said now answers nothing, and the next is answered anew.
    // What came before a PING that was answered has been taken in when another is.
    await peer.write(frame('', MORE), frame('unasked'));
    for (const heard of ['once', 'twice']) {
      await peer.write(ping(heard));
      while (!(await peer.readFrame()).body.includes(heard));
    }
    await request.send('next');
    await peer.readFrame();
    await peer.readFrame();
    await peer.write(frame('', MORE), frame('asked'));
    expect(String(await request.receive())).to.equal('asked');
  });
});

describe('Heartbeats', () => {
  const stage = useTidyStage();

  it('carry the time to live, and a peer that answers them is kept', async () => {
    const pull = new Pull({
      context: stage.context,
      heartbeatInterval: 20,
      heartbeatTimeToLive: 1500,
      heartbeatTimeout: 5000,
    });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
    await peer.handshake('PUSH');
    for (let i = 0; i < 5; i++) {
      const { flags, body } = await peer.readFrame();
      expect(flags).to.equal(COMMAND);
      // In tenths of a second.
      expect(body.subarray(0, 7).toString('latin1')).to.equal('\x04PING\x00\x0f');
      await peer.write(command('PONG', body.subarray(7)));
    }
    await peer.write(frame('still there'));
    expect(String(await pull.receive())).to.equal('still there');
  });

  it('end the connection of a peer that has fallen silent', async () => {
    const pull = new Pull({ context: stage.context, heartbeatInterval: 20 });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
    await peer.handshake('PUSH');
    await peer.closed;
  });

  it('with a time to live end the connection of a peer that sends no more of them', async () => {
    const pull = new Pull({ context: stage.context });
    await pull.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
    await peer.handshake('PUSH');
    await peer.write(command('PING', '\x00\x01'));
    await peer.closed;
  });
});
