import { expect } from 'chai';
import {
  Dealer,
  metadataOf,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  type PeerMetadata,
} from '../../src/index.js';
import { Channel, Client, Dish, Gather, Peer, Radio, Scatter, Server } from '../../src/draft.js';
import { failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';
import { COMMAND, command, frame, greeting, ready, WirePeer } from '../support/wire-peer.js';

const KEEP = { keepMetadata: true };
const HELLO = 'X-hello:World';

/** What a message's metadata says, by name. */
function said(message: object): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of metadataOf(message)!) found[name] = String(value);
  return found;
}

describe('Metadata of messages', () => {
  const stage = useTidyStage();

  for (const transport of ['ipc', 'tcp'] as const) {
    for (const binder of ['receiver', 'sender'] as const) {
      for (const immediate of [false, true]) {
        const how = `${transport}, when the ${binder} binds${immediate ? ', with `immediate`' : ''}`;
        it(`says who has sent them, over ${how}`, async () => {
          const { context } = stage;
          const router = new Router({ context, immediate, ...KEEP });
          const dealer = new Dealer({ context, routingId: 'me', immediate, metadata: HELLO });
          const [bound, other] = binder === 'receiver' ? [router, dealer] : [dealer, router];
          await bound.bind(stage.wildcard(transport));
          other.connect(bound.lastEndpoint!);
          await dealer.send('a message');
          const message = await router.receive();
          const metadata = metadataOf(message)!;
          expect(metadata.socketType).to.equal('DEALER');
          expect(String(metadata.routingId)).to.equal('me');
          expect(metadata.get('Routing-Id')).to.equal('me');
          expect(metadata.get('Identity')).to.equal('me');
          expect(metadata.get('X-hello')).to.equal('World');
          expect(metadata.get('x-HELLO')).to.equal('World');
          const address = transport === 'tcp' ? '127.0.0.1' : undefined;
          expect(metadata.peerAddress).to.equal(address);
          expect(metadata.get('Peer-Address')).to.equal(address);
          expect(metadata.userId).to.equal(undefined);
          expect(metadata.getBytes('X-none')).to.equal(undefined);
          expect(said(message)).to.deep.equal({
            'Socket-Type': 'DEALER',
            Identity: 'me',
            'X-hello': 'World',
            ...(address === undefined ? {} : { 'Peer-Address': address }),
          });
        });
      }
    }
  }

  it('are there for messages in every form of receiving, and are one for all of a connection', async () => {
    const { context } = stage;
    const pull = new Pull({ context, ...KEEP });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context, metadata: HELLO });
    const waiting = pull.receive();
    push.connect(pull.lastEndpoint!);
    for (let i = 0; i < 8; i++) await push.send(`message ${i}`);
    const lease = async (): Promise<object> => {
      const leases = await pull.receiveLease();
      for (const part of leases) part.release();
      return leases;
    };
    const received: object[] = [
      await waiting,
      await pull.receive(),
      pull.receiveSync(),
      (await pull[Symbol.asyncIterator]().next()).value as object,
      await lease(),
      await pull.receiveInto(Buffer.alloc(100)),
      pull.receiveIntoSync(Buffer.alloc(100)),
    ];
    let last: object | undefined;
    while (last === undefined) last = pull.tryReceive();
    received.push(last);
    const kept = new Set<PeerMetadata | undefined>(received.map(metadataOf));
    expect(kept.size).to.equal(1);
    expect([...kept][0]!.get('X-hello')).to.equal('World');
  });

  it('are not kept unless they are asked for', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    expect(pull.keepMetadata).to.equal(false);
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context, metadata: HELLO });
    push.connect(pull.lastEndpoint!);
    await push.send('a message');
    expect(metadataOf(await pull.receive())).to.equal(undefined);
    expect(metadataOf({})).to.equal(undefined);
  });

  it('are kept from the next bind or connect on', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const first = new Push({ context });
    first.connect(pull.lastEndpoint!);
    await first.send('before');
    expect(metadataOf(await pull.receive())).to.equal(undefined);
    pull.keepMetadata = true;
    await pull.bind('tcp://127.0.0.1:*');
    const second = new Push({ context });
    second.connect(pull.lastEndpoint!);
    await second.send('after');
    expect(metadataOf(await pull.receive())!.socketType).to.equal('PUSH');
    await first.send('of the first');
    expect(metadataOf(await pull.receive())).to.equal(undefined);
  });

  it('are none over inproc, as with libzmq', async () => {
    const { context } = stage;
    const router = new Router({ context, ...KEEP });
    await router.bind('inproc://router');
    const dealer = new Dealer({ context, routingId: 'me', metadata: HELLO });
    dealer.connect('inproc://router');
    await dealer.send('a message');
    expect(metadataOf(await router.receive())).to.equal(undefined);
  });

  it('are those of each peer, whichever comes when', async () => {
    const { context } = stage;
    const pull = new Pull({ context, ...KEEP });
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint!;
    await pull.bind('inproc://pull');
    for (let i = 0; i < 10; i++) {
      const push = new Push({ context, metadata: `X-name:${i}` });
      push.connect(endpoint);
      const other = new Push({ context });
      other.connect('inproc://pull');
      for (let j = 0; j < 10; j++) {
        await push.send(`${i}`);
        await other.send('inproc');
      }
    }
    for (let i = 0; i < 200; i++) {
      const message = await pull.receive();
      const name = metadataOf(message)?.get('X-name') ?? 'inproc';
      expect(name).to.equal(String(message[0]));
    }
  });

  it('are those of the connection, where one follows another at an endpoint', async () => {
    const { context } = stage;
    const pull = new Pull({ context, reconnectInterval: 1, ...KEEP });
    const { events } = pull;
    const endpoint = await stage.freeEndpoint();
    pull.connect(endpoint);
    const elsewhere = stage.newContext();
    // Some go by reference, some in pieces.
    const sizes = [10, 100_000, 12_000_000];
    for (const name of ['first', 'second', 'third']) {
      const push = new Push({ context: elsewhere, metadata: `X-name:${name}` });
      await push.bind(endpoint);
      const sent = sizes.map((size) => push.send([name, Buffer.alloc(size)]));
      for (const size of sizes) {
        const message = await pull.receive();
        expect(message[1]).to.have.lengthOf(size);
        expect(said(message)).to.deep.equal({
          'Socket-Type': 'PUSH',
          'X-name': name,
          'Peer-Address': '127.0.0.1',
        });
      }
      await Promise.all(sent);
      push.close();
      while ((await events.receive()).type !== 'disconnect');
    }
  });

  it('are those of the connection, when nothing is received before all have come and gone', async () => {
    const { context } = stage;
    const pull = new Pull({ context, reconnectInterval: 1, ...KEEP });
    const { events } = pull;
    const endpoint = await stage.freeEndpoint();
    pull.connect(endpoint);
    const elsewhere = stage.newContext();
    const names = ['first', 'second', 'third'];
    for (const name of names) {
      const push = new Push({ context: elsewhere, metadata: `X-name:${name}` });
      await push.bind(endpoint);
      for (let i = 0; i < 100; i++) await push.send([name, Buffer.alloc(i * 300)]);
      push.close();
      while ((await events.receive()).type !== 'disconnect');
    }
    for (const name of names) {
      for (let i = 0; i < 100; i++) {
        const message = await pull.receive();
        expect(String(message[0])).to.equal(name);
        expect(metadataOf(message)!.get('X-name')).to.equal(name);
      }
    }
  });

  it('of a STREAM are the address that its connection comes from', async () => {
    const { context } = stage;
    const server = new Stream({ context, ...KEEP });
    await server.bind('tcp://127.0.0.1:*');
    const client = new Stream({ context, ...KEEP });
    client.connect(server.lastEndpoint!, { routingId: 'server' });
    await client.send(['server', 'hello']);
    const stands = await server.receive();
    expect(said(stands)).to.deep.equal({ 'Peer-Address': '127.0.0.1' });
    expect(said(await server.receive())).to.deep.equal({ 'Peer-Address': '127.0.0.1' });
    expect(said(await client.receive())).to.deep.equal({ 'Peer-Address': '127.0.0.1' });
    client.disconnect(server.lastEndpoint!);
    const gone = await server.receive();
    expect(gone[1]).to.have.lengthOf(0);
    expect(said(gone)).to.deep.equal({ 'Peer-Address': '127.0.0.1' });
  });

  it('are there for every type that receives from its peers', async () => {
    const { context } = stage;
    const endpoint = 'tcp://127.0.0.1:*';
    const options = { context, metadata: HELLO, ...KEEP };
    const check = (type: string, message: object): void => {
      expect(metadataOf(message)?.socketType, type).to.equal(type);
      expect(metadataOf(message)!.get('X-hello'), type).to.equal('World');
    };
    const [request, reply] = [new Request(options), new Reply(options)];
    await reply.bind(endpoint);
    request.connect(reply.lastEndpoint!);
    await request.send('question');
    check('REQ', await reply.receive());
    await reply.send('answer');
    check('REP', await request.receive());

    const [first, second] = [new Pair(options), new Pair(options)];
    await first.bind(endpoint);
    second.connect(first.lastEndpoint!);
    await second.send('there');
    check('PAIR', await first.receive());
    await first.send('back');
    check('PAIR', await second.receive());

    const publisher = new Publisher({ context, metadata: HELLO });
    await publisher.bind(endpoint);
    for (const subscriber of [new Subscriber(options), new XSubscriber(options)]) {
      if (subscriber instanceof Subscriber) subscriber.subscribe('');
      else await subscriber.send('\x01');
      subscriber.connect(publisher.lastEndpoint!);
      let message: Buffer[] | undefined;
      while (message === undefined) {
        await publisher.send('news');
        await new Promise((resolve) => setImmediate(resolve));
        message = subscriber.tryReceive();
      }
      check('PUB', message);
    }

    const xpublisher = new XPublisher(options);
    await xpublisher.bind(endpoint);
    const reader = new Subscriber({ context, metadata: HELLO });
    reader.connect(xpublisher.lastEndpoint!);
    reader.subscribe('news');
    for (const kind of ['\x01', '\0']) {
      const message = await xpublisher.receive();
      expect(String(message)).to.equal(`${kind}news`);
      check('SUB', message);
      if (kind === '\x01') reader.close();
    }

    const [client, server] = [new Client(options), new Server(options)];
    await server.bind(endpoint);
    client.connect(server.lastEndpoint!);
    await client.send('question');
    const asked = await server.receive();
    check('CLIENT', asked);
    await server.send('answer', asked[1]);
    check('SERVER', await client.receive());

    const [scatter, gather] = [new Scatter({ context, metadata: HELLO }), new Gather(options)];
    await gather.bind(endpoint);
    scatter.connect(gather.lastEndpoint!);
    await scatter.send('part');
    check('SCATTER', await gather.receive());

    const [one, other] = [new Channel(options), new Channel(options)];
    await one.bind(endpoint);
    other.connect(one.lastEndpoint!);
    await other.send('there');
    check('CHANNEL', await one.receive());

    const [caller, called] = [new Peer(options), new Peer(options)];
    await called.bind(endpoint);
    const routingId = caller.connectPeer(called.lastEndpoint!);
    await caller.send('hello', { routingId });
    check('PEER', await called.receive());

    const [radio, dish] = [new Radio({ context, metadata: HELLO }), new Dish(options)];
    dish.join('group');
    await radio.bind(endpoint);
    dish.connect(radio.lastEndpoint!);
    let played: object | undefined;
    while (played === undefined) {
      await radio.send('song', { group: 'group' });
      await new Promise((resolve) => setImmediate(resolve));
      played = dish.tryReceive();
    }
    check('RADIO', played);
  });

  it('of what a ROUTER tells about its peers are none', async () => {
    const { context } = stage;
    const router = new Router({ context, routerNotify: 3, ...KEEP });
    await router.bind('tcp://127.0.0.1:*');
    const dealer = new Dealer({ context });
    dealer.connect(router.lastEndpoint!);
    await dealer.send('a message');
    expect(metadataOf(await router.receive())).to.equal(undefined);
    expect(metadataOf(await router.receive())!.socketType).to.equal('DEALER');
    dealer.close();
    expect(metadataOf(await router.receive())).to.equal(undefined);
  });

  describe('from a peer that knows only the wire', () => {
    async function meet(...bytes: Buffer[]): Promise<{ pull: Pull; peer: WirePeer }> {
      const pull = new Pull({ context: stage.context, ...KEEP });
      await pull.bind('tcp://127.0.0.1:*');
      const peer = new WirePeer(await stage.tcp(pull.lastEndpoint!));
      peer.socket.write(Buffer.concat([greeting(), ...bytes]));
      return { pull, peer };
    }

    it('are as it says them, but for what it cannot know of itself', async () => {
      const { pull } = await meet(
        ready('PUSH', ['X-Empty', ''], ['user-id', 'root'], ['PEER-ADDRESS', '1.2.3.4']),
        frame('a message'),
      );
      expect(said(await pull.receive())).to.deep.equal({
        'Socket-Type': 'PUSH',
        'X-Empty': '',
        'Peer-Address': '127.0.0.1',
      });
    });

    it('are as long as a handshake may be, and no longer', async () => {
      const long = 'x'.repeat(8000);
      const { pull } = await meet(ready('PUSH', ['X-long', long]), frame('a message'));
      expect(metadataOf(await pull.receive())!.get('X-long')).to.equal(long);
      const { peer } = await meet(ready('PUSH', ['X-long', 'x'.repeat(8200)]), frame('a message'));
      await peer.closed;
    });

    it('are refused when a name comes twice', async () => {
      const { peer } = await meet(ready('PUSH', ['X-a', '1'], ['x-A', '2']), frame('a message'));
      await peer.closed;
    });

    it('are not changed by frames with bits that mean something here only', async () => {
      const { pull, peer } = await meet(
        ready('PUSH'),
        frame(Buffer.alloc(100_000)),
        frame('no note', 32),
        command('PING', Buffer.alloc(2)),
        frame('\x05X-not\x01\0\0\0y', 32 | COMMAND),
        frame('the last'),
      );
      const received: string[] = [];
      for (let i = 0; i < 3; i++) {
        const message = await pull.receive();
        if (message[0]!.length < 100) received.push(String(message[0]));
        expect(said(message)).to.deep.equal({ 'Socket-Type': 'PUSH', 'Peer-Address': '127.0.0.1' });
      }
      expect(received).to.deep.equal(['no note', 'the last']);
      peer.socket.destroy();
    });
  });

  describe('as a socket tells them', () => {
    it('are properties of its handshake, one for each line', async () => {
      const push = new Push({ context: stage.context, metadata: 'X-a:1\nX-b:with: colon' });
      await push.bind('tcp://127.0.0.1:*');
      const pull = new Pull({ context: stage.newContext(), ...KEEP });
      pull.connect(push.lastEndpoint!);
      await push.send('a message');
      expect(said(await pull.receive())).to.include({ 'X-a': '1', 'X-b': 'with: colon' });
    });

    it('are checked when they are set', () => {
      const push = new Push({ context: stage.context });
      const loose = push as unknown as Record<string, unknown>;
      expect(push.metadata).to.equal(null);
      for (const wrong of [1, {}, true]) {
        expect(() => (loose.metadata = wrong)).to.throw(TypeError);
      }
      const wrong = ['', 'X-', 'X-:a', 'X-a', 'X-a:', 'a:b', ':b', 'X-a b:c', 'X-a:1\n', 'X-ä:1'];
      for (const text of [...wrong, 'X-a:1\nx-a:2', 'X-a:1\nX-A:2', `X-a:${'b'.repeat(4093)}`]) {
        failureNow('EINVAL', () => (push.metadata = text));
      }
      push.metadata = `X-a:${'b'.repeat(4092)}`;
      push.metadata = null;
    });
  });
});
