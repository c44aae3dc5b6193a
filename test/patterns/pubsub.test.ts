import { expect } from 'chai';
import {
  Publisher,
  type Request,
  Subscriber,
  XPublisher,
  type Context,
  type Readable,
} from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('PUB and SUB', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** Receives until `last` comes; answers what came before it. */
  async function until(last: string, socket: Readable): Promise<string[]> {
    const texts: string[] = [];
    for (;;) {
      const text = String((await socket.receive())[0]);
      if (text === last) return texts;
      texts.push(text);
    }
  }

  /** An XPUB, which publishes as a PUB does and says when a subscription has come. */
  async function bound(transport: Transport, options = {}): Promise<XPublisher> {
    const publisher = new XPublisher({ context, ...options });
    await publisher.bind(stage.wildcard(transport));
    return publisher;
  }

  async function subscribed(publisher: XPublisher, ...topics: string[]): Promise<Subscriber> {
    const subscriber = new Subscriber({ context });
    subscriber.subscribe(...topics);
    subscriber.connect(publisher.lastEndpoint!);
    for (const topic of topics) {
      expect(String(await publisher.receive())).to.equal(`\x01${topic}`);
    }
    return subscriber;
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('deliver nothing to a SUB without a subscription', async () => {
        const publisher = await bound(transport);
        const subscriber = new Subscriber({ context });
        subscriber.connect(publisher.lastEndpoint!);
        const other = await subscribed(publisher, 'A');
        for (const text of ['A1', '', 'B']) await publisher.send(text);
        expect(String(await other.receive())).to.equal('A1');
        subscriber.subscribe('end');
        await publisher.receive();
        await publisher.send('end');
        expect(await until('end', subscriber)).to.deep.equal([]);
      });

      it('deliver a message that matches several subscriptions once', async () => {
        const publisher = await bound(transport);
        const subscriber = await subscribed(publisher, 'A', 'AB', 'B', 'ABC');
        for (const text of ['ABCD', 'A', 'C', 'B1', 'end', 'BAC', 'AX']) await publisher.send(text);
        subscriber.subscribe('end');
        await publisher.receive();
        await publisher.send('end');
        expect(await until('end', subscriber)).to.deep.equal(['ABCD', 'A', 'B1', 'BAC', 'AX']);
      });

      it('deliver everything to who subscribed to the empty topic', async () => {
        const publisher = await bound(transport);
        const subscriber = new Subscriber({ context });
        subscriber.subscribe();
        subscriber.connect(publisher.lastEndpoint!);
        expect([...(await publisher.receive())[0]!]).to.deep.equal([1]);
        for (const text of ['', 'a', 'b']) await publisher.send([text, 'more']);
        for (const text of ['', 'a', 'b']) {
          expect((await subscriber.receive()).map(String)).to.deep.equal([text, 'more']);
        }
      });

      it('stop delivering what was cancelled, once it was as often as it was subscribed to', async () => {
        const publisher = await bound(transport);
        const subscriber = await subscribed(publisher, 'A', 'B');
        subscriber.subscribe('A');
        subscriber.unsubscribe('A');
        // Subscriptions of one peer come in order, so A's are known when this is.
        subscriber.subscribe('1');
        expect(String(await publisher.receive())).to.equal('\x011');
        await publisher.send('A still');
        subscriber.unsubscribe('A', 'never subscribed to');
        expect(String(await publisher.receive())).to.equal('\x00A');
        await publisher.send('A no more');
        await publisher.send('B');
        expect(await until('B', subscriber)).to.deep.equal([]);
      });

      it('compare topics byte by byte, and only the first part', async () => {
        const publisher = await bound(transport);
        const topic = Buffer.from([0, 0xff, 0x80, 0]);
        const subscriber = new Subscriber({ context });
        subscriber.subscribe(topic);
        subscriber.connect(publisher.lastEndpoint!);
        expect((await publisher.receive())[0]).to.deep.equal(Buffer.from([1, ...topic]));
        await publisher.send([Buffer.from([0, 0xff, 0x80, 1]), topic]);
        await publisher.send([Buffer.from([0, 0xff, 0x80]), topic]);
        await publisher.send([topic, 'yes']);
        expect(await subscriber.receive()).to.deep.equal([topic, Buffer.from('yes')]);
      });

      it('work when the SUB binds and the PUB connects', async () => {
        const subscriber = new Subscriber({ context });
        subscriber.subscribe('A');
        await subscriber.bind(stage.wildcard(transport));
        const publisher = new XPublisher({ context });
        publisher.connect(subscriber.lastEndpoint!);
        expect(String(await publisher.receive())).to.equal('\x01A');
        await publisher.send('A1');
        expect(String(await subscriber.receive())).to.equal('A1');
        // What comes later is told, too.
        subscriber.subscribe('B');
        subscriber.unsubscribe('A');
        expect(String(await publisher.receive())).to.equal('\x01B');
        expect(String(await publisher.receive())).to.equal('\x00A');
      });

      it('work when the SUB came first', async () => {
        const endpoint = await stage.agreed(transport);
        const subscriber = new Subscriber({ context, reconnectInterval: 10 });
        subscriber.connect(endpoint);
        subscriber.subscribe('A');
        const publisher = new XPublisher({ context });
        await publisher.bind(endpoint);
        expect(String(await publisher.receive())).to.equal('\x01A');
        await publisher.send('A1');
        expect(String(await subscriber.receive())).to.equal('A1');
      });

      it('let a SUB hear several publishers, each in its turn', async () => {
        const publishers = [await bound(transport), await bound(transport)];
        const subscriber = new Subscriber({ context });
        subscriber.subscribe('');
        for (const publisher of publishers) {
          subscriber.connect(publisher.lastEndpoint!);
          await publisher.receive();
        }
        for (let i = 0; i < 10; i++) {
          for (const [n, publisher] of publishers.entries()) await publisher.send(String(n));
        }
        const heard: string[] = [];
        for (let i = 0; i < 20; i++) heard.push(String(await subscriber.receive()));
        expect(heard.filter((text) => text === '0')).to.have.lengthOf(10);
        if (transport === 'inproc') expect(heard).to.deep.equal(heard.map((_, i) => heard[i % 2]));
      });

      it('lose messages for the slow subscriber alone, and count them', async () => {
        const publisher = await bound(transport, { sendHighWaterMark: 10 });
        const quick = await subscribed(publisher, 'A');
        const slow = new Subscriber({ context, receiveHighWaterMark: 10 });
        slow.subscribe('B', 'A');
        slow.connect(publisher.lastEndpoint!);
        // Nobody had subscribed to B.
        expect(String(await publisher.receive())).to.equal('\x01B');
        const body = Buffer.alloc(2 ** 17);
        const count = 200;
        for (let i = 0; i < count; i++) {
          await publisher.send([`A${i}`, body]);
          expect(String((await quick.receive())[0])).to.equal(`A${i}`);
        }
        expect(publisher.dropped).to.be.greaterThan(0);
        slow.subscribe('end');
        await publisher.receive();
        let got = 0;
        let ended = false;
        const reading = (async () => {
          while (!ended) {
            if (String((await slow.receive())[0]) === 'end') ended = true;
            else got++;
          }
        })();
        const before = publisher.dropped;
        // The last is not lost, once the slow one reads.
        while (!ended) {
          await publisher.send('end');
          await new Promise((resolve) => setImmediate(resolve));
        }
        await reading;
        expect(got + before).to.equal(count);
      });
    });
  }

  it('lose exactly what is beyond both marks over inproc', async () => {
    const publisher = new Publisher({ context, sendHighWaterMark: 10 });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context, receiveHighWaterMark: 20 });
    subscriber.subscribe();
    subscriber.connect(publisher.lastEndpoint!);
    for (let i = 0; i < 100; i++) await publisher.send(String(i));
    expect(publisher.dropped).to.equal(70);
    for (let i = 0; i < 30; i++) expect(String(await subscriber.receive())).to.equal(String(i));
    expect(subscriber.tryReceive()).to.equal(undefined);
    // Read empty, it has all its room again.
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 30; i++) await publisher.send(String(i));
    expect(publisher.dropped).to.equal(70);
  });

  it('queue nothing for an endpoint where nobody listens', async () => {
    const publisher = new Publisher({ context, linger: 0 });
    publisher.connect(await stage.freeEndpoint());
    for (let i = 0; i < 2000; i++) await publisher.send('nobody has asked');
    expect(publisher.dropped).to.equal(0);
  });

  it('do not count subscriptions against the mark', async () => {
    const publisher = await bound('inproc', { receiveHighWaterMark: 0 });
    const subscriber = new Subscriber({ context });
    for (let i = 0; i < 5000; i++) subscriber.subscribe(`topic ${i}`);
    subscriber.connect(publisher.lastEndpoint!);
    for (let i = 0; i < 5000; i++) subscriber.subscribe(`later ${i}`);
    for (let i = 0; i < 10_000; i++) {
      const expected = i < 5000 ? `\x01topic ${i}` : `\x01later ${i - 5000}`;
      expect(String(await publisher.receive())).to.equal(expected);
    }
  });

  it('without anybody who listens drop everything, in every form of send', async () => {
    const publisher = new Publisher({ context });
    await publisher.send('nobody');
    publisher.sendSync(['nobody', 'at all']);
    expect(publisher.trySend('nobody')).to.equal(true);
    expect(publisher.writable).to.equal(true);
    expect(publisher.dropped).to.equal(0);
  });

  it('refuse the direction that they lack with ENOTSUP', async () => {
    const publisher = new Publisher({ context }) as unknown as Request;
    await failure('ENOTSUP', () => publisher.receive());
    failureNow('ENOTSUP', () => publisher.receiveSync());
    failureNow('ENOTSUP', () => publisher.tryReceive());
    const subscriber = new Subscriber({ context }) as unknown as Request;
    await failure('ENOTSUP', () => subscriber.send('no'));
    failureNow('ENOTSUP', () => subscriber.sendSync('no'));
    failureNow('ENOTSUP', () => subscriber.trySend('no'));
  });

  it('have the options that they need, and no others', () => {
    expect(new Publisher({ context, sendHighWaterMark: 5, linger: 7 })).to.deep.include({
      sendHighWaterMark: 5,
      linger: 7,
      type: 1,
    });
    const subscriber = new Subscriber({ context, receiveHighWaterMark: 5, receiveTimeout: 3 });
    expect(subscriber).to.deep.include({
      receiveHighWaterMark: 5,
      receiveTimeout: 3,
      linger: 0,
      type: 2,
    });
    expect(new Subscriber({ context, linger: -1 }).linger).to.equal(-1);
    expect(() => new Publisher({ context, receiveTimeout: 1 } as object)).to.throw(TypeError);
    expect(() => new Subscriber({ context, sendTimeout: 1 } as object)).to.throw(TypeError);
    expect(() => new Subscriber({ context, routingId: 'x' } as object)).to.throw(TypeError);
  });

  it('keep a SUB’s timeout even if a publisher sends nothing but what it has cancelled', async () => {
    // Two contexts' worth of marks: the queue is full of what nobody wants any more.
    const publisher = new Publisher({ context, sendHighWaterMark: 0 });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context, receiveTimeout: 0 });
    subscriber.subscribe('A', 'B');
    subscriber.connect(publisher.lastEndpoint!);
    for (let i = 0; i < 3000; i++) await publisher.send('A');
    await publisher.send('B');
    subscriber.unsubscribe('A');
    // Passes over some of them at each call, and never over all at once.
    expect(subscriber.tryReceive()).to.equal(undefined);
    subscriber.receiveTimeout = -1;
    expect(String(await subscriber.receive())).to.equal('B');
  });

  it('end a subscription with disconnect and with close', async () => {
    const publisher = await bound('inproc');
    const subscriber = await subscribed(publisher, 'A', 'B');
    subscriber.disconnect(publisher.lastEndpoint!);
    const ended = [String(await publisher.receive()), String(await publisher.receive())];
    expect(ended.sort()).to.deep.equal(['\x00A', '\x00B']);
    await publisher.send('A');
    expect(subscriber.tryReceive()).to.equal(undefined);
    // It still has its subscriptions, and tells them anew.
    subscriber.connect(publisher.lastEndpoint!);
    for (const topic of ['A', 'B']) {
      expect(String(await publisher.receive())).to.equal(`\x01${topic}`);
    }
    subscriber.close();
    expect(String(await publisher.receive())[0]).to.equal('\x00');
  });

  it('refuse a topic that no pipe could carry with EMSGSIZE, whoever is connected', async () => {
    const small = stage.newContext({ arenaSize: 2 ** 24 });
    const subscriber = new Subscriber({ context: small });
    const topic = Buffer.alloc(2 ** 21);
    failureNow('EMSGSIZE', () => subscriber.subscribe('A', topic));
    subscriber.subscribe(topic.subarray(100));
    const publisher = new XPublisher({ context: small });
    await publisher.bind(stage.inproc());
    subscriber.connect(publisher.lastEndpoint!);
    expect((await publisher.receive())[0]).to.have.lengthOf(2 ** 21 - 99);
  });

  it('take topics of any length', async () => {
    for (const transport of TRANSPORTS) {
      const publisher = await bound(transport);
      for (const length of [254, 255, 256, 2 ** 20]) {
        const topic = 't'.repeat(length);
        const subscriber = await subscribed(publisher, topic);
        await publisher.send(topic.slice(1));
        await publisher.send(`${topic}!`);
        expect(String(await subscriber.receive())).to.equal(`${topic}!`);
        subscriber.close();
        expect((await publisher.receive())[0]!).to.have.lengthOf(length + 1);
      }
    }
  });
});
