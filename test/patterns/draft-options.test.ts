import { expect } from 'chai';
import {
  Dealer,
  Publisher,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
} from '../../src/index.js';
import { Client, Peer, Server } from '../../src/draft.js';
import { failure } from '../support/expect-error.js';
import { noticeScenarios } from '../support/notice-scenarios.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { useTidyStage } from '../support/stage.js';

const text = (parts: readonly unknown[]): string[] => parts.map(String);

for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
  describe(`libzmq’s draft options over ${transport}`, () => {
    const stage = useTidyStage();
    let ours: End;

    beforeEach(() => {
      ours = here(new Performer({ context: stage.context }));
    });

    noticeScenarios(stage, transport, () => ({ having: ours, other: ours }));

    it('greet and miss the peers of CLIENT, SERVER and PEER', async () => {
      const { context } = stage;
      const server = new Server({ context, helloMessage: 'welcome', disconnectMessage: 'gone' });
      const client = new Client({ context, helloMessage: 'hello' });
      await server.bind(stage.wildcard(transport));
      client.connect(server.lastEndpoint!);
      const [hello, { routingId }] = await server.receive();
      expect(String(hello)).to.equal('hello');
      expect(text(await client.receive())).to.deep.equal(['welcome']);
      client.close();
      const [gone, from] = await server.receive();
      expect([String(gone), from.routingId]).to.deep.equal(['gone', routingId]);
      const peer = new Peer({ context, helloMessage: 'hello', disconnectMessage: 'gone' });
      const other = new Peer({ context });
      await peer.bind(stage.wildcard(transport));
      const id = other.connectPeer(peer.lastEndpoint!);
      expect(await other.receive()).to.deep.equal([Buffer.from('hello'), { routingId: id }]);
      other.close();
      expect(String((await peer.receive())[0])).to.equal('gone');
    });

    it('say nothing of peers that the socket itself leaves', async () => {
      const { context } = stage;
      const router = new Router({ context, disconnectMessage: 'gone' });
      const [first, second] = [new Dealer({ context }), new Dealer({ context })];
      const connected = new Dealer({ context });
      await router.bind(stage.wildcard(transport));
      const endpoint = router.lastEndpoint!;
      first.connect(endpoint);
      await first.send('first');
      expect(String((await router.receive())[1])).to.equal('first');
      if (transport !== 'inproc') await router.unbind(endpoint);
      await connected.bind(stage.wildcard(transport));
      router.connect(connected.lastEndpoint!, { routingId: 'connected' });
      await connected.send('hello');
      expect(text(await router.receive())).to.deep.equal(['connected', 'hello']);
      connected.close();
      await router.bind(stage.wildcard(transport));
      second.connect(router.lastEndpoint!);
      await second.send('second');
      expect(String((await router.receive())[1])).to.equal('second');
    });
  });
}

describe('libzmq’s draft options', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const immediate of [false, true]) {
    it(`greet again on each connection, and tell of the one that was lost (immediate: ${immediate})`, async () => {
      const endpoint = await stage.agreed('ipc');
      const dealer = new Dealer({
        context,
        immediate,
        helloMessage: 'hello',
        hiccupMessage: 'hiccup',
        reconnectInterval: 1,
      });
      dealer.connect(endpoint);
      for (let connection = 0; connection < 3; connection++) {
        const router = new Router({ context, linger: 0 });
        await router.bind(endpoint);
        expect(String((await router.receive())[1])).to.equal('hello');
        router.close();
        expect(text(await dealer.receive())).to.deep.equal(['hiccup']);
      }
    });
  }

  it('greet with a message of any length', async () => {
    const router = new Router({ context });
    const dealer = new Dealer({ context, helloMessage: 'x'.repeat(70_000) });
    await router.bind('tcp://127.0.0.1:*');
    dealer.connect(router.lastEndpoint!);
    await dealer.send('behind it');
    expect((await router.receive())[1]).to.have.length(70_000);
    expect(String((await router.receive())[1])).to.equal('behind it');
  });

  it('tell a poller of a peer that is gone', async () => {
    const router = new Router({ context, disconnectMessage: 'gone' });
    const dealer = new Dealer({ context });
    await router.bind(stage.inproc());
    dealer.connect(router.lastEndpoint!);
    await dealer.send('x');
    await router.receive();
    expect(router.readable).to.equal(false);
    dealer.close();
    expect(router.readable).to.equal(true);
    expect(String(router.tryReceive()?.[1])).to.equal('gone');
    expect(router.tryReceive()).to.equal(undefined);
  });

  for (const onlyFirstSubscribe of [false, true]) {
    it(`have a PUB look at the first part alone, or at each (onlyFirstSubscribe: ${onlyFirstSubscribe})`, async () => {
      const publisher = new Publisher({ context, onlyFirstSubscribe });
      const subscriber = new XSubscriber({ context });
      await publisher.bind(stage.inproc());
      subscriber.connect(publisher.lastEndpoint!);
      await subscriber.send(['x', '\x01A']);
      await subscriber.send(['\x01B', 'x', '\x01C']);
      for (const topic of ['A', 'B', 'C']) await publisher.send(topic);
      const topics = onlyFirstSubscribe ? ['B', 'C'] : ['A', 'B', 'C'];
      for (const topic of topics) expect(text(await subscriber.receive())).to.deep.equal([topic]);
      expect(publisher.topicsCount).to.equal(topics.length);
      publisher.onlyFirstSubscribe = !onlyFirstSubscribe;
      await subscriber.send(['x', '\x01D']);
      await publisher.send('D');
      expect(publisher.topicsCount).to.equal(topics.length + Number(onlyFirstSubscribe));
    });
  }

  it('subscribe again on each connection to what parts of a message have subscribed to', async () => {
    const endpoint = await stage.agreed('ipc');
    const subscriber = new XSubscriber({ context, reconnectInterval: 1 });
    subscriber.connect(endpoint);
    const first = new XPublisher({ context });
    await first.bind(endpoint);
    await subscriber.send('\x01here');
    expect(text(await first.receive())).to.deep.equal(['\x01here']);
    await subscriber.send(['\x01A', 'x', '\x01B']);
    await subscriber.send(['x', '\x00here']);
    for (const parts of [['\x01A'], ['x', '\x01B'], ['x', '\x00here']]) {
      expect(text(await first.receive())).to.deep.equal(parts);
    }
    first.close();
    const second = new XPublisher({ context });
    await second.bind(endpoint);
    const heard = [...text(await second.receive()), ...text(await second.receive())];
    expect(heard.sort()).to.deep.equal(['\x01A', '\x01B']);
    await subscriber.send('end');
    expect(text(await second.receive())).to.deep.equal(['end']);
  });

  it('refuse a topic in a part that no pipe can hold, and send and note nothing', async () => {
    const publisher = new XPublisher({ context });
    const subscriber = new XSubscriber({ context });
    await publisher.bind(stage.inproc());
    subscriber.connect(publisher.lastEndpoint!);
    const long = Buffer.alloc(2 ** 25, 1);
    for (const message of [
      ['\x01A', long],
      ['\x01A', 'x', long],
    ]) {
      await failure('EMSGSIZE', () => subscriber.send(message));
    }
    expect(subscriber.topicsCount).to.equal(0);
    await subscriber.send('\x01B');
    expect(text(await publisher.receive())).to.deep.equal(['\x01B']);
  });

  it('count topics', async () => {
    const publisher = new XPublisher({ context });
    const pub = new Publisher({ context });
    const subscriber = new Subscriber({ context });
    await publisher.bind(stage.inproc());
    subscriber.connect(publisher.lastEndpoint!);
    subscriber.subscribe('A', 'A', 'B');
    await publisher.receive();
    await publisher.receive();
    expect([publisher.topicsCount, subscriber.topicsCount, pub.topicsCount]).to.deep.equal([
      2, 2, 0,
    ]);
    const numbered = subscriber as unknown as { getInt32Option(number: number): number };
    expect(numbered.getInt32Option(116)).to.equal(2);
    subscriber.unsubscribe('A', 'B');
    expect(String((await publisher.receive())[0])).to.equal('\x00B');
    expect([publisher.topicsCount, subscriber.topicsCount]).to.deep.equal([1, 1]);
  });
});
