import { expect } from 'chai';
import {
  Publisher,
  Subscriber,
  XPublisher,
  XSubscriber,
  type ContextHandle,
} from '../../src/index.js';
import { heardBy, turn } from '../support/heard.js';
import { useStage } from '../support/stage.js';
import { command, frame, greeting, ready, WireListener } from '../support/wire-peer.js';

describe('Subscriptions', () => {
  const stage = useStage();

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    describe(`over ${transport}`, () => {
      async function pair(): Promise<[Publisher, Subscriber]> {
        const { context } = stage;
        const publisher = new Publisher({ context });
        await publisher.bind(stage.wildcard(transport));
        const subscriber = new Subscriber({ context });
        subscriber.connect(publisher.lastEndpoint!);
        return [publisher, subscriber];
      }

      it('are needed: without one nothing is received', async () => {
        const [publisher, subscriber] = await pair();
        await heardBy(publisher, subscriber);
        for (let i = 0; i < 100; i++) await publisher.send(`unwanted ${i}`);
        subscriber.subscribe('wanted');
        await heardBy(publisher, subscriber);
        await publisher.send('wanted');
        expect(String(await subscriber.receive())).to.equal('wanted');
      });

      it('are alternatives: what matches several of them comes once', async () => {
        const [publisher, subscriber] = await pair();
        subscriber.subscribe('A', 'AB', 'ABC', 'B');
        await heardBy(publisher, subscriber);
        const sent = ['ABCD', 'AB', 'A', 'C', 'B', 'CA', 'last A'];
        for (const text of sent) await publisher.send(text);
        await publisher.send('B, the end');
        const received: string[] = [];
        while (received.at(-1) !== 'B, the end') received.push(String(await subscriber.receive()));
        expect(received).to.deep.equal(['ABCD', 'AB', 'A', 'B', 'B, the end']);
      });

      it('can be cancelled one by one', async () => {
        const [publisher, subscriber] = await pair();
        subscriber.subscribe('A', 'B');
        await heardBy(publisher, subscriber);
        subscriber.unsubscribe('A');
        await publisher.send('A');
        await publisher.send('B');
        expect(String(await subscriber.receive())).to.equal('B');
      });

      it('may be any bytes', async () => {
        const [publisher, subscriber] = await pair();
        const topic = Buffer.from([0, 255, 0xc3, 0x28, 0]);
        subscriber.subscribe(topic);
        await heardBy(publisher, subscriber);
        await publisher.send(Buffer.from([0, 255, 0xc3, 0x28, 1]));
        await publisher.send([topic, 'body']);
        const [first, second] = await subscriber.receive();
        expect(first!.equals(topic)).to.equal(true);
        expect(String(second)).to.equal('body');
      });

      it('are never dropped at a high-water mark', async () => {
        const { context } = stage;
        const endpoint = await stage.agreed(transport);
        const subscriber = new XSubscriber({ context, sendHighWaterMark: 1 });
        subscriber.connect(endpoint);
        const count = 3000;
        for (let i = 0; i < count; i++) await subscriber.send(`\x01topic ${i}`);
        const publisher = new XPublisher({ context, receiveHighWaterMark: 1 });
        await publisher.bind(endpoint);
        const topics = new Set<string>();
        while (topics.size < count) {
          const [said] = await publisher.receive();
          expect(said![0]).to.equal(1);
          topics.add(String(said!.subarray(1)));
        }
        expect(subscriber.dropped).to.equal(0);
      });
    });
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`outlive their publisher, over ${transport}: it may stop and come back at will`, async () => {
      const { context } = stage;
      const endpoint = await stage.agreed(transport);
      const subscriber = new Subscriber({ context, reconnectInterval: 10 });
      subscriber.connect(endpoint);
      subscriber.subscribe('A');
      for (let life = 0; life < 3; life++) {
        const publisher = new Publisher({ context });
        await publisher.bind(endpoint);
        let received: Buffer[] | undefined;
        while (received === undefined) {
          await publisher.send(`A ${life}`);
          await turn();
          received = subscriber.tryReceive();
          // What the one before had sent may still have been on its way.
          if (received !== undefined && String(received) !== `A ${life}`) received = undefined;
        }
        publisher.close();
      }
    });

    it(`are renewed by the I/O worker, over ${transport}, while the subscriber’s thread computes`, async () => {
      const { context } = stage;
      const endpoint = await stage.agreed(transport);
      const flag = new Int32Array(new SharedArrayBuffer(4));
      const thread = stage.thread(
        async ({ Context, Subscriber }, line, [handle, at, busy]) => {
          const subscriber = new Subscriber({
            context: Context.attach(handle),
            reconnectInterval: 10,
          });
          subscriber.connect(at);
          subscriber.subscribe('A');
          line.post('computing');
          while (Atomics.load(busy, 0) === 0);
          line.post(String(await subscriber.receive()));
          subscriber.close();
        },
        [context.handle, endpoint, flag] as [ContextHandle, string, Int32Array],
      );
      expect(await thread.next()).to.equal('computing');
      for (let life = 0; life < 3; life++) {
        const publisher = new XPublisher({ context });
        await publisher.bind(endpoint);
        expect(String(await publisher.receive())).to.equal('\x01A');
        if (life === 2) {
          await publisher.send('A, at last');
          Atomics.store(flag, 0, 1);
          expect(await thread.next()).to.equal('A, at last');
        }
        publisher.close();
      }
      await thread.ended;
    });
  }

  for (const [minor, subscribe, cancel] of [
    [1, command('SUBSCRIBE', 'A'), command('CANCEL', 'A')],
    [0, frame('\x01A'), frame('\x00A')],
  ] as const) {
    it(`are told to a publisher of ZMTP 3.${minor} in its own words`, async () => {
      const listener = await WireListener.open(stage);
      const subscriber = new Subscriber({ context: stage.context });
      subscriber.connect(listener.endpoint);
      subscriber.subscribe('A');
      const publisher = await listener.accept();
      await publisher.write(greeting({ minor }), ready('PUB'));
      await publisher.read(64);
      await publisher.readFrame();
      expect(await publisher.read(subscribe.length)).to.deep.equal(subscribe);
      subscriber.unsubscribe('A');
      expect(await publisher.read(cancel.length)).to.deep.equal(cancel);
    });
  }
});
