import { expect } from 'chai';
import { Dealer, Reply, Request, Router, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('ROUTER', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(transport: Transport, options = {}): Promise<Router> {
    const router = new Router({ context, ...options });
    await router.bind(stage.wildcard(transport));
    return router;
  }

  function dealer(router: Router, options = {}): Dealer {
    const made = new Dealer({ context, ...options });
    made.connect(router.lastEndpoint!);
    return made;
  }

  /** The texts of a message's parts. */
  async function texts(socket: Router | Dealer | Request | Reply): Promise<string[]> {
    return (await socket.receive()).map(String);
  }

  /** Until the ROUTER's peer with the id has gone. */
  async function gone(router: Router, id: string): Promise<void> {
    const { mandatory } = router;
    router.mandatory = true;
    for (;;) {
      try {
        router.trySend([id, 'are you there?']);
      } catch {
        break;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    router.mandatory = mandatory;
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('knows a peer by its routing id, and sends to whom the first part names', async () => {
        const router = await bound(transport);
        const [a, b] = [dealer(router, { routingId: 'A' }), dealer(router, { routingId: 'B' })];
        await a.send(['from', 'a']);
        expect(await texts(router)).to.deep.equal(['A', 'from', 'a']);
        await b.send('from b');
        expect(await texts(router)).to.deep.equal(['B', 'from b']);
        await router.send(['A', 'to', 'a']);
        await router.send(['B', 'to b']);
        expect(await texts(a)).to.deep.equal(['to', 'a']);
        expect(await texts(b)).to.deep.equal(['to b']);
      });

      it('gives a peer without a name five bytes that begin with 0', async () => {
        const router = await bound(transport);
        const peers = [dealer(router), dealer(router)];
        const ids: Buffer[] = [];
        for (const [n, peer] of peers.entries()) {
          await peer.send(`from ${n}`);
          const [id, body] = await router.receive();
          expect(String(body)).to.equal(`from ${n}`);
          expect(id).to.have.lengthOf(5);
          expect(id![0]).to.equal(0);
          ids.push(id!);
        }
        expect(ids[0]!.equals(ids[1]!)).to.equal(false);
        await router.send([ids[1]!, 'to 1']);
        await router.send([ids[0]!, 'to 0']);
        for (const [n, peer] of peers.entries()) {
          expect(await texts(peer)).to.deep.equal([`to ${n}`]);
        }
      });

      it('hears the name of whoever binds, too', async () => {
        const peer = new Dealer({ context, routingId: 'binder' });
        await peer.bind(stage.wildcard(transport));
        const router = new Router({ context });
        router.connect(peer.lastEndpoint!);
        await peer.send('hello');
        expect(await texts(router)).to.deep.equal(['binder', 'hello']);
        await router.send(['binder', 'back']);
        expect(await texts(peer)).to.deep.equal(['back']);
      });

      it('talks to a ROUTER, each calling the other by its name', async () => {
        const server = await bound(transport, { routingId: 'server' });
        const client = new Router({ context, routingId: 'client', mandatory: true });
        client.connect(server.lastEndpoint!);
        // Until the other’s name has come, there is nobody of that name.
        for (;;) {
          try {
            await client.send(['server', 'hello']);
            break;
          } catch {
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
        expect(await texts(server)).to.deep.equal(['client', 'hello']);
        await server.send(['client', 'back']);
        expect(await texts(client)).to.deep.equal(['server', 'back']);
      });

      it('hides a name from who does not want it', async () => {
        const reply = new Reply({ context, routingId: 'replier' });
        await reply.bind(stage.wildcard(transport));
        const request = new Request({ context, routingId: 'requester' });
        request.connect(reply.lastEndpoint!);
        await request.send('question');
        expect(await texts(reply)).to.deep.equal(['question']);
        await reply.send('answer');
        expect(await texts(request)).to.deep.equal(['answer']);
        const [one, other] = [new Dealer({ context, routingId: '1' }), new Dealer({ context })];
        other.routingId = '2';
        await one.bind(stage.wildcard(transport));
        other.connect(one.lastEndpoint!);
        await other.send('a');
        await one.send('b');
        expect(await texts(one)).to.deep.equal(['a']);
        expect(await texts(other)).to.deep.equal(['b']);
      });

      it('may call a peer as it likes, and then send first', async () => {
        const peer = new Dealer({ context, routingId: 'own name' });
        await peer.bind(stage.wildcard(transport));
        const router = new Router({ context });
        router.connect(peer.lastEndpoint!, { routingId: 'given' });
        await router.send(['given', 'question']);
        expect(await texts(peer)).to.deep.equal(['question']);
        await peer.send('answer');
        expect(await texts(router)).to.deep.equal(['given', 'answer']);
        failureNow('EINVAL', () =>
          router.connect(stage.wildcard(transport).replace('*', '1'), { routingId: 'given' }),
        );
      });

      it('drops messages for nobody, and counts them', async () => {
        const router = await bound(transport);
        await router.send(['nobody', 'message']);
        router.sendSync(['nobody', 'message']);
        expect(router.trySend('nobody')).to.equal(true);
        expect(router.dropped).to.equal(3);
        expect(router.writable).to.equal(true);
      });

      it('that is mandatory refuses messages for nobody with EHOSTUNREACH', async () => {
        const router = await bound(transport, { mandatory: true });
        await failure('EHOSTUNREACH', () => router.send(['A', 'message']));
        failureNow('EHOSTUNREACH', () => router.sendSync(['A', 'message']));
        failureNow('EHOSTUNREACH', () => router.trySend(['A', 'message']));
        const peer = dealer(router, { routingId: 'A' });
        await peer.send('here');
        await router.receive();
        await router.send(['A', 'message']);
        expect(await texts(peer)).to.deep.equal(['message']);
        peer.close();
        await gone(router, 'A');
        await failure('EHOSTUNREACH', () => router.send(['A', 'message']));
        expect(router.dropped).to.equal(0);
      });

      it('that is mandatory refuses messages for a peer that has left unread ones', async () => {
        const router = await bound(transport, { mandatory: true });
        const peer = dealer(router, { routingId: 'A' });
        await peer.send('first');
        await router.receive();
        await peer.send('unread');
        while (!router.readable) await new Promise((resolve) => setImmediate(resolve));
        peer.close();
        await gone(router, 'A');
        expect(await texts(router)).to.deep.equal(['A', 'unread']);
      });

      it('lets a newcomer with a name that is taken wait for it', async () => {
        const router = await bound(transport);
        const holder = dealer(router, { routingId: 'A' });
        await holder.send('holder');
        expect(await texts(router)).to.deep.equal(['A', 'holder']);
        const newcomer = dealer(router, { routingId: 'A' });
        await newcomer.send('newcomer');
        await holder.send('holder again');
        expect(await texts(router)).to.deep.equal(['A', 'holder again']);
        await router.send(['A', 'for the holder']);
        expect(await texts(holder)).to.deep.equal(['for the holder']);
        expect(router.tryReceive()).to.equal(undefined);
        holder.close();
        expect(await texts(router)).to.deep.equal(['A', 'newcomer']);
        await router.send(['A', 'for the newcomer']);
        expect(await texts(newcomer)).to.deep.equal(['for the newcomer']);
      });

      it('with handover gives a name that is taken to the newcomer', async () => {
        const router = await bound(transport, { handover: true });
        // Whoever loses the name would come back, and have it again.
        const holder = dealer(router, { routingId: 'A', linger: 0, reconnectInterval: -1 });
        await holder.send('holder');
        expect(await texts(router)).to.deep.equal(['A', 'holder']);
        const newcomer = dealer(router, { routingId: 'A' });
        await newcomer.send('newcomer');
        expect(await texts(router)).to.deep.equal(['A', 'newcomer']);
        await router.send(['A', 'for the newcomer']);
        expect(await texts(newcomer)).to.deep.equal(['for the newcomer']);
        expect(holder.tryReceive()).to.equal(undefined);
        holder.close();
        newcomer.close();
      });

      it('takes messages from its peers in turn', async () => {
        const router = await bound(transport);
        const peers = ['A', 'B', 'C'].map((routingId) => dealer(router, { routingId }));
        for (const peer of peers) await peer.send('hello');
        for (let i = 0; i < 3; i++) await router.receive();
        for (const peer of peers) for (let i = 0; i < 10; i++) await peer.send(String(i));
        const from: string[] = [];
        for (let i = 0; i < 30; i++) from.push((await texts(router))[0]!);
        for (const id of 'ABC') expect(from.filter((one) => one === id)).to.have.lengthOf(10);
        if (transport === 'inproc') expect(from).to.deep.equal(from.map((_, i) => from[i % 3]));
      });
    });
  }

  it('drops what a full peer has no room for, and serves the others', async () => {
    const router = await bound('inproc', { sendHighWaterMark: 1 });
    const slow = dealer(router, { routingId: 'slow', receiveHighWaterMark: 1 });
    const quick = dealer(router, { routingId: 'quick' });
    for (const peer of [slow, quick]) {
      await peer.send('hello');
      await router.receive();
    }
    for (let i = 0; i < 10; i++) {
      await router.send(['slow', String(i)]);
      await router.send(['quick', String(i)]);
    }
    expect(router.dropped).to.equal(8);
    for (let i = 0; i < 10; i++) expect(await texts(quick)).to.deep.equal([String(i)]);
    expect(await texts(slow)).to.deep.equal(['0']);
    expect(await texts(slow)).to.deep.equal(['1']);
    expect(slow.tryReceive()).to.equal(undefined);
  });

  it('that is mandatory waits for room at a full peer', async () => {
    const router = await bound('inproc', { mandatory: true, sendHighWaterMark: 1 });
    const peer = dealer(router, { routingId: 'A', receiveHighWaterMark: 1 });
    await peer.send('hello');
    await router.receive();
    expect(router.writable).to.equal(true);
    await router.send(['A', '0']);
    await router.send(['A', '1']);
    expect(router.writable).to.equal(false);
    expect(router.trySend(['A', 'no'])).to.equal(false);
    router.sendTimeout = 10;
    await failure('EAGAIN', () => router.send(['A', 'no']));
    failureNow('EAGAIN', () => router.sendSync(['A', 'no']));
    router.sendTimeout = -1;
    const waiting = router.send(['A', '2']);
    for (let i = 0; i < 3; i++) expect(await texts(peer)).to.deep.equal([String(i)]);
    await waiting;
    expect(router.dropped).to.equal(0);
  });

  it('that is mandatory ends a send that waits for a peer when that peer has gone', async () => {
    const router = await bound('inproc', { mandatory: true, sendHighWaterMark: 1 });
    const peer = dealer(router, { routingId: 'A', receiveHighWaterMark: 1 });
    await peer.send('hello');
    await router.receive();
    await peer.send('unread');
    await router.send(['A', '0']);
    await router.send(['A', '1']);
    const waiting = failure('EHOSTUNREACH', () => router.send(['A', '2']));
    peer.close();
    await waiting;
  });

  it('forgets newcomers that left before a name was theirs', async () => {
    const router = await bound('tcp');
    const holder = dealer(router, { routingId: 'A' });
    await holder.send('holder');
    await router.receive();
    for (let i = 0; i < 20; i++) {
      const newcomer = dealer(router, { routingId: 'A' });
      await newcomer.send('never read');
      newcomer.close();
    }
    // Whoever terminates waits for every connection, and these have come and gone.
    const last = dealer(router, { routingId: 'B' });
    await last.send('last');
    expect(await texts(router)).to.deep.equal(['B', 'last']);
    holder.close();
    await gone(router, 'A');
    expect(router.tryReceive()).to.equal(undefined);
  });

  it('checks its options', () => {
    const router = new Router({ context, mandatory: true, handover: true, routingId: 'me' });
    expect(router).to.deep.include({ mandatory: true, handover: true, routingId: 'me', type: 6 });
    expect(new Router({ context })).to.deep.include({ mandatory: false, handover: false });
    for (const name of ['mandatory', 'handover']) {
      for (const value of [1, 'true', null]) {
        expect(() => new Router({ context, [name]: value })).to.throw(TypeError);
      }
      expect(() => new Dealer({ context, [name]: true })).to.throw(TypeError);
    }
    expect(() => new Router({ context, routingId: 1 } as object)).to.throw(TypeError);
    for (const routingId of ['', '\0x', 'x'.repeat(256), 'ß'.repeat(128)]) {
      failureNow('EINVAL', () => new Router({ context, routingId }));
      failureNow('EINVAL', () => router.connect(stage.inproc(), { routingId }));
    }
  });
});
