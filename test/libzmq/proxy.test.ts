import { expect } from 'chai';
import {
  Dealer,
  Pair,
  Proxy,
  Pull,
  Push,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
} from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import { join, text, TRANSPORTS } from './both-ends.js';

for (const transport of TRANSPORTS) {
  describe(`As libzmq’s own tests show of proxies, over ${transport}`, () => {
    const stage = useTidyStage();
    let context: Context;

    beforeEach(() => {
      context = stage.context;
    });

    it('proxy: many clients and workers between ROUTER and DEALER get their own answers', async () => {
      const [front, back] = [new Router({ context }), new Dealer({ context })];
      const clients = [0, 1, 2, 3, 4].map(() => new Dealer({ context }));
      const workers = [0, 1, 2].map(() => new Dealer({ context }));
      await join(stage, transport, front, ...clients);
      await join(stage, transport, back, ...workers);
      const proxy = new Proxy(front, back);
      const run = proxy.run();
      const working = workers.map(async (worker) => {
        for await (const [id, body] of worker)
          await worker.send([id!, `answer to ${String(body)}`]);
      });
      for (let round = 0; round < 10; round++) {
        for (const [i, client] of clients.entries()) await client.send(`${i} ${round}`);
        for (const [i, client] of clients.entries()) {
          expect(text(await client.receive())).to.equal(`answer to ${i} ${round}`);
        }
      }
      proxy.terminate();
      await run;
      for (const worker of workers) worker.close();
      await Promise.all(working);
    });

    it('proxy_steerable: PAUSE, RESUME, STATISTICS and TERMINATE by a control socket', async () => {
      const [front, back] = [new Pull({ context }), new Push({ context })];
      const [push, pull] = [new Push({ context }), new Pull({ context })];
      const [control, remote] = [new Pair({ context }), new Pair({ context })];
      await join(stage, transport, front, push);
      await join(stage, transport, back, pull);
      await join(stage, transport, control, remote);
      const run = new Proxy(front, back, undefined, control).run();
      await push.send('before');
      expect(text(await pull.receive())).to.equal('before');
      await remote.send('PAUSE');
      // Commands are obeyed in order: the answer comes when the proxy has paused.
      await remote.send('STATISTICS');
      const numbers = (await remote.receive()).map((part) => part.readBigUInt64LE());
      expect(numbers).to.have.length(8);
      expect(numbers[0]).to.equal(1n);
      await push.send('while it was paused');
      await remote.send('RESUME');
      expect(text(await pull.receive())).to.equal('while it was paused');
      await remote.send('TERMINATE');
      await run;
    });

    it('proxy_terminate: ends though nobody takes what it has', async () => {
      const [front, back] = [new Pull({ context }), new Push({ context })];
      const push = new Push({ context });
      await join(stage, transport, front, push);
      await back.bind(stage.wildcard(transport));
      const [control, remote] = [new Pair({ context }), new Pair({ context })];
      await join(stage, transport, control, remote);
      const run = new Proxy(front, back, undefined, control).run();
      await push.send('nobody takes it');
      await remote.send('TERMINATE');
      await run;
      expect([front.closed, back.closed]).to.deep.equal([true, true]);
    });

    it('proxy_hwm: with noDrop a slow subscriber behind a proxy holds the publisher up, and misses nothing', async () => {
      const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 10 });
      const front = new XSubscriber({ context, receiveHighWaterMark: 10 });
      const back = new XPublisher({ context, noDrop: true, sendHighWaterMark: 10 });
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 10 });
      await join(stage, transport, publisher, front);
      await join(stage, transport, back, subscriber);
      const proxy = new Proxy(front, back);
      const run = proxy.run();
      subscriber.subscribe('');
      expect(text(await publisher.receive())).to.equal('\x01');
      const all = (async () => {
        for (let i = 0; i < 500; i++) await publisher.send(`${i}`);
      })();
      for (let i = 0; i < 500; i++) expect(text(await subscriber.receive())).to.equal(`${i}`);
      await all;
      proxy.terminate();
      await run;
    });

    it('reqrep_device: a REQ is answered through a proxy by a REQ-REP chain of two', async () => {
      const fronts = [new Router({ context }), new Router({ context })];
      const backs = [new Dealer({ context }), new Dealer({ context })];
      const request = new Request({ context });
      const worker = new Dealer({ context });
      await join(stage, transport, fronts[0]!, request);
      await join(stage, transport, fronts[1]!, backs[0]!);
      await join(stage, transport, backs[1]!, worker);
      const proxies = [0, 1].map((i) => new Proxy(fronts[i]!, backs[i]!));
      const runs = proxies.map((proxy) => proxy.run());
      await request.send('question');
      const envelope = await worker.receive();
      expect(text(envelope.splice(-1))).to.equal('question');
      await worker.send([...envelope, 'answer']);
      expect(text(await request.receive())).to.equal('answer');
      for (const proxy of proxies) proxy.terminate();
      await Promise.all(runs);
    });
  });
}
