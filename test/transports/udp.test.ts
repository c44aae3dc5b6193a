import { expect } from 'chai';
import type { Socket as PlainSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { ioStatistics, Pull, Push, type Context, type IoStatistics } from '../../src/index.js';
import { Datagram, Dish, Radio } from '../../src/draft.js';
import { coreOf } from '../../src/runtime/context/context.js';
import {
  freeUdpPort,
  MULTICAST,
  nextDatagram,
  loopback,
  outerAddress,
  plainSocket,
  sendPlain,
} from '../support/datagrams.js';
import { failure, failureNow } from '../support/expect-error.js';
import { turn } from '../support/heard.js';
import { portOf, useTidyStage } from '../support/stage.js';

const UNICAST = 'udp://127.0.0.1';
/** An address of documentation, and so of no interface here: nothing can be sent through it. */
const NOT_OURS = 'udp://198.51.100.7;239.192.7.1:5555';
/** A datagram of a RADIO with one letter for a group. */
const datagram = (group: string, body: string): Buffer => Buffer.from(`\x01${group}${body}`);

/** Milliseconds: slowly enough for what is under way to stay far below the marks. */
const BETWEEN_TRIES = 1;

let messages = 0;

describe('udp', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(endpoint: string, ...groups: string[]): Promise<Dish> {
    const dish = new Dish({ context });
    dish.join(...groups);
    await dish.bind(`${endpoint}:*`);
    return dish;
  }

  function connected(endpoint: string | null, options = {}): Radio {
    const radio = new Radio({ context, linger: 0, ...options });
    radio.connect(endpoint!);
    return radio;
  }

  /**
   * Sends to a group until it is heard, because udp promises nothing. Answers what came before it that was no
   * repetition.
   */
  async function arrives(radio: Radio, dish: Dish, group: string): Promise<string[]> {
    const text = `message ${++messages}`;
    const others: string[] = [];
    for (;;) {
      await radio.send(text, { group });
      await pause(BETWEEN_TRIES);
      for (let next = dish.tryReceive(); next !== undefined; next = dish.tryReceive()) {
        const body = String(next[0]);
        if (body === text) {
          expect(String(next[1].group)).to.equal(group);
          return others;
        }
        if (!body.startsWith('message ')) others.push(body);
      }
    }
  }

  async function statistics(): Promise<IoStatistics> {
    for (;;) {
      const [worker] = await ioStatistics(context);
      if (worker !== undefined) return worker;
      await turn();
    }
  }

  /** Resolves when the I/O worker has counted so many: it is asked again and again, nobody tells. */
  async function untilCounted(
    what: 'datagramsDropped' | 'datagramsIgnored' | 'datagramsUnsent',
    count: number,
    meanwhile: () => Promise<unknown> = turn,
  ): Promise<void> {
    while ((await statistics())[what] < count) await meanwhile();
  }

  for (const [name, endpoint] of [
    ['unicast', UNICAST],
    ['multicast', MULTICAST],
  ] as const) {
    describe(`as ${name}`, () => {
      it('takes messages to those who have joined their group', async () => {
        const dish = await bound(endpoint, 'a', 'all', '');
        const radio = connected(dish.lastEndpoint);
        for (const group of ['b', 'A', 'al']) await radio.send('for nobody', { group });
        for (const group of ['a', 'all', '']) {
          expect(await arrives(radio, dish, group)).to.deep.equal([]);
        }
      });

      it('takes what was sent before anybody was there to nobody, and what comes later to him', async () => {
        const port = await freeUdpPort();
        const radio = connected(`${endpoint}:${port}`);
        await radio.send('early', { group: 'a' });
        // It is on its way before somebody comes.
        while ((await statistics()).bytesSent === 0) await turn();
        const dish = new Dish({ context });
        dish.join('a');
        await dish.bind(`${endpoint}:${port}`);
        expect(await arrives(radio, dish, 'a')).to.deep.equal([]);
      });

      it('hears what is joined and left from then on', async () => {
        const dish = await bound(endpoint, 'left', 'stays');
        const radio = connected(dish.lastEndpoint);
        await arrives(radio, dish, 'left');
        dish.leave('left');
        await radio.send('unwanted', { group: 'left' });
        expect(await arrives(radio, dish, 'stays')).to.deep.equal([]);
        dish.join('left');
        await arrives(radio, dish, 'left');
      });

      it('binds to a port that the system chooses, and lastEndpoint tells it', async () => {
        const dish = await bound(endpoint, 'a');
        expect(dish.lastEndpoint).to.match(/^udp:\/\/[^*]+:\d+$/);
        expect(dish.lastEndpoint!.slice(0, endpoint.length)).to.equal(endpoint);
        const port = portOf(dish.lastEndpoint);
        expect(port).to.be.greaterThan(0);
        await dish.unbind(dish.lastEndpoint!);
        // It can be had again.
        await dish.bind(`${endpoint}:${port}`);
        await arrives(connected(dish.lastEndpoint), dish, 'a');
      });

      it('ends with unbind and disconnect', async () => {
        const dish = await bound(endpoint, 'a');
        const other = await bound(endpoint, 'a');
        const radio = connected(dish.lastEndpoint);
        radio.connect(other.lastEndpoint!);
        await arrives(radio, dish, 'a');
        await arrives(radio, other, 'a');
        await dish.unbind(dish.lastEndpoint!);
        // Another has the endpoint now, and gets what would have come.
        const next = new Dish({ context });
        next.join('a');
        await next.bind(dish.lastEndpoint!);
        await arrives(radio, next, 'a');
        expect(dish.readable).to.equal(false);
        radio.disconnect(dish.lastEndpoint!);
        radio.disconnect(other.lastEndpoint!);
        failureNow('ENOENT', () => radio.disconnect(other.lastEndpoint!));
        await failure('ENOENT', () => dish.unbind(dish.lastEndpoint!));
        await radio.send('to nobody', { group: 'a' });
        expect(radio.dropped).to.equal(0);
      });

      it('is bound again by the I/O worker that replaces one that has died', async () => {
        const workers: Worker[] = [];
        const started = (worker: Worker): void => void workers.push(worker);
        process.on('worker', started);
        stage.atEnd(() => process.off('worker', started));
        const dish = await bound(endpoint, 'a');
        const radio = connected(dish.lastEndpoint);
        await arrives(radio, dish, 'a');
        const [id] = coreOf(context).ioThreadIds();
        await workers.find(({ threadId }) => threadId === id)!.terminate();
        await arrives(radio, dish, 'a');
      });
    });
  }

  it('as multicast reaches every member of the group, and whoever has not joined it misses it', async () => {
    const first = await bound(MULTICAST, 'a');
    const second = new Dish({ context });
    second.join('a');
    await second.bind(first.lastEndpoint!);
    const radio = connected(first.lastEndpoint);
    await arrives(radio, first, 'a');
    await arrives(radio, second, 'a');
  });

  it('takes the interface of a group by name, by address, or leaves it to the system', async () => {
    const dish = await bound(MULTICAST, 'a');
    const port = portOf(dish.lastEndpoint);
    for (const through of ['127.0.0.1', loopback()]) {
      const radio = connected(`udp://${through};239.192.7.1:${port}`);
      await arrives(radio, dish, 'a');
      radio.close();
    }
    const anywhere = new Dish({ context });
    await anywhere.bind('udp://*;239.192.7.1:*');
    expect(anywhere.lastEndpoint).to.match(/^udp:\/\/\*;239\.192\.7\.1:\d+$/);
  });

  it('with multicastLoop off does not reach its own machine', async function () {
    const outer = outerAddress();
    // The loopback interface gives everything back, whatever is set: this takes another one.
    if (outer === undefined) this.skip();
    const dish = await bound(`udp://${outer};239.192.7.1`, 'a');
    const deaf = connected(dish.lastEndpoint, { multicastLoop: false });
    const radio = connected(dish.lastEndpoint);
    for (let i = 0; i < 10; i++) await deaf.send('unheard', { group: 'a' });
    // All of them are in the kernel.
    while ((await statistics()).bytesSent < 10 * datagram('a', 'unheard').length) await turn();
    expect(await arrives(radio, dish, 'a')).to.deep.equal([]);
  });

  it('over IPv6 is the same', async () => {
    const dish = await bound('udp://[::1]', 'a');
    expect(dish.lastEndpoint).to.match(/^udp:\/\/\[::1\]:\d+$/);
    await arrives(connected(dish.lastEndpoint), dish, 'a');
  });

  it('is a length, a group and a body on the wire', async () => {
    const plain = await plainSocket(stage);
    const radio = connected(`${UNICAST}:${plain.address().port}`);
    for (const [group, body] of [
      ['group', 'body'],
      ['', 'body'],
      ['g'.repeat(255), ''],
    ] as const) {
      const heard = nextDatagram(plain);
      await radio.send(body, { group });
      const length = String.fromCharCode(group.length);
      expect((await heard).body.toString('latin1')).to.equal(length + group + body);
    }
    expect((await statistics()).bytesSent).to.equal(10 + 5 + 256);
  });

  it('carries up to 65,507 bytes; what is longer is refused with EMSGSIZE and reaches nobody', async () => {
    const dish = await bound(UNICAST, 'a');
    const radio = connected(dish.lastEndpoint);
    const most = Buffer.alloc(65_505, 'x');
    let received: [Buffer, unknown] | undefined;
    while (received === undefined) {
      await radio.send(most, { group: 'a' });
      await turn();
      received = dish.tryReceive();
    }
    expect(received[0].equals(most)).to.equal(true);
    const more = Buffer.alloc(65_506);
    await failure('EMSGSIZE', () => radio.send(more, { group: 'a' }));
    failureNow('EMSGSIZE', () => radio.trySend(more, { group: 'a' }));
    // Where there is no udp there is no such limit.
    radio.disconnect(dish.lastEndpoint!);
    expect(radio.trySend(more, { group: 'a' })).to.equal(true);
  });

  describe('What there is no room for', () => {
    it('at a DISH is dropped and counted: it holds as many as its mark, the first that came', async () => {
      const dish = new Dish({ context, receiveHighWaterMark: 3 });
      dish.join('a');
      await dish.bind(`${UNICAST}:*`);
      const plain = await plainSocket(stage);
      const port = portOf(dish.lastEndpoint);
      let sent = 0;
      const sendNext = (): Promise<void> => sendPlain(plain, datagram('a', String(sent++)), port);
      await untilCounted('datagramsDropped', 5, sendNext);
      const bodies: number[] = [];
      for (let i = 0; i < 3; i++) bodies.push(Number((await dish.receive())[0]));
      // In their order, and before all that were dropped; how many were lost on the way is not said.
      expect(bodies).to.deep.equal([...bodies].sort((a, b) => a - b));
      expect(bodies[2]).to.be.lessThan(sent - 5);
      for (;;) {
        await sendNext();
        await turn();
        const next = dish.tryReceive();
        if (next === undefined) continue;
        // The five were next; one that came after them may have waited in the kernel.
        expect(Number(next[0])).to.be.greaterThan(bodies[2]! + 5);
        return;
      }
    });

    it('in other groups costs a DISH no room', async () => {
      const dish = new Dish({ context, receiveHighWaterMark: 1 });
      dish.join('a');
      await dish.bind(`${UNICAST}:*`);
      const radio = connected(dish.lastEndpoint);
      for (let i = 0; i < 20; i++) await radio.send('unwanted', { group: 'b' });
      while ((await statistics()).bytesSent < 20 * datagram('b', 'unwanted').length) await turn();
      await arrives(radio, dish, 'a');
    });

    it('at a RADIO is dropped and counted, while its endpoint cannot be sent to', async () => {
      const radio = connected(NOT_OURS, { sendHighWaterMark: 2 });
      for (let i = 0; i < 5; i++) await radio.send(String(i), { group: 'a' });
      expect(radio.dropped).to.equal(3);
    });

    it('with noDrop a RADIO waits for it', async () => {
      const plain = await plainSocket(stage);
      const { port } = plain.address();
      const options = { sendHighWaterMark: 1, noDrop: true };
      const radio = connected(`${UNICAST}:${port}`, options);
      for (let i = 0; i < 50; i++) await radio.send(String(i), { group: 'a' });
      expect(radio.dropped).to.equal(0);
    });

    it('in the kernel’s way, because there is no route, is counted', async () => {
      // Nothing of that net may leave, so that the system refuses.
      const radio = connected('udp://255.255.255.255:9');
      await radio.send('nowhere', { group: 'a' });
      await untilCounted('datagramsUnsent', 1);
    });
  });

  describe('Datagrams that make no sense', () => {
    let dish: Dish;
    let plain: PlainSocket;

    beforeEach(async () => {
      dish = new Dish({ context, maxMessageSize: 100 });
      dish.join('a');
      await dish.bind(`${UNICAST}:*`);
      plain = await plainSocket(stage);
    });

    for (const [what, bytes] of [
      ['empty ones', Buffer.alloc(0)],
      ['a group that goes beyond their end', Buffer.from('\x05grou')],
      ['the longest group, and nothing', Buffer.from([255])],
      ['a body above maxMessageSize', datagram('a', 'x'.repeat(101))],
    ] as const) {
      it(`are ignored and counted: ${what}`, async () => {
        const port = portOf(dish.lastEndpoint);
        await untilCounted('datagramsIgnored', 3, () => sendPlain(plain, bytes, port));
        // Nobody else has lost anything by it.
        const others = await arrives(connected(dish.lastEndpoint), dish, 'a');
        expect(others).to.deep.equal([]);
        expect((await statistics()).datagramsDropped).to.equal(0);
      });
    }

    it('do not disturb a RADIO, either', async () => {
      const radio = connected(`${UNICAST}:${plain.address().port}`);
      const heard = nextDatagram(plain);
      await radio.send('message', { group: 'a' });
      const { from } = await heard;
      for (let i = 0; i < 10; i++) await sendPlain(plain, Buffer.from([255]), from.port);
      await arrives(connected(dish.lastEndpoint), dish, 'a');
      const again = nextDatagram(plain);
      await radio.send('again', { group: 'a' });
      expect(String((await again).body)).to.equal(String(datagram('a', 'again')));
    });
  });

  describe('Endpoints', () => {
    it('are for DISH to bind, RADIO to connect and DGRAM to bind, and otherwise ENOCOMPATPROTO', async () => {
      const endpoint = 'udp://127.0.0.1:5555';
      const sockets = [
        new Radio({ context }),
        new Dish({ context }),
        new Datagram({ context }),
        new Push({ context }),
        new Pull({ context }),
      ] as const;
      const [radio, dish, dgram, push, pull] = sockets;
      for (const socket of [radio, push, pull]) {
        expect(await failure('ENOCOMPATPROTO', () => socket.bind(endpoint))).to.include({
          address: endpoint,
        });
        failureNow('ENOCOMPATPROTO', () => socket.bindSync(endpoint));
      }
      for (const socket of [dish, dgram, push, pull]) {
        failureNow('ENOCOMPATPROTO', () => socket.connect(endpoint));
      }
      for (const other of ['tcp://127.0.0.1:*', 'ipc://*', 'inproc://name']) {
        await failure('ENOCOMPATPROTO', () => dgram.bind(other));
      }
    });

    it('that make no sense are EINVAL, and interfaces that are not there ENODEV', async () => {
      const dish = new Dish({ context });
      const radio = new Radio({ context });
      for (const wrong of ['udp://127.0.0.1', 'udp://127.0.0.1;127.0.0.1:5555', 'udp://a:99999']) {
        await failure('EINVAL', () => dish.bind(wrong));
        failureNow('EINVAL', () => radio.connect(wrong));
      }
      failureNow('EINVAL', () => radio.connect('udp://127.0.0.1:*'));
      const none = 'udp://nowhere0;239.192.7.1:5555';
      await failure('ENODEV', () => dish.bind(none));
      failureNow('ENODEV', () => radio.connect(none));
    });

    it('that are somebody else’s are EADDRINUSE, or EADDRNOTAVAIL', async () => {
      const plain = await plainSocket(stage);
      const dish = new Dish({ context });
      const taken = `${UNICAST}:${plain.address().port}`;
      expect(await failure('EADDRINUSE', () => dish.bind(taken))).to.include({ address: taken });
      await failure('EADDRNOTAVAIL', () => dish.bind('udp://192.0.2.222:*'));
      // A port that the system chose is shared with nobody.
      const first = await bound(UNICAST, 'a');
      await failure('EADDRINUSE', () => dish.bind(first.lastEndpoint!));
    });

    it('tell what happens to them', async () => {
      const dish = new Dish({ context });
      const { events } = dish;
      await dish.bind(`${UNICAST}:*`);
      const address = dish.lastEndpoint!;
      expect(await events.receive()).to.deep.include({ type: 'bind', address });
      await dish.unbind(address);
      expect(await events.receive()).to.deep.include({ type: 'close', address });
      const plain = await plainSocket(stage);
      const taken = `${UNICAST}:${plain.address().port}`;
      await failure('EADDRINUSE', () => dish.bind(taken));
      expect(await events.receive()).to.deep.include({ type: 'bind:error', address: taken });

      const radio = new Radio({ context, linger: 0, reconnectInterval: 1 });
      const { events: ofRadio } = radio;
      radio.connect(taken);
      radio.connect(NOT_OURS);
      const seen = new Map<string, string>();
      for await (const event of ofRadio) {
        const { type } = event;
        if (!('address' in event)) continue;
        seen.set(type, event.address);
        if (seen.has('connect') && seen.has('connect:retry') && seen.has('close')) break;
      }
      expect(seen.get('connect')).to.equal(taken);
      expect(seen.get('connect:retry')).to.equal(NOT_OURS);
    });
  });

  it('has the options of multicast where they are of use, and nowhere else', () => {
    for (const Type of [Radio, Datagram]) {
      const socket = new Type({ context, multicastHops: 5, multicastLoop: false });
      expect(socket).to.include({ multicastHops: 5, multicastLoop: false });
      expect(new Type({ context })).to.include({ multicastHops: 1, multicastLoop: true });
      for (const hops of [0, 256, 1.5]) failureNow('EINVAL', () => (socket.multicastHops = hops));
      failureNow('ENOTSUP', () => (socket.multicastMaxTransportDataUnit = 8000));
    }
    failureNow('ENOTSUP', () => new Push({ context, multicastHops: 5 }));
    expect(() => new Push({ context, multicastLoop: true } as object)).to.throw(TypeError);
  });

  it('sends what was sent before its socket was closed', async () => {
    const plain = await plainSocket(stage);
    const bodies: string[] = [];
    plain.on('message', (body) => bodies.push(String(body.subarray(2))));
    const radio = new Radio({ context });
    radio.connect(`${UNICAST}:${plain.address().port}`);
    for (let i = 0; i < 20; i++) await radio.send(String(i), { group: 'a' });
    radio.close();
    await context.terminate();
    // They are in the kernel, whose buffer for the plain socket has room for many more.
    while (bodies.length < 20) await turn();
    expect(bodies).to.deep.equal(Array.from({ length: 20 }, (_, i) => String(i)));
  });
});
