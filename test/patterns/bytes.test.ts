import { expect } from 'chai';
import {
  Dealer,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  type Context,
} from '../../src/index.js';
import { failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

/** No text in UTF-8, and with a 0 in it. */
const BYTES = Buffer.of(0x80, 0, 0xff, 0x41, 0);

/** The longest that there can be. */
const LONG = Buffer.alloc(255, 0xfe);

describe('A routing id of bytes', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    for (const binder of ['ROUTER', 'its peers'] as const) {
      it(`reaches a ROUTER over ${transport} as it is, and leads back, when ${binder} binds`, async () => {
        const router = new Router({ context });
        const peers = [
          new Dealer({ context, routingId: BYTES }),
          new Dealer({ context, routingId: LONG }),
          new Request({ context, routingId: new Uint8Array([0xc3]) }),
        ];
        if (binder === 'ROUTER') await router.bind(stage.wildcard(transport));
        for (const peer of peers) {
          if (binder === 'ROUTER') peer.connect(router.lastEndpoint!);
          else {
            await peer.bind(stage.wildcard(transport));
            router.connect(peer.lastEndpoint!);
          }
        }
        for (const [i, id] of [BYTES, LONG, Buffer.of(0xc3)].entries()) {
          await peers[i]!.send('question');
          const message = await router.receive();
          expect(message[0]).to.deep.equal(id);
          await router.send([id, ...message.slice(1, -1), `answer ${i}`]);
          expect(String(await peers[i]!.receive())).to.equal(`answer ${i}`);
        }
      });
    }
  }

  it('names a peer from the side of a ROUTER, and of a STREAM', async () => {
    const dealer = new Dealer({ context });
    await dealer.bind(stage.inproc());
    const router = new Router({ context, mandatory: true });
    router.connect(dealer.lastEndpoint!, { routingId: BYTES });
    await router.send([BYTES, 'hello']);
    expect(String(await dealer.receive())).to.equal('hello');
    failureNow('EINVAL', () => router.connect(dealer.lastEndpoint!, { routingId: BYTES }));

    const server = new Stream({ context, notify: false });
    await server.bind('tcp://127.0.0.1:*');
    const stream = new Stream({ context, notify: false });
    stream.connect(server.lastEndpoint!, { routingId: BYTES });
    await stream.send([BYTES, 'hello']);
    const [id, data] = await server.receive();
    expect(String(data)).to.equal('hello');
    await server.send([id, 'world']);
    expect(await stream.receive()).to.deep.equal([BYTES, Buffer.from('world')]);
  });

  it('is a copy, and is read as text', async () => {
    const mine = Buffer.from('mine');
    const dealer = new Dealer({ context, routingId: mine });
    mine.fill(0xff);
    expect(dealer.routingId).to.equal('mine');
    const router = new Router({ context });
    await router.bind(stage.inproc());
    dealer.connect(router.lastEndpoint!);
    await dealer.send('x');
    expect(String((await router.receive())[0])).to.equal('mine');
    dealer.routingId = BYTES;
    expect(dealer.routingId).to.equal('\ufffd\0\ufffdA\0');
  });

  it('is checked as text is', () => {
    const router = new Router({ context, routingId: BYTES });
    for (const routingId of [Buffer.alloc(0), Buffer.of(0, 1), Buffer.alloc(256, 1)]) {
      failureNow('EINVAL', () => (router.routingId = routingId));
      failureNow('EINVAL', () => router.connect(stage.inproc(), { routingId }));
    }
    for (const routingId of [5, {}, new ArrayBuffer(3), new Uint16Array(3), true]) {
      expect(() => new Router({ context, routingId } as object)).to.throw(
        TypeError,
        'routingId must be a string, bytes or null',
      );
      expect(() => router.connect(stage.inproc(), { routingId } as object)).to.throw(TypeError);
    }
    expect(() => router.connect(stage.inproc(), { routingId: null } as object)).to.throw(TypeError);
    expect(router.routingId).to.equal('\ufffd\0\ufffdA\0');
    router.routingId = null;
    expect(router.routingId).to.equal(null);
  });
});

describe('A message of bytes that is an option', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('welcomes the peers of an XPUB', async () => {
    const publisher = new XPublisher({ context, welcomeMessage: BYTES });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context });
    subscriber.subscribe(BYTES.subarray(0, 2));
    subscriber.connect(publisher.lastEndpoint!);
    await publisher.receive();
    expect(await subscriber.receive()).to.deep.equal([BYTES]);
    expect(publisher.welcomeMessage).to.equal('\ufffd\0\ufffdA\0');
  });

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`greets and bids farewell over ${transport}`, async () => {
      const router = new Router({ context, disconnectMessage: BYTES });
      const dealer = new Dealer({ context, helloMessage: BYTES, routingId: 'me' });
      await router.bind(stage.wildcard(transport));
      dealer.connect(router.lastEndpoint!);
      expect(await router.receive()).to.deep.equal([Buffer.from('me'), BYTES]);
      dealer.close();
      expect(await router.receive()).to.deep.equal([Buffer.from('me'), BYTES]);
    });
  }

  it('tells of a connection that was lost', async () => {
    const router = new Router({ context });
    const dealer = new Dealer({ context, hiccupMessage: BYTES });
    await router.bind('ipc://*');
    dealer.connect(router.lastEndpoint!);
    await dealer.send('x');
    await router.receive();
    router.close();
    expect(await dealer.receive()).to.deep.equal([BYTES]);
  });

  it('is none if it is empty', async () => {
    const publisher = new XPublisher({ context, welcomeMessage: '' });
    const dealer = new Dealer({ context, helloMessage: Buffer.alloc(0) });
    expect(publisher.welcomeMessage).to.equal(null);
    expect(dealer.helloMessage).to.equal(null);
    const router = new Router({ context });
    await router.bind(stage.inproc());
    dealer.connect(router.lastEndpoint!);
    await dealer.send('first');
    expect(String((await router.receive())[1])).to.equal('first');
  });

  it('is taken by its number, and where an option is text its bytes are', () => {
    const router = new Router({ context });
    const numbers = router as unknown as {
      setStringOption(option: number, value: unknown): void;
      getStringOption(option: number): string | null;
    };
    for (const [number, name] of [
      [5, 'routingId'],
      [110, 'helloMessage'],
      [111, 'disconnectMessage'],
    ] as const) {
      numbers.setStringOption(number, BYTES);
      expect(router[name]).to.equal('\ufffd\0\ufffdA\0');
      expect(numbers.getStringOption(number)).to.equal(router[name]);
    }
    const METADATA = 95;
    numbers.setStringOption(METADATA, Buffer.from('X-a:b'));
    expect(router.metadata).to.equal('X-a:b');
    failureNow('EINVAL', () => numbers.setStringOption(METADATA, BYTES));
  });
});
