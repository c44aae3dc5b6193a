import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
  type EventOfType,
  type Readable,
  type Socket,
  type Writable,
} from '../../src/index.js';
import { body, digest } from '../support/bodies.js';
import { typesOf, upTo } from '../support/events.js';
import {
  introduction,
  longLength,
  OlderPeer,
  v1Frame,
  type OlderVersion,
} from '../support/older-peer.js';
import { useTidySharedStage, useTidyStage, type Stage, type Transport } from '../support/stage.js';
import {
  command,
  COMMAND,
  frame,
  LONG,
  MORE,
  WireListener,
  WirePeer,
} from '../support/wire-peer.js';

const VERSIONS: readonly OlderVersion[] = ['2.0', '1.0'];
const WIRES: readonly Transport[] = ['tcp', 'ipc'];
const ANY = 'tcp://127.0.0.1:*';
const SUBSCRIBE_TO_ALL = '\x01';

type Part = Buffer | string;

/** Either side of where headers become long in either framing, and a few longer ones. */
const BODIES = [0, 1, 253, 254, 255, 256, 65535, 65536, 2 ** 20].map((size) => body(size));

/** Our socket and an older peer, once they are connected. */
interface Talk {
  readonly socket: Socket;
  /** Until messages can go, with nothing under way. */
  readonly begin?: (peer: OlderPeer) => Promise<void>;
  /** Takes a message there and back, or one way if there is one. */
  readonly carry: (peer: OlderPeer, parts: readonly Buffer[]) => Promise<void>;
}

/** For those that drop at their high-water mark. */
const NEVER_DROPS = { sendHighWaterMark: 0 };

/** Our socket types, each with the types that its peers may have. */
const TALKS: Record<string, { theirs: readonly string[]; talk: (context: Context) => Talk }> = {
  PULL: {
    theirs: ['PUSH'],
    talk: (context) => {
      const socket = new Pull({ context });
      return { socket, carry: (peer, parts) => toUs(peer, socket, parts) };
    },
  },
  PUSH: {
    theirs: ['PULL'],
    talk: (context) => {
      const socket = new Push({ context, linger: 0 });
      return { socket, carry: (peer, parts) => fromUs(socket, peer, parts) };
    },
  },
  PAIR: { theirs: ['PAIR'], talk: (context) => bothWays(new Pair({ context, linger: 0 })) },
  DEALER: {
    theirs: ['DEALER', 'ROUTER', 'REP'],
    talk: (context) => bothWays(new Dealer({ context, linger: 0 })),
  },
  REQ: {
    theirs: ['REP', 'ROUTER'],
    talk: (context) => {
      const socket = new Request({ context, linger: 0 });
      return {
        socket,
        carry: async (peer, parts) => {
          await fromUs(socket, peer, parts, ['', ...parts]);
          await toUs(peer, socket, ['', ...parts], parts);
        },
      };
    },
  },
  REP: {
    theirs: ['REQ', 'DEALER'],
    talk: (context) => {
      const socket = new Reply({ context, linger: 0 });
      return {
        socket,
        carry: async (peer, parts) => {
          await toUs(peer, socket, ['a hop', '', ...parts], parts);
          await fromUs(socket, peer, parts, ['a hop', '', ...parts]);
        },
      };
    },
  },
  ROUTER: {
    theirs: ['REQ', 'DEALER', 'ROUTER'],
    talk: (context) => {
      const socket = new Router({ context, linger: 0, mandatory: true });
      return {
        socket,
        carry: async (peer, parts) => {
          await toUs(peer, socket, parts, ['peer', ...parts]);
          await fromUs(socket, peer, ['peer', ...parts], parts);
        },
      };
    },
  },
  PUB: {
    theirs: ['SUB', 'XSUB'],
    talk: (context) => {
      const socket = new Publisher({ context, linger: 0, ...NEVER_DROPS });
      return {
        socket,
        begin: async (peer) => {
          if (peer.version === '2.0') await peer.send(SUBSCRIBE_TO_ALL);
          await untilHeard(socket, peer);
        },
        carry: (peer, parts) => fromUs(socket, peer, parts),
      };
    },
  },
  XPUB: {
    theirs: ['SUB', 'XSUB'],
    talk: (context) => {
      const socket = new XPublisher({ context, linger: 0, ...NEVER_DROPS });
      return {
        socket,
        begin: async (peer) => {
          if (peer.version === '2.0') await peer.send(SUBSCRIBE_TO_ALL);
          expect((await socket.receive()).map(String)).to.deep.equal([SUBSCRIBE_TO_ALL]);
        },
        carry: (peer, parts) => fromUs(socket, peer, parts),
      };
    },
  },
  SUB: {
    theirs: ['PUB', 'XPUB'],
    talk: (context) => {
      const socket = new Subscriber({ context });
      return {
        socket,
        begin: async (peer) => {
          socket.subscribe();
          expect((await peer.receive()).map(String)).to.deep.equal([SUBSCRIBE_TO_ALL]);
        },
        carry: (peer, parts) => toUs(peer, socket, parts),
      };
    },
  },
  XSUB: {
    theirs: ['PUB', 'XPUB'],
    talk: (context) => {
      const socket = new XSubscriber({ context });
      return {
        socket,
        begin: (peer) => fromUs(socket, peer, [Buffer.from(SUBSCRIBE_TO_ALL)]),
        carry: (peer, parts) => toUs(peer, socket, parts),
      };
    },
  },
};

function bothWays(socket: Socket & Readable & Writable): Talk {
  return {
    socket,
    carry: async (peer, parts) => {
      await toUs(peer, socket, parts);
      await fromUs(socket, peer, parts);
    },
  };
}

async function toUs(
  peer: OlderPeer,
  socket: Readable,
  sent: readonly Part[],
  arrives: readonly Part[] = sent,
): Promise<void> {
  const written = peer.send(...sent);
  expectSame(await socket.receive(), arrives);
  await written;
}

async function fromUs(
  socket: Writable,
  peer: OlderPeer,
  sent: readonly Part[],
  arrives: readonly Part[] = sent,
): Promise<void> {
  await socket.send([...sent]);
  expectSame(await peer.receive(), arrives);
}

function expectSame(came: readonly Buffer[], expected: readonly Part[]): void {
  const digests = expected.map((part) => digest(Buffer.from(part as string)));
  expect(came.map(digest)).to.deep.equal(digests);
}

/** Publishes until the peer has heard something, and then until it has heard all. */
async function untilHeard(publisher: Writable, peer: OlderPeer): Promise<void> {
  let heard = false;
  const first = peer.receive().then(() => (heard = true));
  while (!heard) {
    await publisher.send('hello?');
    await setImmediate();
  }
  await first;
  await publisher.send('that was all');
  while (String((await peer.receive())[0]) !== 'that was all');
}

/** A raw connection with a socket that binds, or that connects. */
async function join(
  stage: Stage,
  socket: Socket,
  transport: Transport,
  role: 'binds' | 'connects',
): Promise<WirePeer> {
  if (role === 'binds') {
    await socket.bind(stage.wildcard(transport));
    return WirePeer.connect(stage, socket.lastEndpoint!);
  }
  const at = transport === 'ipc' ? `ipc://${stage.path()}` : undefined;
  const listener = await WireListener.open(stage, at);
  socket.connect(listener.endpoint);
  return listener.accept();
}

for (const version of VERSIONS) {
  for (const transport of WIRES) {
    for (const role of ['binds', 'connects'] as const) {
      describe(`A peer of ZMTP ${version} over ${transport}, when our side ${role}`, () => {
        const stage = useTidySharedStage();

        for (const [ours, { theirs, talk }] of Object.entries(TALKS)) {
          for (const type of theirs) {
            it(`exchanges bodies of any size, alone and as parts, as a ${type} with our ${ours}`, async () => {
              const { socket, begin, carry } = talk(stage.context);
              const peer = new OlderPeer(await join(stage, socket, transport, role), version);
              const { socketType } = await peer.handshake(type, 'peer');
              if (version === '2.0') expect(socketType).to.equal(ours);
              await begin?.(peer);
              for (const one of BODIES) await carry(peer, [one]);
              await carry(peer, BODIES);
              await carry(peer, [body(0), body(1), body(0), body(0)]);
              socket.close();
              await peer.wire.closed;
            });
          }
        }
      });
    }
  }
}

describe('A peer of an older version', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function hex(peer: WirePeer, length: number): Promise<string> {
    return (await peer.read(length)).toString('hex');
  }

  it('is spoken to as libzmq does: byte for byte, when a SUB connects to a PUB of ZMTP 2.0', async () => {
    const subscriber = new Subscriber({ context });
    subscriber.subscribe('AB');
    const peer = await join(stage, subscriber, 'tcp', 'connects');
    // In the steps in which libzmq 3.2 says it. Each is answered by the next.
    expect(await hex(peer, 10)).to.equal('ff00000000000000017f');
    await peer.write(Buffer.from('ff00000000000000017f', 'hex'));
    expect(await hex(peer, 1)).to.equal('03');
    await peer.write(Buffer.of(1, 1));
    expect(await hex(peer, 3)).to.equal('020000');
    await peer.write(frame(''));
    expect(await hex(peer, 5)).to.equal('0003014142');
  });

  it('is spoken to as libzmq does: byte for byte, when a SUB connects to a PUB of ZMTP 1.0', async () => {
    const subscriber = new Subscriber({ context });
    subscriber.subscribe('AB');
    const peer = await join(stage, subscriber, 'tcp', 'connects');
    await peer.write(v1Frame(''));
    expect(await hex(peer, 10 + 5)).to.equal('ff00000000000000017f' + '0400014142');
  });

  for (const version of VERSIONS) {
    describe(`such as ZMTP ${version}`, () => {
      it('is met wherever its first bytes are cut', async () => {
        const pull = new Pull({ context });
        await pull.bind(ANY);
        const slow = await OlderPeer.connect(stage, pull.lastEndpoint!, version);
        const begin = introduction(version, 'PUSH', 'peer');
        const stream = Buffer.concat([begin, slow.encode('first', 'last')]);
        for (let at = 1; at <= begin.length + 3; at++) {
          const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
          await peer.write(stream.subarray(0, at));
          await setImmediate();
          await peer.write(stream.subarray(at));
          expect((await pull.receive()).map(String)).to.deep.equal(['first', 'last']);
        }
        for (const byte of stream) await slow.wire.write(Buffer.of(byte));
        expect((await pull.receive()).map(String)).to.deep.equal(['first', 'last']);
      });

      it('is told our routing id, and so is one that accepts us', async () => {
        for (const role of ['binds', 'connects'] as const) {
          for (const id of ['us', 'x'.repeat(253), 'x'.repeat(254), 'x'.repeat(255)]) {
            const dealer = new Dealer({ context, routingId: id, linger: 0 });
            const peer = new OlderPeer(await join(stage, dealer, 'tcp', role), version);
            expect((await peer.handshake('ROUTER')).routingId).to.equal(id);
            await fromUs(dealer, peer, ['behind it']);
          }
          const push = new Push({ context, linger: 0 });
          const peer = new OlderPeer(await join(stage, push, 'tcp', role), version);
          expect((await peer.handshake('PULL')).routingId).to.equal('');
        }
      });

      it('is known to a ROUTER by its routing id, or by one that it is given', async () => {
        const router = new Router({ context, mandatory: true });
        await router.bind(ANY);
        const ids = ['one', 'x'.repeat(255), '\x01', '', ''];
        const peers: [id: Buffer, peer: OlderPeer][] = [];
        for (const id of ids) {
          const peer = await OlderPeer.connect(stage, router.lastEndpoint!, version);
          await peer.handshake('DEALER', id);
          await peer.send('hello');
          const [known] = await router.receive();
          if (id === '') expect([known!.length, known![0]]).to.deep.equal([5, 0]);
          else expect(String(known)).to.equal(id);
          peers.push([known!, peer]);
        }
        for (const [id, peer] of peers.reverse()) {
          await router.send([id, 'to', id]);
          expectSame(await peer.receive(), ['to', id]);
        }
      });

      it('with a routing id that begins with 0 is closed by a ROUTER, and costs nobody else anything', async () => {
        const router = new Router({ context });
        await router.bind(ANY);
        const bad = await WirePeer.connect(stage, router.lastEndpoint!);
        await bad.write(introduction(version, 'DEALER', '\0mine'));
        await bad.closed;
        const good = await OlderPeer.connect(stage, router.lastEndpoint!, version);
        await good.handshake('DEALER', 'good');
        await toUs(good, router, ['hello'], ['good', 'hello']);
      });

      it('is told subscriptions as messages, and cancellations', async () => {
        const subscriber = new Subscriber({ context });
        const topics = ['A', 't'.repeat(252), 't'.repeat(253), 't'.repeat(254), 't'.repeat(255)];
        subscriber.subscribe(...topics);
        const wire = await join(stage, subscriber, 'tcp', 'connects');
        const peer = new OlderPeer(wire, version);
        await peer.handshake('PUB');
        for (const topic of topics) expectSame(await peer.receive(), [`\x01${topic}`]);
        subscriber.unsubscribe('A');
        expectSame(await peer.receive(), ['\0A']);
        subscriber.subscribe('B');
        expectSame(await peer.receive(), ['\x01B']);
      });

      it('is filtered by a SUB, whatever it sends', async () => {
        const subscriber = new Subscriber({ context });
        subscriber.subscribe('wanted');
        const wire = await join(stage, subscriber, 'tcp', 'connects');
        const peer = new OlderPeer(wire, version);
        await peer.handshake('PUB');
        await peer.send('unwanted');
        await peer.send('wan');
        await peer.send('wanted', 'body');
        expectSame(await subscriber.receive(), ['wanted', 'body']);
        expect(subscriber.tryReceive()).to.equal(undefined);
      });

      it('is told no more than its version knows: no PING, whatever heartbeats are set', async () => {
        const pair = new Pair({
          context,
          linger: 0,
          heartbeatInterval: 2,
          heartbeatTimeout: 2,
          heartbeatTimeToLive: 100,
        });
        const peer = new OlderPeer(await join(stage, pair, 'tcp', 'binds'), version);
        await peer.handshake('PAIR');
        // Many would have been due by the end, and the silence too long. The peer throws at a command.
        for (let i = 0; i < 20; i++) {
          await toUs(peer, pair, [`${i}`]);
          await fromUs(pair, peer, [`${i}`]);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      });

      it('takes messages that no ring holds, and sends them', async () => {
        const small = stage.newContext({ arenaSize: 2 ** 24 });
        const pair = new Pair({ context: small, linger: 0 });
        const peer = new OlderPeer(await join(stage, pair, 'tcp', 'connects'), version);
        await peer.handshake('PAIR');
        const message = ['first', body(5_000_003), '', body(300), 'last'];
        for (let i = 0; i < 3; i++) {
          const sent = pair.send(message);
          expectSame(await peer.receive(), message);
          await sent;
          await fromUs(pair, peer, ['behind']);
          await toUs(peer, pair, message);
          await toUs(peer, pair, ['behind']);
        }
      });

      it('that leaves in the middle of a message leaves nothing of it', async () => {
        const pull = new Pull({ context });
        await pull.bind(ANY);
        const push = new Push({ context });
        push.connect(pull.lastEndpoint!);
        for (const cut of [1, 2, 9, 10, 11, 400, 700]) {
          const peer = await OlderPeer.connect(stage, pull.lastEndpoint!, version);
          await peer.handshake('PUSH');
          const torn = peer.encode('first', body(300), body(400)).subarray(0, cut);
          await peer.wire.write(peer.encode('whole'), torn);
          expectSame(await pull.receive(), ['whole']);
          peer.wire.reset();
          await peer.wire.closed;
          await push.send('other');
          expectSame(await pull.receive(), ['other']);
        }
      });

      it('is sent no message twice and none out of order, wherever its connection breaks', async () => {
        const listener = await WireListener.open(stage);
        const push = new Push({ context, reconnectInterval: 1, linger: 0 });
        push.connect(listener.endpoint);
        let sending = true;
        const sent = (async () => {
          for (let i = 0; sending; i++) await push.send(`${i}`.padStart(500, '0'));
        })();
        let last = -1;
        for (let connection = 0; connection < 20; connection++) {
          const peer = new OlderPeer(await listener.accept(), version);
          await peer.handshake('PULL');
          for (let i = 0; i < connection * 40; i++) {
            const message = await peer.receive();
            expect(message.map(({ length }) => length)).to.deep.equal([500]);
            expect(Number(String(message[0]))).to.be.greaterThan(last);
            last = Number(String(message[0]));
          }
          peer.wire.reset();
        }
        sending = false;
        push.close();
        await sent.catch(() => undefined);
      });

      it('is an event like any other', async () => {
        const pull = new Pull({ context });
        const { events } = pull;
        const peer = new OlderPeer(await join(stage, pull, 'tcp', 'binds'), version);
        await peer.handshake('PUSH');
        await toUs(peer, pull, ['message']);
        peer.wire.socket.end();
        expect(typesOf(await upTo(events, 'disconnect'))).to.deep.equal([
          'bind',
          'accept',
          'handshake',
          'disconnect',
        ]);
      });
    });
  }

  it('may come after one of another version, at the same endpoint', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, reconnectInterval: 1, linger: 0 });
    push.connect(listener.endpoint);
    for (const version of ['2.0', '3.1', '1.0', '2.0', '1.0', '3.1'] as const) {
      const wire = await listener.accept();
      const said = ['to', body(300), version];
      if (version === '3.1') {
        await wire.handshake('PULL');
        await push.send(said);
        for (const part of said) expectSame([(await wire.readFrame()).body], [part]);
      } else {
        const peer = new OlderPeer(wire, version);
        await peer.handshake('PULL');
        await fromUs(push, peer, said);
      }
      wire.reset();
    }
  });

  it('is told each topic once when it comes after one of another version', async () => {
    const listener = await WireListener.open(stage);
    const subscriber = new Subscriber({ context, reconnectInterval: 1 });
    subscriber.subscribe('A', 'B', 'A');
    subscriber.connect(listener.endpoint);
    for (const version of ['3.1', '2.0', '1.0', '3.1', '1.0'] as const) {
      const wire = await listener.accept();
      const heard: string[] = [];
      if (version === '3.1') {
        await wire.handshake('PUB');
        for (let i = 0; i < 2; i++) heard.push(String((await wire.readFrame()).body.subarray(1)));
        expect(heard).to.deep.equal(['SUBSCRIBEA', 'SUBSCRIBEB']);
        await wire.write(frame('A'));
      } else {
        const peer = new OlderPeer(wire, version);
        await peer.handshake('PUB');
        for (let i = 0; i < 2; i++) heard.push(String((await peer.receive())[0]));
        expect(heard).to.deep.equal(['\x01A', '\x01B']);
        await peer.send('A');
      }
      expectSame(await subscriber.receive(), ['A']);
      wire.reset();
    }
  });

  it('publishes to a SUB beside others of any version', async () => {
    const subscriber = new Subscriber({ context });
    subscriber.subscribe('A');
    await subscriber.bind(ANY);
    const old = await OlderPeer.connect(stage, subscriber.lastEndpoint!, '1.0');
    await old.handshake('PUB');
    expectSame(await old.receive(), ['\x01A']);
    const older = await OlderPeer.connect(stage, subscriber.lastEndpoint!, '2.0');
    await older.handshake('PUB');
    expectSame(await older.receive(), ['\x01A']);
    const today = await WirePeer.connect(stage, subscriber.lastEndpoint!);
    await today.handshake('PUB');
    expect(frame((await today.readFrame()).body, COMMAND)).to.deep.equal(command('SUBSCRIBE', 'A'));
    const library = new Publisher({ context });
    library.connect(subscriber.lastEndpoint!);
    await old.send('A by 1.0');
    await older.send('A by 2.0');
    await today.write(frame('A by 3.1'));
    await old.send('B');
    const heard = new Set<string>();
    while (heard.size < 4) {
      await library.send('A by the library');
      const message = subscriber.tryReceive();
      if (message === undefined) await setImmediate();
      else heard.add(String(message[0]));
    }
    expect([...heard].sort()).to.deep.equal([
      'A by 1.0',
      'A by 2.0',
      'A by 3.1',
      'A by the library',
    ]);
  });

  it('subscribes beside others of any version: those of ZMTP 1.0 get everything, others what they want', async () => {
    const publisher = new XPublisher({ context });
    await publisher.bind(ANY);
    const told = async (): Promise<string> => String((await publisher.receive())[0]);
    const old = await OlderPeer.connect(stage, publisher.lastEndpoint!, '1.0');
    await old.handshake('SUB');
    expect(await told()).to.equal('\x01');
    const older = await OlderPeer.connect(stage, publisher.lastEndpoint!, '2.0');
    await older.handshake('SUB');
    await older.send('\x01A');
    expect(await told()).to.equal('\x01A');
    const today = await WirePeer.connect(stage, publisher.lastEndpoint!);
    await today.handshake('SUB');
    await today.write(command('SUBSCRIBE', 'B'));
    expect(await told()).to.equal('\x01B');
    for (const text of ['A', 'B', 'C']) await publisher.send(text);
    for (const text of ['A', 'B', 'C']) expectSame(await old.receive(), [text]);
    expectSame(await older.receive(), ['A']);
    expectSame([(await today.readFrame()).body], ['B']);
    await older.send('\0A');
    await older.send('\x01C');
    expect(await told()).to.equal('\0A');
    expect(await told()).to.equal('\x01C');
    for (const text of ['A', 'C']) await publisher.send(text);
    expectSame(await older.receive(), ['C']);
    old.wire.reset();
    expect(await told()).to.equal('\0');
  });

  it('may have a greeting and yet the frames of ZMTP 1.0: then it says what it wants', async () => {
    const publisher = new XPublisher({ context });
    await publisher.bind(ANY);
    const wire = await WirePeer.connect(stage, publisher.lastEndpoint!);
    const peer = new OlderPeer(wire, '1.0');
    await wire.write(longLength(1n), Buffer.of(0x7f, 0, 2), v1Frame(''), v1Frame('\x01A'));
    expect(await hex(wire, 14)).to.equal('ff00000000000000017f' + '0309' + '0100');
    expect(String((await publisher.receive())[0])).to.equal('\x01A');
    for (const text of ['B', 'A']) await publisher.send(text);
    expectSame(await peer.receive(), ['A']);
  });
});

describe('A stranger that speaks an older version', () => {
  const stage = useTidyStage();
  let context: Context;
  let pull: Pull;
  let push: Push;

  beforeEach(async () => {
    context = stage.context;
    pull = new Pull({ context, maxMessageSize: 10_000 });
    await pull.bind(ANY);
    push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('before');
    await pull.receive();
  });

  async function everyoneElseIsServed(): Promise<void> {
    await push.send('friend');
    expectSame(await pull.receive(), ['friend']);
    expect(pull.tryReceive()).to.equal(undefined);
  }

  /** A header of ZMTP 2.0 that announces a body of this length. */
  function announcing(length: bigint): Buffer {
    const header = longLength(length);
    header[0] = LONG;
    return header;
  }

  /** The same of ZMTP 1.0, where the length is that of flags and body. */
  function announcingV1(length: bigint): Buffer {
    return Buffer.concat([longLength(length), Buffer.of(0)]);
  }

  const V2 = introduction('2.0', 'PUSH');
  const V1 = introduction('1.0', 'PUSH');
  const OFFENCES: Record<string, Buffer> = {
    'a socket type of ZMTP 2.0 that does not fit': introduction('2.0', 'PULL'),
    'a socket type of ZMTP 2.0 that does not exist': Buffer.concat([
      longLength(1n),
      Buffer.of(0x7f, 1, 42),
      frame(''),
    ]),
    'a socket type that does not fit, before the frames of ZMTP 1.0': Buffer.concat([
      longLength(1n),
      Buffer.of(0x7f, 0, 7),
      v1Frame(''),
    ]),
    'a routing id of 256 bytes in ZMTP 2.0': introduction('2.0', 'PUSH', 'x'.repeat(256)),
    'a routing id of 256 bytes in ZMTP 1.0': introduction('1.0', 'PUSH', 'x'.repeat(256)),
    'a routing id without end in ZMTP 2.0': Buffer.concat([
      longLength(1n),
      Buffer.of(0x7f, 1, 8),
      announcing(2n ** 40n),
    ]),
    'a routing id without end in ZMTP 1.0': announcingV1(2n ** 40n),
    'a frame of ZMTP 2.0 that is too large': Buffer.concat([V2, frame(Buffer.alloc(10_001))]),
    'a frame of ZMTP 1.0 that is too large': Buffer.concat([V1, v1Frame(Buffer.alloc(10_001))]),
    'a part in ZMTP 1.0 that is too large': Buffer.concat([
      V1,
      v1Frame('small', MORE),
      v1Frame(Buffer.alloc(10_001)),
    ]),
    'a frame of ZMTP 1.0 without flags': Buffer.concat([V1, v1Frame('fine'), Buffer.of(0, 0)]),
    'a long frame of ZMTP 1.0 without flags': Buffer.concat([V1, announcingV1(0n)]),
  };
  for (const [name, length] of [
    ['2^31', 2n ** 31n],
    ['2^32 + 1', 2n ** 32n + 1n],
    ['2^53 + 1', 2n ** 53n + 1n],
    ['2^63', 2n ** 63n],
    ['2^64 - 1', 2n ** 64n - 1n],
  ] as const) {
    OFFENCES[`the announcement of ${name} bytes in ZMTP 2.0`] = Buffer.concat([
      V2,
      announcing(length),
    ]);
    OFFENCES[`the announcement of ${name} bytes in ZMTP 1.0`] = Buffer.concat([
      V1,
      announcingV1(length),
    ]);
  }

  describe('is shown the door, and everyone else is served, when it sends', () => {
    for (const [name, bytes] of Object.entries(OFFENCES)) {
      it(name, async () => {
        const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
        void stranger.write(bytes);
        await stranger.closed;
        // What came before the offence in the same read may have been delivered, or not.
        while (pull.tryReceive() !== undefined);
        await everyoneElseIsServed();
      });
    }
  });

  it('may send a frame of maxMessageSize, the header not counted', async () => {
    for (const version of VERSIONS) {
      const peer = await OlderPeer.connect(stage, pull.lastEndpoint!, version);
      await peer.handshake('PUSH');
      await toUs(peer, pull, [body(10_000), body(10_000)]);
    }
  });

  it('may set any reserved bit of the flags: it means nothing', async () => {
    const v2 = await OlderPeer.connect(stage, pull.lastEndpoint!, '2.0');
    await v2.handshake('PUSH');
    await v2.wire.write(frame('first', MORE | 0xf8), frame(body(300), 0xf8), frame('end'));
    expectSame(await pull.receive(), ['first', body(300)]);
    expectSame(await pull.receive(), ['end']);
    const v1 = await OlderPeer.connect(stage, pull.lastEndpoint!, '1.0');
    await v1.handshake('PUSH');
    await v1.wire.write(v1Frame('first', 0xff), v1Frame(body(300), 0xfe), v1Frame('end'));
    expectSame(await pull.receive(), ['first', body(300)]);
    expectSame(await pull.receive(), ['end']);
  });

  it('may send what is a command in ZMTP 3: it is passed over, and not answered', async () => {
    const pair = new Pair({ context, linger: 0 });
    const peer = new OlderPeer(await join(stage, pair, 'tcp', 'binds'), '2.0');
    await peer.handshake('PAIR');
    // A PING that would end the connection, another that is malformed, and no command at all.
    await peer.wire.write(command('PING', '\0\x01x'), command('PING'), frame('', COMMAND));
    await toUs(peer, pair, ['behind']);
    await new Promise((resolve) => setTimeout(resolve, 150));
    await fromUs(pair, peer, ['next']);
  });

  for (const [name, bytes] of [
    ['says the first byte of a signature', 'ff'],
    ['says a signature but for its last byte', 'ff0000000000000001'],
    ['says a signature and no more', 'ff00000000000000017f'],
    ['says no socket type', 'ff00000000000000017f01'],
    ['says no routing id', 'ff00000000000000017f0108'],
    ['stops in the middle of its routing id', 'ff00000000000000017f0108000361'],
    ['says the first byte of a frame of ZMTP 1.0', '03'],
    ['stops in the middle of its routing id in ZMTP 1.0', '03006d'],
  ] as const) {
    it(`is shown the door after handshakeInterval when it ${name}`, async () => {
      const strict = new Pull({ context, handshakeInterval: 50 });
      const { events } = strict;
      const stranger = await join(stage, strict, 'tcp', 'binds');
      await stranger.write(Buffer.from(bytes, 'hex'));
      await stranger.closed;
      const told = await upTo(events, 'disconnect');
      expect(typesOf(told)).to.deep.equal([
        'bind',
        'accept',
        'handshake:error:other',
        'disconnect',
      ]);
      const { error } = told[2] as EventOfType<'handshake:error:other'>;
      expect(error).to.include({ code: 'EAGAIN' });
      await everyoneElseIsServed();
    });
  }

  it('is given up when it is connected to and has a socket type that does not fit', async () => {
    const other = new Push({ context, linger: 0, sendHighWaterMark: 0, reconnectInterval: 1 });
    const { events } = other;
    const stranger = await join(stage, other, 'tcp', 'connects');
    await stranger.write(introduction('2.0', 'PUB'));
    await stranger.closed;
    const told = await upTo(events, 'disconnect');
    const failed = told.at(-2) as EventOfType<'handshake:error:protocol'>;
    expect(failed.type).to.equal('handshake:error:protocol');
    expect(failed.error).to.include({ code: 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE' });
    while (other.trySend('nobody')) await setImmediate();
  });
});
