import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Pull, Push, type Context } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import {
  command,
  COMMAND,
  frame,
  greeting,
  LONG,
  MORE,
  ready,
  WireListener,
  WirePeer,
} from '../support/wire-peer.js';

/** A frame's header that announces a body of this length. */
function announcing(length: bigint, flags = 0): Buffer {
  const header = Buffer.alloc(9);
  header[0] = flags | LONG;
  header.writeBigUInt64BE(length, 1);
  return header;
}

const CLIENT_HELLO = Buffer.concat([
  Buffer.from('16030100c6010000c20303', 'hex'),
  randomBytes(32),
  Buffer.alloc(160),
]);

const HELLO = Buffer.concat([greeting(), ready('PUSH')]);

/** What a stranger says, and for which its connection is closed. */
const OFFENCES: Record<string, Buffer> = {
  // With other second bytes it might be a peer of ZMTP 1.0.
  noise: Buffer.concat([Buffer.from([0x42, 0x43]), randomBytes(300)]),
  'zeros, the first of which would be the length of a frame': Buffer.alloc(70),
  'noise that begins like a greeting': Buffer.concat([
    Buffer.from([0xff]),
    Buffer.alloc(8),
    Buffer.from([0x7f, 3, 1]),
    randomBytes(52).fill(0xaa),
  ]),
  'an HTTP request': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n'),
  'a TLS ClientHello': CLIENT_HELLO,
  'a mechanism that nobody offers': greeting({ mechanism: 'SECRET' }),
  'the mechanism PLAIN': greeting({ mechanism: 'PLAIN' }),
  'a message before READY': Buffer.concat([greeting(), frame('early')]),
  'a command that is not READY': Buffer.concat([greeting(), command('HELLO', 'x')]),
  'an ERROR': Buffer.concat([greeting(), command('ERROR', '\x04nope')]),
  'a READY with half a property': Buffer.concat([
    greeting(),
    command('READY', '\x0bSocket-Type\0\0\0\x09PUS'),
  ]),
  'a command without a name': Buffer.concat([greeting(), frame('', COMMAND)]),
  'a READY without end': Buffer.concat([greeting(), announcing(2n ** 40n, COMMAND)]),
  'a socket type that does not fit': Buffer.concat([greeting(), ready('PULL')]),
  'a socket type that does not exist': Buffer.concat([greeting(), ready('NONSENSE')]),
  'a frame that is too large': Buffer.concat([HELLO, frame(Buffer.alloc(10_001))]),
  'a part that is too large': Buffer.concat([
    HELLO,
    frame('small', MORE),
    frame(Buffer.alloc(10_001)),
  ]),
  'the announcement of 2^31 bytes': Buffer.concat([HELLO, announcing(2n ** 31n)]),
  'the announcement of 2^32 + 1 bytes': Buffer.concat([HELLO, announcing(2n ** 32n + 1n)]),
  'the announcement of 2^63 bytes': Buffer.concat([HELLO, announcing(2n ** 63n)]),
  'the announcement of 2^64 - 1 bytes': Buffer.concat([HELLO, announcing(2n ** 64n - 1n)]),
  'a malformed PING': Buffer.concat([HELLO, command('PING')]),
};

describe('A stranger on the port', () => {
  const stage = useTidyStage();
  let context: Context;
  let pull: Pull;
  let push: Push;

  beforeEach(async () => {
    context = stage.context;
    pull = new Pull({ context, maxMessageSize: 10_000 });
    await pull.bind('tcp://127.0.0.1:*');
    push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('before');
    await pull.receive();
  });

  /** Whoever was connected still is, and whoever comes is welcome. */
  async function everyoneElseIsServed(): Promise<void> {
    await push.send('old friend');
    expect(String(await pull.receive())).to.equal('old friend');
    const other = new Push({ context });
    other.connect(pull.lastEndpoint!);
    await other.send('new friend');
    expect(String(await pull.receive())).to.equal('new friend');
  }

  describe('is shown the door, and everyone else is served, when it sends', () => {
    for (const [name, bytes] of Object.entries(OFFENCES)) {
      it(name, async () => {
        const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
        void stranger.write(bytes);
        await stranger.closed;
        await everyoneElseIsServed();
      });
    }
  });

  for (const [name, bytes] of [
    ['says nothing', Buffer.alloc(0)],
    ['stops in the middle of its greeting', greeting().subarray(0, 20)],
    ['greets and stops', greeting()],
    ['stops in the middle of READY', HELLO.subarray(0, HELLO.length - 1)],
  ] as const) {
    it(`is shown the door after handshakeInterval when it ${name}`, async () => {
      const strict = new Pull({ context, handshakeInterval: 50 });
      await strict.bind('tcp://127.0.0.1:*');
      const stranger = await WirePeer.connect(stage, strict.lastEndpoint!);
      if (bytes.length > 0) await stranger.write(bytes);
      await stranger.closed;
      await everyoneElseIsServed();
    });
  }

  it('keeps nobody waiting while it takes its time', async () => {
    const strangers = await Promise.all(
      Array.from({ length: 20 }, () => WirePeer.connect(stage, pull.lastEndpoint!)),
    );
    for (const stranger of strangers) await stranger.write(greeting().subarray(0, 11));
    await everyoneElseIsServed();
  });

  it('leaves nothing of a message that it did not finish', async () => {
    for (const bytes of [
      frame(Buffer.alloc(5000)).subarray(0, 3000),
      frame('first part', MORE),
      Buffer.concat([frame('whole'), frame('first', MORE), frame('second').subarray(0, 4)]),
    ]) {
      const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
      await stranger.handshake('PUSH');
      await stranger.write(frame('hello'), bytes);
      expect(String(await pull.receive())).to.equal('hello');
      stranger.reset();
      await stranger.closed;
      if (bytes.includes('whole')) expect(String(await pull.receive())).to.equal('whole');
      await everyoneElseIsServed();
    }
  });

  it('is served like anyone if it keeps to the protocol', async () => {
    for (const hello of [
      HELLO,
      // Versions that are not there yet are answered with ours.
      Buffer.concat([greeting({ major: 4, minor: 7 }), ready('PUSH')]),
      Buffer.concat([greeting({ minor: 0 }), ready('PUSH')]),
      Buffer.concat([greeting(), ready('PUSH', ['Identity', 'me'], ['X-Colour', 'blue'])]),
    ]) {
      const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
      await stranger.write(hello, command('UNHEARD-OF', 'ignored'), frame('polite'));
      expect(String(await pull.receive())).to.equal('polite');
    }
  });
});

describe('A stranger that is connected to', () => {
  const stage = useTidyStage();

  it('and does not fit is given up: its PUSH has nobody to send to', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context: stage.context, linger: 0, sendHighWaterMark: 0 });
    push.connect(listener.endpoint);
    expect(push.trySend('before')).to.equal(true);
    const stranger = await listener.accept();
    await stranger.write(greeting(), ready('PUB'));
    await stranger.closed;
    while (push.trySend('nobody')) await new Promise((resolve) => setImmediate(resolve));
  });

  it('and talks nonsense is tried again, until it talks sense', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context: stage.context, linger: 0, reconnectInterval: 10 });
    push.connect(listener.endpoint);
    await push.send('message');
    const first = await listener.accept();
    await first.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await first.closed;
    const second = await listener.accept();
    second.reset();
    const third = await listener.accept();
    await third.handshake('PULL');
    expect(String((await third.readFrame()).body)).to.equal('message');
  });
});
