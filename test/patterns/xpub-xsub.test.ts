import { expect } from 'chai';
import {
  Publisher,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
  type Readable,
} from '../../src/index.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('XPUB and XSUB', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function text(socket: Readable): Promise<string> {
    return (await socket.receive()).map(String).join('|');
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      let publisher: XPublisher;

      beforeEach(async () => {
        publisher = new XPublisher({ context });
        await publisher.bind(stage.wildcard(transport));
      });

      function subscriber(): XSubscriber {
        const made = new XSubscriber({ context });
        made.connect(publisher.lastEndpoint!);
        return made;
      }

      it('tell of a topic’s first subscription and of the end of its last, and of no other', async () => {
        const [one, two] = [subscriber(), subscriber()];
        await one.send('\x01A');
        expect(await text(publisher)).to.equal('\x01A');
        await two.send('\x01A');
        await one.send('\x01A');
        await two.send('\x01two');
        expect(await text(publisher)).to.equal('\x01two');
        await one.send('\x00A');
        await one.send('\x00A');
        await one.send('\x01one');
        expect(await text(publisher)).to.equal('\x01one');
        await two.send('\x00A');
        expect(await text(publisher)).to.equal('\x00A');
      });

      it('tell of the end of what only a lost peer had subscribed to', async () => {
        const [one, two] = [subscriber(), subscriber()];
        await one.send('\x01both');
        expect(await text(publisher)).to.equal('\x01both');
        await two.send('\x01both');
        await two.send('\x01two');
        expect(await text(publisher)).to.equal('\x01two');
        two.close();
        expect(await text(publisher)).to.equal('\x00two');
        one.close();
        expect(await text(publisher)).to.equal('\x00both');
      });

      it('carry messages of a subscriber that are no subscriptions, in order with those', async () => {
        const one = subscriber();
        await one.send('\x01A');
        await one.send('hello');
        await one.send(['\x01', 'of two parts']);
        await one.send('');
        await one.send('\x00A');
        for (const said of ['\x01A', 'hello', '\x01', 'of two parts', '', '\x00A']) {
          expect(await text(publisher)).to.equal(said);
        }
      });

      it('let an XSUB receive what it subscribed to by sending', async () => {
        const one = subscriber();
        await one.send(Buffer.from([1, 0xff, 0]));
        expect((await publisher.receive())[0]).to.deep.equal(Buffer.from([1, 0xff, 0]));
        await publisher.send('no');
        await publisher.send([Buffer.from([0xff, 0, 7]), 'yes']);
        expect(await one.receive()).to.deep.equal([Buffer.from([0xff, 0, 7]), Buffer.from('yes')]);
      });

      it('do not mind a cancellation of what was never subscribed to', async () => {
        const one = subscriber();
        await one.send('\x00A');
        await one.send('\x01B');
        expect(await text(publisher)).to.equal('\x01B');
      });

      it('forward subscriptions through a device, and messages back', async () => {
        const back = new XSubscriber({ context });
        const origin = new Publisher({ context });
        await origin.bind(stage.wildcard(transport));
        back.connect(origin.lastEndpoint!);
        const end = new Subscriber({ context });
        end.connect(publisher.lastEndpoint!);
        end.subscribe('A');
        const subscription = await publisher.receive();
        await back.send(subscription);
        const forwarded = (async () => {
          await publisher.send(await back.receive());
        })();
        // The origin does not say when it has heard of the subscription.
        let arrived: Buffer[] | undefined;
        void end.receive().then((message) => (arrived = message));
        while (arrived === undefined) {
          await origin.send(['A', 'through']);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await forwarded;
        expect(arrived.map(String)).to.deep.equal(['A', 'through']);
      });
    });
  }

  it('let an XSUB send to nobody, and never wait', async () => {
    const one = new XSubscriber({ context });
    await one.send('\x01A');
    await one.send('nobody');
    expect(one.trySend('nobody')).to.equal(true);
    expect(one.writable).to.equal(true);
  });

  it('stop listening to a peer of which a mark’s messages are unreceived, and to no other', async () => {
    const publisher = new XPublisher({ context, receiveHighWaterMark: 10 });
    await publisher.bind(stage.inproc());
    const loud = new XSubscriber({ context });
    loud.connect(publisher.lastEndpoint!);
    for (let i = 0; i < 500; i++) await loud.send(`\x01${i};`);
    const quiet = new Subscriber({ context });
    quiet.connect(publisher.lastEndpoint!);
    quiet.subscribe('quiet');
    // Whoever is not listened to has subscribed to nothing yet; the other has.
    await new Promise((resolve) => setImmediate(resolve));
    await publisher.send('quiet');
    expect(String(await quiet.receive())).to.equal('quiet');
    await publisher.send('499;');
    expect(loud.tryReceive()).to.equal(undefined);
    const topics = new Set<string>();
    while (topics.size < 501) topics.add(await text(publisher));
    expect(topics.has('\x01499;')).to.equal(true);
    expect(publisher.tryReceive()).to.equal(undefined);
    await publisher.send('499;');
    expect(String(await loud.receive())).to.equal('499;');
  });

  it('take in all that a peer says, even while the thread only sends', async () => {
    const publisher = new XPublisher({ context, receiveHighWaterMark: 0 });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context });
    for (let i = 0; i < 5000; i++) subscriber.subscribe(`${i};`);
    subscriber.connect(publisher.lastEndpoint!);
    let sends = 0;
    while (subscriber.tryReceive() === undefined) {
      publisher.sendSync('4999;');
      if (++sends > 1000) expect.fail('it was never heard');
    }
    // And yet not all at one stretch, for which the thread would have to stop.
    expect(sends).to.be.greaterThan(10);
  });

  it('have the options that they need, and no others', () => {
    const both = {
      sendHighWaterMark: 5,
      receiveHighWaterMark: 6,
      sendTimeout: 7,
      receiveTimeout: 8,
    };
    expect(new XPublisher({ context, ...both })).to.deep.include({ ...both, linger: -1, type: 9 });
    expect(new XSubscriber({ context, ...both })).to.deep.include({ ...both, linger: 0, type: 10 });
    expect(() => new XPublisher({ context, mandatory: true } as object)).to.throw(TypeError);
    expect(() => new XSubscriber({ context, routingId: 'x' } as object)).to.throw(TypeError);
  });
});
