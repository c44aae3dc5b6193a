import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import {
  Dealer,
  Pair,
  Poller,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  type Context,
  type Readable,
  type Socket,
  type Writable,
} from '../../src/index.js';
import { body, digest } from '../support/bodies.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage, type Transport } from '../support/stage.js';
import { COMMAND, frame, MORE, ping, WireListener, WirePeer } from '../support/wire-peer.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];
/** The least there is: a pipe holds messages up to 2 MiB whole. */
const SMALL_ARENA = 2 ** 24;
/** More than a pipe and both kernels hold, and no multiple of anything. */
const LONG = 20_000_003;
const LONG_BODY = body(LONG);
const MESSAGE = ['first', LONG_BODY, '', 'last'];
/** The same, for tests in which it gets through. */
const IN_PIECES = ['first', body(5_000_003), '', 'last'];

/** Two sockets of a pattern whose sender waits for room. */
interface Ends {
  readonly from: Socket & Writable;
  readonly to: Socket & Readable;
  /** What the sender puts before a message. */
  readonly envelope?: readonly string[];
  /** Once they are connected. */
  readonly meet?: () => Promise<void>;
  /** After each message, before the next. */
  readonly answer?: () => Promise<void>;
}

const PATTERNS: Record<string, (context: Context) => Ends> = {
  'PUSH to PULL': (context) => ({ from: new Push({ context }), to: new Pull({ context }) }),
  'DEALER to DEALER': (context) => ({ from: new Dealer({ context }), to: new Dealer({ context }) }),
  'PAIR to PAIR': (context) => ({ from: new Pair({ context }), to: new Pair({ context }) }),
  'REQ to REP': (context) => {
    const [from, to] = [new Request({ context }), new Reply({ context })];
    const answer = async (): Promise<void> => {
      await to.send('answer');
      await from.receive();
    };
    return { from, to, answer };
  },
  'ROUTER with mandatory to DEALER': (context) => {
    const from = new Router({ context, mandatory: true });
    const to = new Dealer({ context, routingId: 'peer' });
    // A ROUTER knows its peer once that has said something.
    const meet = async (): Promise<void> => {
      await to.send('here');
      await from.receive();
    };
    return { from, to, meet, envelope: ['peer'] };
  },
};

describe('A message too long for a pipe', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.newContext({ arenaSize: SMALL_ARENA });
  });

  async function pipeline(
    transport: Transport,
    options: { sendTimeout?: number } = {},
  ): Promise<[Push, Pull]> {
    const pull = new Pull({ context });
    await pull.bind(stage.wildcard(transport));
    const push = new Push({ context, ...options });
    push.connect(pull.lastEndpoint!);
    return [push, pull];
  }

  async function expectNext(pull: Readable, ...message: (string | Buffer)[]): Promise<void> {
    const parts = message.map((part) => digest(Buffer.from(part as Buffer)));
    expect((await pull.receive()).map(digest)).to.deep.equal(parts);
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      for (const [name, pattern] of Object.entries(PATTERNS)) {
        it(`goes in pieces, and arrives whole and in its place: ${name}`, async () => {
          const { from, to, envelope = [], meet, answer } = pattern(context);
          await to.bind(stage.wildcard(transport));
          from.connect(to.lastEndpoint!);
          await meet?.();
          for (const message of [['before'], IN_PIECES, ['between'], IN_PIECES, ['behind']]) {
            const sent = from.send([...envelope, ...message]);
            await expectNext(to, ...message);
            await sent;
            await answer?.();
          }
        });
      }

      it('is received into the caller’s memory, and so is what comes behind it', async () => {
        const [push, pull] = await pipeline(transport);
        const long = body(5_000_003);
        const sent = Promise.all([push.send(long), push.send('behind')]);
        const target = Buffer.alloc(long.length + 1);
        const poller = new Poller();
        poller.add(pull);
        await poller.wait();
        expect(pull.receiveIntoSync(target)).to.deep.equal([long.length]);
        expect(digest(target.subarray(0, long.length))).to.equal(digest(long));
        await poller.wait();
        expect(pull.receiveIntoSync(target)).to.deep.equal([6]);
        expect(target.toString('latin1', 0, 6)).to.equal('behind');
        await sent;
      });

      it('is sent by a call that blocks, to one that blocks', async () => {
        const endpoint = await stage.agreed(transport);
        const sender = stage.thread(
          (
            { Context, Push },
            line,
            [handle, endpoint, length]: [SharedArrayBuffer, string, number],
          ) => {
            const push = new Push({ context: Context.attach(handle) });
            push.connect(endpoint);
            push.sendSync(['first', Buffer.alloc(length, 'long'), 'last']);
            push.sendSync('behind');
            push.close();
            line.post('sent');
          },
          [context.handle, endpoint, LONG],
        );
        const pull = new Pull({ context });
        await pull.bind(endpoint);
        const [first, long, last] = pull.receiveSync();
        expect([String(first), digest(long!), String(last)]).to.deep.equal([
          'first',
          digest(Buffer.alloc(LONG, 'long')),
          'last',
        ]);
        expect(String(pull.receiveSync())).to.equal('behind');
        await sender.next();
      });

      it('is taken back when its sender gives up: timeout, signal, shutdown of the socket', async () => {
        const [push, pull] = await pipeline(transport, { sendTimeout: 50 });
        // Nobody receives, so it cannot get through.
        await failure('EAGAIN', () => push.send(MESSAGE));
        failureNow('EAGAIN', () => push.sendSync(MESSAGE));
        push.sendTimeout = -1;
        const controller = new AbortController();
        const aborted = push.send(MESSAGE, { signal: controller.signal });
        const behind = push.send('behind');
        controller.abort(new Error('enough'));
        expect(await aborted.catch((error: unknown) => (error as Error).message)).to.equal(
          'enough',
        );
        await behind;
        await expectNext(pull, 'behind');
        const closed = failure('EAGAIN', () => push.send(MESSAGE));
        push.close();
        await closed;
        const other = new Push({ context });
        other.connect(pull.lastEndpoint!);
        await other.send('other');
        await expectNext(pull, 'other');
      });

      it('leaves nothing of itself when its sender’s thread is terminated in the middle', async () => {
        const pull = new Pull({ context });
        await pull.bind(stage.wildcard(transport));
        const sender = stage.thread(
          (
            { Context, Push },
            line,
            [handle, endpoint, length]: [SharedArrayBuffer, string, number],
          ) => {
            const push = new Push({ context: Context.attach(handle) });
            push.connect(endpoint);
            push.sendSync('before');
            const long = Buffer.alloc(length);
            line.post('begins');
            push.sendSync(long);
          },
          [context.handle, pull.lastEndpoint!, LONG],
        );
        await sender.next();
        await expectNext(pull, 'before');
        // It waits for room now, or will: nobody receives.
        await sender.kill();
        const push = new Push({ context });
        push.connect(pull.lastEndpoint!);
        await push.send('behind');
        await expectNext(pull, 'behind');
      });

      it('goes whole to another peer when the first one leaves in the middle', async () => {
        const [push, first] = await pipeline(transport);
        await push.send('before');
        await expectNext(first, 'before');
        const sent = push.send(MESSAGE);
        const second = new Pull({ context });
        await second.bind(stage.wildcard(transport));
        push.connect(second.lastEndpoint!);
        first.close();
        // The connecter of ipc and tcp keeps what was begun for its endpoint, as libzmq does.
        if (transport !== 'inproc') push.disconnect(first.lastEndpoint!);
        await expectNext(second, ...MESSAGE);
        await sent;
      });

      it('counts as one message at the high-water mark', async () => {
        const pull = new Pull({ context, receiveHighWaterMark: 1 });
        await pull.bind(stage.wildcard(transport));
        const push = new Push({ context, sendHighWaterMark: 1 });
        push.connect(pull.lastEndpoint!);
        const sent = [IN_PIECES, ['1'], IN_PIECES, ['2'], IN_PIECES].map((message) =>
          push.send(message),
        );
        for (const message of [IN_PIECES, ['1'], IN_PIECES, ['2'], IN_PIECES]) {
          await expectNext(pull, ...message);
        }
        await Promise.all(sent);
      });
    });
  }

  it('is refused by calls that do not wait, and by patterns that drop: EMSGSIZE', async () => {
    const [push] = await pipeline('inproc');
    failureNow('EMSGSIZE', () => push.trySend(MESSAGE));
    push.sendTimeout = 0;
    await failure('EMSGSIZE', () => push.send(MESSAGE));
    failureNow('EMSGSIZE', () => push.sendSync(MESSAGE));

    const publisher = new Publisher({ context });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context });
    subscriber.connect(publisher.lastEndpoint!);
    subscriber.subscribe('');
    await failure('EMSGSIZE', () => publisher.send(MESSAGE));
    failureNow('EMSGSIZE', () => publisher.sendSync(MESSAGE));

    const router = new Router({ context });
    router.connect(stage.inproc(), { routingId: 'peer' });
    await failure('EMSGSIZE', () => router.send(['peer', ...MESSAGE]));

    const reply = new Reply({ context });
    await reply.bind(stage.inproc());
    const request = new Request({ context });
    request.connect(reply.lastEndpoint!);
    await request.send('question');
    await reply.receive();
    await failure('EMSGSIZE', () => reply.send(MESSAGE));
    // It can still answer with something shorter.
    await reply.send('answer');
    await expectNext(request, 'answer');
  });

  it('passes through a proxy', async () => {
    const [front, back] = [new Pull({ context }), new Push({ context })];
    await front.bind(stage.wildcard('tcp'));
    await back.bind(stage.wildcard('tcp'));
    const proxy = new Proxy(front, back);
    const over = proxy.run();
    const push = new Push({ context });
    push.connect(front.lastEndpoint!);
    const pull = new Pull({ context });
    pull.connect(back.lastEndpoint!);
    const sent = push.send(IN_PIECES);
    await expectNext(pull, ...IN_PIECES);
    await sent;
    proxy.terminate();
    await over;
  });

  it('leaves the memory of the arena as it was', async () => {
    const [push, pull] = await pipeline('inproc');
    for (let i = 0; i < 3; i++) {
      const sent = push.send(IN_PIECES);
      await expectNext(pull, ...IN_PIECES);
      await sent;
    }
    const free = (): number => context.stats().arena.freePages;
    const before = free();
    for (let i = 0; i < 10; i++) {
      const sent = push.send(IN_PIECES);
      await expectNext(pull, ...IN_PIECES);
      await sent;
    }
    expect(free()).to.equal(before);
  });

  describe('from a stranger', () => {
    async function stranger(pull: Socket, type = 'PUSH'): Promise<WirePeer> {
      await pull.bind('tcp://127.0.0.1:*');
      const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
      await peer.handshake(type);
      return peer;
    }

    it('is received whole, in whatever portions it comes', async () => {
      const pull = new Pull({ context });
      const peer = await stranger(pull);
      const bytes = Buffer.concat([
        frame('first', MORE),
        frame(LONG_BODY, MORE),
        frame('', MORE),
        frame('last'),
        frame('behind'),
      ]);
      const sent = (async () => {
        for (let at = 0, portion = 1; at < bytes.length; at += portion, portion *= 3) {
          await peer.write(bytes.subarray(at, at + portion));
        }
      })();
      await expectNext(pull, ...MESSAGE);
      await expectNext(pull, 'behind');
      await sent;
    });

    it('is forgotten when its connection breaks in the middle', async () => {
      const pull = new Pull({ context });
      const peer = await stranger(pull);
      void peer.write(frame('first', MORE), frame(LONG_BODY).subarray(0, LONG / 2));
      // Until some of it is on its way to the application.
      while (context.stats().pipes.every(({ bytes }) => bytes === 0)) await setImmediate();
      expect(pull.tryReceive()).to.equal(undefined);
      peer.reset();
      await peer.closed;
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      await push.send('other');
      await expectNext(pull, 'other');
    });

    it('costs no memory before its bytes have come', async () => {
      const pull = new Pull({ context });
      const peer = await stranger(pull);
      const before = process.memoryUsage().arrayBuffers;
      // A frame of nearly 4 GiB, it says.
      void peer.write(Buffer.from([2, 0, 0, 0, 0, 0xf0, 0, 0, 0]), body(100_000));
      while (context.stats().pipes.every(({ bytes }) => bytes === 0)) await setImmediate();
      expect(pull.tryReceive()).to.equal(undefined);
      expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(16 * 2 ** 20);
    });

    /** Receives until the peer's connection is gone: what is not received is not read from the kernel. */
    async function expectClosed(peer: WirePeer, pull: Pull): Promise<void> {
      let closed = false;
      void peer.closed.then(() => (closed = true));
      while (!closed) {
        expect(pull.tryReceive()).to.equal(undefined);
        await setImmediate();
      }
    }

    it('has the limit that maxMessageSize sets', async () => {
      const pull = new Pull({ context, maxMessageSize: LONG - 1 });
      const peer = await stranger(pull);
      void peer.write(frame(LONG_BODY));
      await expectClosed(peer, pull);
    });

    it('has the limit that maxMessageSize sets for its parts together, too', async () => {
      const pull = new Pull({ context, maxMessageSize: 2 ** 20 });
      const peer = await stranger(pull);
      const part = frame(body(2 ** 20), MORE);
      for (let i = 0; i < 9; i++) void peer.write(part);
      await expectClosed(peer, pull);
    });

    it('costs the connection to a publisher, which takes no messages', async () => {
      const peer = await stranger(new Publisher({ context }), 'SUB');
      void peer.write(frame(LONG_BODY));
      await peer.closed;
    });

    it('costs the connection if no Buffer is as long as it says', async () => {
      const peer = await stranger(new Pull({ context }));
      await peer.write(Buffer.from([2, 0xff, 0, 0, 0, 0, 0, 0, 0]));
      await peer.closed;
    });

    it('may have PINGs between its parts, which are answered', async () => {
      const pull = new Pull({ context });
      const peer = await stranger(pull);
      const parts = Array.from({ length: 9 }, (_, i) => body(2 ** 19, i));
      const bytes = parts.flatMap((part, i) => [ping(String(i)), frame(part, i < 8 ? MORE : 0)]);
      const sent = peer.write(...bytes, ping('end'));
      await expectNext(pull, ...parts);
      for (let i = 0; i < 9; i++) {
        expect(String((await peer.readFrame()).body)).to.equal(`\x04PONG${i}`);
      }
      expect(String((await peer.readFrame()).body)).to.equal('\x04PONGend');
      await sent;
    });

    it('costs the connection if a command in it is none', async () => {
      const pull = new Pull({ context });
      const peer = await stranger(pull);
      void peer.write(frame(LONG_BODY, MORE), frame(Buffer.from([200, 1]), COMMAND));
      await expectClosed(peer, pull);
    });

    it('has the limit that maxMessageSize sets for empty parts, too', async () => {
      const pull = new Pull({ context, maxMessageSize: 1000 });
      const peer = await stranger(pull);
      const parts = Buffer.alloc(2 ** 21 + 4, Buffer.from([1, 0]));
      void peer.write(parts);
      await expectClosed(peer, pull);
    });
  });

  describe('that its sender has taken back', () => {
    let push: Push;

    beforeEach(() => {
      push = new Push({ context, reconnectInterval: 1, sendTimeout: 20 });
    });

    async function takeBack(): Promise<void> {
      await failure('EAGAIN', () => push.send(MESSAGE));
      push.sendTimeout = -1;
    }

    it('holds up no end, though its peer never comes', async () => {
      push.connect(await stage.freeEndpoint());
      await takeBack();
      push.close();
      await context.terminate();
    });

    it('holds up no end when it was closed in the middle', async () => {
      push.connect(await stage.freeEndpoint());
      push.sendTimeout = -1;
      const closed = failure('EAGAIN', () => push.send(MESSAGE));
      push.close();
      await closed;
      await context.terminate();
    });

    it('costs no connection when nothing of it has gone out', async () => {
      const endpoint = await stage.freeEndpoint();
      push.connect(endpoint);
      await takeBack();
      await push.send('behind');
      const pull = new Pull({ context });
      const events: string[] = [];
      for (const type of ['accept', 'disconnect'] as const) {
        pull.events.on(type, () => events.push(type));
      }
      await pull.bind(endpoint);
      await expectNext(pull, 'behind');
      await push.send('again');
      await expectNext(pull, 'again');
      expect(events).to.deep.equal(['accept']);
    });

    for (const end of ['binds', 'connects', 'connects with immediate'] as const) {
      it(`takes along nothing that is sent behind it, when the sender ${end}`, async () => {
        const pull = new Pull({ context, reconnectInterval: 1 });
        if (end === 'binds') {
          await push.bind('tcp://127.0.0.1:*');
          pull.connect(push.lastEndpoint!);
        } else {
          push.immediate = end === 'connects with immediate';
          await pull.bind('tcp://127.0.0.1:*');
          push.connect(pull.lastEndpoint!);
        }
        push.sendTimeout = -1;
        await push.send('before');
        push.sendTimeout = 20;
        await takeBack();
        const sent = ['1', '2', '3', '4', '5'].map((text) => push.send(text));
        await expectNext(pull, 'before');
        for (const text of ['1', '2', '3', '4', '5']) await expectNext(pull, text);
        await Promise.all(sent);
      });
    }

    it('leaves a ROUTER usable that is no longer mandatory', async () => {
      const router = new Router({ context, mandatory: true });
      const dealer = new Dealer({ context, routingId: 'peer' });
      await dealer.bind(stage.inproc());
      router.connect(dealer.lastEndpoint!);
      await dealer.send('here');
      await router.receive();
      const sent = router.send(['peer', ...IN_PIECES]);
      router.mandatory = false;
      await expectNext(dealer, ...IN_PIECES);
      await sent;
      await router.send(['peer', 'behind']);
      await expectNext(dealer, 'behind');
      expect(router.dropped).to.equal(0);
    });
  });

  it('is given up when its peer takes no more of it, if there are heartbeats', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, heartbeatInterval: 20, linger: 0 });
    const { events } = push;
    push.connect(listener.endpoint);
    const sent = push.send(['first', body(50_000_000)]);
    const peer = await listener.accept();
    await peer.handshake('PULL');
    peer.socket.pause();
    while ((await events.receive()).type !== 'disconnect');
    peer.reset();
    // The next connection is not told the rest, so the send comes to its end.
    await (await listener.accept()).handshake('PULL');
    await sent;
  });

  describe('to a peer whose connection breaks in the middle', () => {
    async function begun(): Promise<[Push, WireListener, Promise<void>]> {
      const listener = await WireListener.open(stage);
      const push = new Push({ context, reconnectInterval: 1, linger: 0 });
      push.connect(listener.endpoint);
      const sent = push.send(MESSAGE);
      const peer = await listener.accept();
      await peer.handshake('PULL');
      await peer.read(100_000);
      peer.socket.pause();
      peer.reset();
      return [push, listener, sent];
    }

    it('is not sent again, nor anything of it; the next message is', async () => {
      const [push, listener, sent] = await begun();
      const peer = await listener.accept();
      await peer.handshake('PULL');
      await sent;
      await push.send('behind');
      expect(String((await peer.readFrame()).body)).to.equal('behind');
    });

    it('is reported as dropped', async () => {
      const [, listener, sent] = await begun();
      await (await listener.accept()).handshake('PULL');
      await sent;
      const { sockets } = await context.destroy();
      expect(sockets.map(({ flushed, dropped }) => [flushed, dropped])).to.deep.equal([[0, 1]]);
    });
  });

  it('breaks the connection when it is taken back after some of it has gone out', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, reconnectInterval: 1, linger: 0 });
    push.connect(listener.endpoint);
    const controller = new AbortController();
    const aborted = push.send(MESSAGE, { signal: controller.signal }).catch(() => 'aborted');
    const first = await listener.accept();
    await first.handshake('PULL');
    await first.read(100_000);
    controller.abort();
    expect(await aborted).to.equal('aborted');
    await first.closed;
    const second = await listener.accept();
    await second.handshake('PULL');
    await push.send('behind');
    expect(String((await second.readFrame()).body)).to.equal('behind');
  });

  it('ends with ETERM when the context is shut down in the middle', async () => {
    const [push, pull] = await pipeline('tcp');
    const sent = failure('ETERM', () => push.send(MESSAGE));
    context.shutdown();
    await sent;
    push.close(0);
    pull.close();
    await context.terminate();
  });
});

describe('A message for which there is no memory', () => {
  const stage = useTidyStage();

  it('goes in pieces through what its pipe has, and is received whole', async () => {
    const context = stage.newContext({ arenaSize: SMALL_ARENA });
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('its first segment');
    await pull.receive();
    const leases = [];
    try {
      for (;;) leases.push(context.allocate(65_536));
    } catch (error) {
      expect((error as { code: string }).code).to.equal('ENOMEM');
    }
    expect(push.trySend(body(500_000))).to.equal(false);
    const sent = push.send(['a', body(500_000)]);
    expect((await pull.receive()).map(digest)).to.deep.equal(
      [Buffer.from('a'), body(500_000)].map(digest),
    );
    await sent;
    for (const lease of leases) lease.release();
  });
});
