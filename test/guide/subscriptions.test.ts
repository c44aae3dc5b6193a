import { expect } from 'chai';
import {
  Publisher,
  Subscriber,
  XPublisher,
  XSubscriber,
  type ContextHandle,
} from '../../src/index.js';
import { turn } from '../support/heard.js';
import { useTidyStage } from '../support/stage.js';

describe('Subscriptions', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`are never dropped at a high-water mark, over ${transport}`, async () => {
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
});
