import { expect } from 'chai';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Dealer, NOTIFY_CONNECT, NOTIFY_DISCONNECT, Poller, Router } from '../../src/index.js';
import { coreOf } from '../../src/runtime/context/context.js';
import { failureNow } from '../support/expect-error.js';
import { notifyScenarios } from '../support/notify-scenarios.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];
const BOTH = NOTIFY_CONNECT | NOTIFY_DISCONNECT;

for (const transport of TRANSPORTS) {
  describe(`routerNotify over ${transport}`, () => {
    const stage = useTidyStage();
    let end: End;

    beforeEach(() => {
      end = here(new Performer({ context: stage.context, linger: 0 }));
    });

    notifyScenarios(stage, transport, () => ({ router: end, peer: end }));

    async function bound(options = {}): Promise<Router> {
      const router = new Router({ context: stage.context, routerNotify: BOTH, ...options });
      await router.bind(stage.wildcard(transport));
      return router;
    }

    function dealer(router: Router, options = {}): Dealer {
      const made = new Dealer({ context: stage.context, ...options });
      made.connect(router.lastEndpoint!);
      return made;
    }

    async function texts(router: Router): Promise<string[]> {
      return (await router.receive()).map(String);
    }

    it('tells that a peer has gone behind all that it has sent, in every form of receiving', async () => {
      const router = await bound();
      const peer = dealer(router, { routingId: 'peer' });
      for (let i = 0; i < 100; i++) await peer.send(`message ${i}`);
      peer.close();
      expect(router.receiveSync().map(String)).to.deep.equal(['peer', '']);
      const into = Buffer.alloc(100);
      for (let i = 0; i < 100; i++) {
        const [length, rest] = await router.receiveInto(into);
        expect(into.toString('utf8', 0, length! + rest!)).to.equal(`peermessage ${i}`);
      }
      const lease = await router.receiveLease();
      expect(lease.map(({ bytes }) => String(bytes))).to.deep.equal(['peer', '']);
      for (const part of lease) part.release();
    });

    it('is something to receive, to pollers and to those who block', async () => {
      const router = await bound();
      expect(router.readable).to.equal(false);
      const poller = new Poller();
      poller.add(router, { readable: true });
      const waits = poller.wait();
      const peer = dealer(router, { routingId: 'peer' });
      await waits;
      expect(router.readable).to.equal(true);
      expect(router.tryReceive()!.map(String)).to.deep.equal(['peer', '']);
      expect(router.readable).to.equal(false);
      peer.close();
      expect(router.receiveSync().map(String)).to.deep.equal(['peer', '']);
      expect(router.readable).to.equal(false);
    });

    it('tells nothing of those whom the ROUTER leaves', async () => {
      const router = await bound();
      dealer(router, { routingId: 'first' });
      expect(await texts(router)).to.deep.equal(['first', '']);
      const other = new Dealer({ context: stage.context, routingId: 'second' });
      await other.bind(stage.wildcard(transport));
      router.connect(other.lastEndpoint!);
      expect(await texts(router)).to.deep.equal(['second', '']);
      router.disconnect(other.lastEndpoint!);
      const third = new Dealer({ context: stage.context, routingId: 'third' });
      await third.bind(stage.wildcard(transport));
      router.connect(third.lastEndpoint!);
      expect(await texts(router)).to.deep.equal(['third', '']);
    });

    it('tells of a peer whose id is taken when it inherits it', async () => {
      const router = await bound();
      const first = dealer(router, { routingId: 'same' });
      expect(await texts(router)).to.deep.equal(['same', '']);
      const second = dealer(router, { routingId: 'same' });
      await second.send('of the second');
      await first.send('of the first');
      expect(await texts(router)).to.deep.equal(['same', 'of the first']);
      first.close();
      expect(await texts(router)).to.deep.equal(['same', '']);
      expect(await texts(router)).to.deep.equal(['same', '']);
      expect(await texts(router)).to.deep.equal(['same', 'of the second']);
    });

    it('tells that a peer has gone and another come, when that one takes its id', async () => {
      const router = await bound({ handover: true });
      dealer(router, { routingId: 'same', reconnectInterval: -1 });
      expect(await texts(router)).to.deep.equal(['same', '']);
      const second = dealer(router, { routingId: 'same', reconnectInterval: -1 });
      await second.send('of the second');
      expect(await texts(router)).to.deep.equal(['same', '']);
      expect(await texts(router)).to.deep.equal(['same', '']);
      expect(await texts(router)).to.deep.equal(['same', 'of the second']);
    });

    it('tells of a peer that was named from this side, by that name', async () => {
      const peer = new Dealer({ context: stage.context, routingId: 'its own' });
      await peer.bind(stage.wildcard(transport));
      const router = new Router({ context: stage.context, routerNotify: BOTH });
      router.connect(peer.lastEndpoint!, { routingId: 'given' });
      expect(await texts(router)).to.deep.equal(['given', '']);
      peer.close();
      expect(await texts(router)).to.deep.equal(['given', '']);
    });

    it('that was not set tells nothing', async () => {
      const router = await bound({ routerNotify: 0 });
      const peer = dealer(router, { routingId: 'peer' });
      await peer.send('first');
      expect(await texts(router)).to.deep.equal(['peer', 'first']);
      peer.close();
      const next = dealer(router, { routingId: 'next' });
      await next.send('second');
      expect(await texts(router)).to.deep.equal(['next', 'second']);
    });

    it('tells of a thousand peers, each once', async () => {
      const router = await bound();
      const peers = Array.from({ length: 1000 }, (_, i) =>
        dealer(router, { routingId: `peer ${i}` }),
      );
      const names = new Set(peers.map(({ routingId }) => routingId));
      const came = new Set<string>();
      while (came.size < peers.length) came.add((await texts(router))[0]!);
      expect(came).to.deep.equal(names);
      for (const peer of peers) peer.close();
      const gone: string[] = [];
      while (gone.length < peers.length) gone.push((await texts(router))[0]!);
      expect(new Set(gone)).to.deep.equal(names);
      expect(router.readable).to.equal(false);
    });
  });
}

describe('routerNotify', () => {
  const stage = useTidyStage();

  it('is 0, or any of the two', () => {
    const router = new Router({ context: stage.context });
    expect(router.routerNotify).to.equal(0);
    router.routerNotify = NOTIFY_DISCONNECT;
    expect(router.routerNotify).to.equal(2);
    for (const value of [-1, 4, 1.5]) failureNow('EINVAL', () => (router.routerNotify = value));
    const loose = router as unknown as Record<string, unknown>;
    expect(() => (loose.routerNotify = 'connect')).to.throw(TypeError);
  });

  it('tells of a peer whose thread has died', async () => {
    const { context } = stage;
    const router = new Router({ context, routerNotify: BOTH });
    await router.bind('inproc://router');
    const thread = stage.thread(async ({ Context, Dealer }, line, handle: SharedArrayBuffer) => {
      const peer = new Dealer({ context: Context.attach(handle), routingId: 'mortal' });
      peer.connect('inproc://router');
      await peer.receive();
      line.post('never');
    }, context.handle);
    expect((await router.receive()).map(String)).to.deep.equal(['mortal', '']);
    await thread.kill();
    expect((await router.receive()).map(String)).to.deep.equal(['mortal', '']);
  });

  for (const binder of ['ROUTER', 'peer'] as const) {
    it(`tells of those who were served by an I/O worker that has died, when the ${binder} binds`, async () => {
      const { context } = stage;
      const elsewhere = stage.newContext();
      const started = once(process, 'worker');
      const router = new Router({ context, routerNotify: BOTH, reconnectInterval: 1 });
      const peer = new Dealer({ context: elsewhere, routingId: 'peer', reconnectInterval: 1 });
      let worker: Worker;
      if (binder === 'ROUTER') {
        await router.bind('tcp://127.0.0.1:*');
        [worker] = (await started) as [Worker];
        peer.connect(router.lastEndpoint!);
      } else {
        const endpoint = await stage.freeEndpoint();
        router.connect(endpoint);
        [worker] = (await started) as [Worker];
        await peer.bind(endpoint);
      }
      expect((await router.receive()).map(String)).to.deep.equal(['peer', '']);
      expect(coreOf(context).ioThreadIds()).to.deep.equal([worker.threadId]);
      await worker.terminate();
      expect((await router.receive()).map(String)).to.deep.equal(['peer', '']);
      expect((await router.receive()).map(String)).to.deep.equal(['peer', '']);
      await peer.send('after');
      expect((await router.receive()).map(String)).to.deep.equal(['peer', 'after']);
      await setImmediate();
      expect(router.readable).to.equal(false);
    });
  }
});
