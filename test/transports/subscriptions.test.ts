import { once } from 'node:events';
import { expect } from 'chai';
import {
  ioStatistics,
  Publisher,
  Router,
  Subscriber,
  XPublisher,
  type Context,
} from '../../src/index.js';
import { useTidyStage, type Transport } from '../support/stage.js';
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

const WIRES: readonly Transport[] = ['ipc', 'tcp'];

describe('Subscriptions on the wire', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(transport: Transport = 'tcp', options = {}): Promise<XPublisher> {
    const publisher = new XPublisher({ context, ...options });
    await publisher.bind(stage.wildcard(transport));
    return publisher;
  }

  async function peer(publisher: XPublisher | Publisher): Promise<WirePeer> {
    const made = await WirePeer.connect(stage, publisher.lastEndpoint!);
    await made.handshake('SUB');
    return made;
  }

  async function text(publisher: XPublisher): Promise<string> {
    return String((await publisher.receive())[0]);
  }

  /** The bodies of the next frames, each a message or a command. */
  async function frames(from: WirePeer, count: number): Promise<[number, string][]> {
    const heard: [number, string][] = [];
    for (let i = 0; i < count; i++) {
      const { flags, body } = await from.readFrame();
      heard.push([flags, body.toString('latin1')]);
    }
    return heard;
  }

  it('are taken as commands and as messages, on any connection', async () => {
    const publisher = await bound();
    for (const minor of [0, 1]) {
      const one = await WirePeer.connect(stage, publisher.lastEndpoint!);
      await one.write(greeting({ minor }), ready('SUB'));
      await one.read(64);
      await one.readFrame();
      await one.write(command('SUBSCRIBE', `command ${minor}`), frame(`\x01message ${minor}`));
      expect(await text(publisher)).to.equal(`\x01command ${minor}`);
      expect(await text(publisher)).to.equal(`\x01message ${minor}`);
      await publisher.send(`command ${minor}!`);
      await publisher.send(`message ${minor}!`);
      expect(await frames(one, 2)).to.deep.equal([
        [0, `command ${minor}!`],
        [0, `message ${minor}!`],
      ]);
      await one.write(command('CANCEL', `message ${minor}`), frame(`\0command ${minor}`));
      expect(await text(publisher)).to.equal(`\0message ${minor}`);
      expect(await text(publisher)).to.equal(`\0command ${minor}`);
    }
  });

  for (const minor of [0, 1]) {
    it(`are said as ${minor === 0 ? 'messages' : 'commands'} to a publisher of ZMTP 3.${minor}`, async () => {
      const listener = await WireListener.open(stage);
      const subscriber = new Subscriber({
        context,
        heartbeatInterval: 5,
        heartbeatTimeout: 60_000,
      });
      subscriber.subscribe('A', Buffer.alloc(255, 't'));
      subscriber.connect(listener.endpoint);
      const publisher = await listener.accept();
      await publisher.write(greeting({ minor }), ready('PUB'));
      await publisher.read(64);
      await publisher.readFrame();
      const heard: [number, string][] = [];
      const next = async (): Promise<[number, string]> => {
        for (;;) {
          const [said] = await frames(publisher, 1);
          if (minor === 0 || !said![1].startsWith('\x04PING')) return said!;
          await publisher.write(command('PONG', said![1].slice(7)));
        }
      };
      for (let i = 0; i < 2; i++) heard.push(await next());
      subscriber.unsubscribe('A');
      heard.push(await next());
      const topic = 't'.repeat(255);
      expect(heard).to.deep.equal(
        minor === 0
          ? [
              [0, '\x01A'],
              [2, `\x01${topic}`],
              [0, '\0A'],
            ]
          : [
              [COMMAND, '\x09SUBSCRIBEA'],
              [COMMAND | 2, `\x09SUBSCRIBE${topic}`],
              [COMMAND, '\x06CANCELA'],
            ],
      );
      // A peer of 3.0 is never sent a PING; many would have been due by now.
      if (minor > 0) return;
      for (let i = 0; i < 20; i++) {
        await publisher.write(frame(`t${'t'.repeat(254)}${i}`));
        await subscriber.receive();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      subscriber.subscribe('last');
      expect(await next()).to.deep.equal([0, '\x01last']);
    });
  }

  for (const transport of WIRES) {
    it(`keep what nobody wants off the wire: bytes counted over ${transport}`, async () => {
      const publisher = new Publisher({ context });
      await publisher.bind(stage.wildcard(transport));
      const one = await peer(publisher);
      await one.write(command('SUBSCRIBE', 'wanted'), ping('subscribed'));
      expect(await frames(one, 1)).to.deep.equal([[COMMAND, '\x04PONGsubscribed']]);
      // The PONG says that the worker has passed it on; the socket takes it in when it is called.
      const sent = async (): Promise<number> => (await ioStatistics(context))[0]!.bytesSent;
      const before = await sent();
      const body = Buffer.alloc(1000);
      for (let i = 0; i < 1000; i++) await publisher.send(['unwanted', body]);
      await publisher.send('wanted');
      expect(await frames(one, 1)).to.deep.equal([[0, 'wanted']]);
      expect((await sent()) - before).to.equal(frame('wanted').length);
      expect(one.socket.bytesRead).to.be.lessThan(500);
    });
  }

  for (const [name, size] of [
    ['one by one', 1],
    ['in threes', 3],
    ['in pieces of 100', 100],
    ['at once', Infinity],
  ] as const) {
    it(`mean the same when their bytes come ${name}`, async () => {
      const publisher = await bound();
      const one = await WirePeer.connect(stage, publisher.lastEndpoint!);
      const long = 'l'.repeat(300);
      const stream = Buffer.concat([
        greeting(),
        ready('SUB'),
        command('SUBSCRIBE', 'A'),
        ping('1'),
        frame('\x01B'),
        command('SUBSCRIBE', long),
        frame(`\x01m${long}`),
        ping('2'),
        frame('user', MORE),
        ping('3'),
        frame('message'),
        command('CANCEL', long),
        frame('\0B'),
      ]);
      for (let at = 0; at < stream.length; at += size) {
        await one.write(stream.subarray(at, at + size));
      }
      const expected = ['\x01A', '\x01B', `\x01${long}`, `\x01m${long}`, 'user|message'];
      for (const said of [...expected, `\0${long}`, '\0B']) {
        expect((await publisher.receive()).map(String).join('|')).to.equal(said);
      }
    });
  }

  it('count as whole, whatever MORE says', async () => {
    const publisher = await bound();
    const one = await peer(publisher);
    const more = command('SUBSCRIBE', 'A');
    more[0]! |= MORE;
    await one.write(more, command('SUBSCRIBE', 'B'));
    expect(await text(publisher)).to.equal('\x01A');
    expect(await text(publisher)).to.equal('\x01B');
    await publisher.send('A');
    expect(await frames(one, 1)).to.deep.equal([[0, 'A']]);
  });

  it('within a message cost their sender the connection, and nobody else anything', async () => {
    const publisher = await bound();
    const good = await peer(publisher);
    await good.write(command('SUBSCRIBE', 'A'));
    expect(await text(publisher)).to.equal('\x01A');
    const bad = await peer(publisher);
    await bad.write(frame('first part', MORE), command('SUBSCRIBE', 'B'));
    await bad.closed;
    await publisher.send('A still');
    expect(await frames(good, 1)).to.deep.equal([[0, 'A still']]);
    expect(publisher.tryReceive()).to.equal(undefined);
  });

  it('to a socket that publishes nothing mean nothing', async () => {
    const subscriber = new Subscriber({ context });
    subscriber.subscribe('A');
    await subscriber.bind('tcp://127.0.0.1:*');
    const one = await WirePeer.connect(stage, subscriber.lastEndpoint!);
    await one.handshake('PUB');
    await one.write(command('SUBSCRIBE', 'A'), command('ATTACHED'), command('ROUTING-ID', 'A'));
    await one.write(frame('A1'));
    expect(String((await subscriber.receive())[0])).to.equal('A1');
    expect(subscriber.tryReceive()).to.equal(undefined);
  });

  it('without end are taken in with everybody else’s, and never overtake the application', async () => {
    const publisher = await bound('tcp', { receiveHighWaterMark: 100 });
    const flooder = await peer(publisher);
    const good = await peer(publisher);
    const flood = Buffer.concat(
      Array.from({ length: 1000 }, (_, i) => command('SUBSCRIBE', `flood ${i} `.padEnd(200))),
    );
    const times = 150;
    for (let i = 0; i < times; i++) flooder.socket.write(flood);
    // Nothing is received: our worker takes in less and less of it, and then no more.
    let taken = 0;
    for (let unmoved = 0; unmoved < 100;) {
      await good.write(ping('good'));
      await frames(good, 1);
      const now = (await ioStatistics(context))[0]!.bytesReceived;
      if (now - taken === ping('good').length) unmoved++;
      else unmoved = 0;
      taken = now;
    }
    expect(taken).to.be.lessThan((flood.length * times) / 4);
    await good.write(command('SUBSCRIBE', 'good'), ping('good'));
    expect(await frames(good, 1)).to.deep.equal([[COMMAND, '\x04PONGgood']]);
    await new Promise((resolve) => setImmediate(resolve));
    await publisher.send('good');
    expect(await frames(good, 1)).to.deep.equal([[0, 'good']]);
    flooder.socket.destroy();
    await once(flooder.socket, 'close');
  });

  it('without end do not hold a PUB whose thread only sends', async () => {
    const publisher = new Publisher({ context });
    await publisher.bind('tcp://127.0.0.1:*');
    const good = await peer(publisher);
    await good.write(command('SUBSCRIBE', 'good'), ping('good'));
    await frames(good, 1);
    const endless = stage.process(
      async (_library, line, port: number) => {
        const { connect } = await import('node:net');
        const say = (name: string, rest: string, flags: number): Buffer => {
          const body = Buffer.concat([
            Buffer.of(name.length),
            Buffer.from(name),
            Buffer.from(rest),
          ]);
          return Buffer.concat([Buffer.of(flags, body.length), body]);
        };
        const hello = Buffer.alloc(64);
        hello.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1]);
        hello.write('NULL', 12);
        const socket = connect({ port, host: '127.0.0.1' });
        const again = Buffer.concat(
          Array.from({ length: 10_000 }, () => [
            say('SUBSCRIBE', 'x', 4),
            say('CANCEL', 'x', 4),
          ]).flat(),
        );
        socket.on('error', () => undefined);
        socket.write(Buffer.concat([hello, say('READY', '\x0bSocket-Type\0\0\0\x03SUB', 4)]));
        const go = (): void => {
          while (socket.write(again));
        };
        socket.on('drain', go);
        go();
        line.post('flooding');
      },
      Number(/\d+$/.exec(publisher.lastEndpoint!)![0]),
    );
    await endless.next();
    const before = (await ioStatistics(context))[0]!.bytesReceived;
    for (;;) {
      publisher.sendSync('x');
      await new Promise((resolve) => setImmediate(resolve));
      if ((await ioStatistics(context))[0]!.bytesReceived > before + 2 ** 22) break;
    }
    await publisher.send('good');
    expect(await frames(good, 1)).to.deep.equal([[0, 'good']]);
  });

  it('are said again after a reconnection, each topic once, while the thread computes', async () => {
    const listener = await WireListener.open(stage);
    // In its own context, whose thread will block.
    const busy = stage.thread(
      async ({ Context: OwnContext, Subscriber: Sub }, line, endpoint: string) => {
        const own = new OwnContext();
        const subscriber = new Sub({ context: own, reconnectInterval: 10 });
        subscriber.subscribe('A', 'B', 'A', 'C');
        subscriber.connect(endpoint);
        const until = new Int32Array((await line.next()) as SharedArrayBuffer);
        subscriber.unsubscribe('C');
        subscriber.subscribe('D');
        line.post('computing');
        Atomics.wait(until, 0, 0);
        line.post(String(subscriber.receiveSync()[0]));
        await own.destroy();
      },
      listener.endpoint,
    );
    const first = await listener.accept();
    await first.handshake('PUB');
    await frames(first, 3);
    const until = new Int32Array(new SharedArrayBuffer(4));
    busy.post(until.buffer);
    expect(await busy.next()).to.equal('computing');
    expect(await frames(first, 2)).to.deep.equal([
      [COMMAND, '\x06CANCELC'],
      [COMMAND, '\x09SUBSCRIBED'],
    ]);
    first.reset();
    for (let round = 0; round < 3; round++) {
      const next = await listener.accept();
      await next.handshake('PUB');
      expect((await frames(next, 3)).map(([, body]) => body).sort()).to.deep.equal([
        '\x09SUBSCRIBEA',
        '\x09SUBSCRIBEB',
        '\x09SUBSCRIBED',
      ]);
      // Nothing more is said: the answer to a PING comes next.
      await next.write(ping('more?'));
      expect(await frames(next, 1)).to.deep.equal([[COMMAND, '\x04PONGmore?']]);
      if (round === 2) await next.write(frame('Done'));
      else next.reset();
    }
    Atomics.store(until, 0, 1);
    Atomics.notify(until, 0);
    expect(await busy.next()).to.equal('Done');
    await busy.ended;
  });
});

describe('Routing ids on the wire', () => {
  const stage = useTidyStage();

  for (const [name, id] of [
    ['of 256 bytes', 'x'.repeat(256)],
    ['that begins with 0', '\0mine'],
  ] as const) {
    it(`${name} cost their bearer the connection, and nobody else anything`, async () => {
      const { context } = stage;
      const router = new Router({ context });
      await router.bind('tcp://127.0.0.1:*');
      const good = await WirePeer.connect(stage, router.lastEndpoint!);
      await good.handshake('DEALER', ['Identity', 'good']);
      for (let i = 0; i < 10; i++) {
        const bad = await WirePeer.connect(stage, router.lastEndpoint!);
        await bad.write(greeting(), ready('DEALER', ['Identity', id]), frame('never'));
        await bad.closed;
      }
      await good.write(frame('hello'));
      expect((await router.receive()).map(String)).to.deep.equal(['good', 'hello']);
      expect(router.tryReceive()).to.equal(undefined);
      expect(pipesOf(router)).to.equal(1);
      expect((await ioStatistics(context))[0]!.sessions).to.equal(1);
    });
  }

  it('of 255 bytes, and any that begin with another byte, are as they are', async () => {
    const router = new Router({ context: stage.context });
    await router.bind('tcp://127.0.0.1:*');
    for (const id of ['x'.repeat(255), '\x01', '\x7f\0']) {
      const one = await WirePeer.connect(stage, router.lastEndpoint!);
      await one.handshake('DEALER', ['Identity', id]);
      await one.write(frame('hello'));
      expect((await router.receive()).map(String)).to.deep.equal([id, 'hello']);
    }
  });

  it('are forgotten with peers that came while another had theirs, and left', async () => {
    const { context } = stage;
    const router = new Router({ context });
    await router.bind('tcp://127.0.0.1:*');
    const holder = await WirePeer.connect(stage, router.lastEndpoint!);
    await holder.handshake('DEALER', ['Identity', 'A']);
    await holder.write(frame('holder'));
    expect((await router.receive()).map(String)).to.deep.equal(['A', 'holder']);
    for (let i = 0; i < 10; i++) {
      const newcomer = await WirePeer.connect(stage, router.lastEndpoint!);
      await newcomer.handshake('DEALER', ['Identity', 'A']);
      await newcomer.write(frame('never read'));
      newcomer.socket.end();
      await newcomer.closed;
    }
    while ((await ioStatistics(context))[0]!.sessions > 1);
    while (pipesOf(router) > 1) await new Promise((resolve) => setImmediate(resolve));
    await holder.write(frame('still'));
    expect((await router.receive()).map(String)).to.deep.equal(['A', 'still']);
  });
});

/** How many pipes of a ROUTER the application's thread knows: data, room and end node of each. */
function pipesOf(router: Router): number {
  const { core } = router as unknown as { core: { thread: { nodes: Map<number, unknown> } } };
  return core.thread.nodes.size / 3;
}
