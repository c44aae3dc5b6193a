import { expect } from 'chai';
import { ioStatistics, Publisher, Reply, Request, Subscriber } from '../../src/index.js';
import { heardBy, turn } from '../support/heard.js';
import { useTidyStage } from '../support/stage.js';

describe('Publishing', () => {
  const stage = useTidyStage();

  it('needs nobody to listen: what nobody has subscribed to is gone', async () => {
    const { context } = stage;
    for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
      const publisher = new Publisher({ context });
      await publisher.bind(stage.wildcard(transport));
      for (let i = 0; i < 2000; i++) await publisher.send(`early ${i}`);
      // Gone, and not dropped: that is what a peer with a full pipe loses.
      expect(publisher.dropped).to.equal(0);
      const subscriber = new Subscriber({ context });
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe('early', 'late');
      await heardBy(publisher, subscriber);
      await publisher.send('late');
      expect(String(await subscriber.receive())).to.equal('late');
    }
  });

  it('passes a slow joiner by, although it was started first', async () => {
    const { context } = stage;
    const endpoint = await stage.freeEndpoint();
    // Its next attempt is two seconds away when the publisher comes.
    const subscriber = new Subscriber({ context, reconnectInterval: 2000 });
    subscriber.connect(endpoint);
    subscriber.subscribe('');
    const publisher = new Publisher({ context });
    await publisher.bind(endpoint);
    for (let i = 0; i < 1000; i++) await publisher.send(`${i}`);
    let first: Buffer[] | undefined;
    while (first === undefined) {
      await publisher.send('later');
      await turn();
      first = subscriber.tryReceive();
    }
    expect(String(first)).to.equal('later');
  });

  it('to a subscriber that has answered first loses nothing', async () => {
    const { context } = stage;
    const publisher = new Publisher({ context, sendHighWaterMark: 0 });
    const reply = new Reply({ context });
    for (const socket of [publisher, reply]) await socket.bind('tcp://127.0.0.1:*');
    const received = (async () => {
      const [subscriber, request] = [new Subscriber({ context }), new Request({ context })];
      subscriber.connect(publisher.lastEndpoint!);
      request.connect(reply.lastEndpoint!);
      subscriber.subscribe('');
      await subscriber.receive();
      await request.send('I hear you');
      await request.receive();
      const numbers: number[] = [];
      while (numbers.length < 1000) {
        const text = String(await subscriber.receive());
        if (text !== 'hello') numbers.push(Number(text));
      }
      return numbers;
    })();
    let answer: Buffer[] | undefined;
    while (answer === undefined) {
      await publisher.send('hello');
      await turn();
      answer = reply.tryReceive();
    }
    await reply.send('then I begin');
    for (let i = 0; i < 1000; i++) await publisher.send(`${i}`);
    expect(await received).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('is asynchronous: the publisher goes on while nobody receives yet', async () => {
    const { context } = stage;
    for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
      const publisher = new Publisher({ context });
      await publisher.bind(stage.wildcard(transport));
      const subscriber = new Subscriber({ context });
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe('n');
      await heardBy(publisher, subscriber);
      for (let i = 0; i < 500; i++) expect(publisher.trySend(`n${i}`)).to.equal(true);
      for (let i = 0; i < 500; i++) {
        expect(String(await subscriber.receive())).to.equal(`n${i}`);
      }
    }
  });

  it('by several to one subscriber is heard in turn, so that none drowns the others', async () => {
    const { context } = stage;
    const subscriber = new Subscriber({ context });
    const publishers: Publisher[] = [];
    subscriber.subscribe('from');
    for (let i = 0; i < 4; i++) {
      const publisher = new Publisher({ context });
      await publisher.bind(stage.inproc());
      subscriber.connect(publisher.lastEndpoint!);
      await heardBy(publisher, subscriber);
      publishers.push(publisher);
    }
    const few = 10;
    // One has very much to say.
    for (let i = 0; i < 900; i++) await publishers[0]!.send('from 0');
    for (const [i, publisher] of publishers.entries()) {
      if (i > 0) for (let n = 0; n < few; n++) await publisher.send(`from ${i}`);
    }
    const heard: string[] = [];
    for (let i = 0; i < 4 * few; i++) heard.push(String(await subscriber.receive()));
    for (const i of publishers.keys()) {
      expect(heard.filter((text) => text === `from ${i}`)).to.have.lengthOf(few);
    }
  });

  it('feeds five subscribers with five topics at once, by two I/O workers', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    const publisher = new Publisher({ context });
    const endpoints: string[] = [];
    // An endpoint is one worker's for its life; two are dealt out to two.
    for (let i = 0; i < 2; i++) {
      await publisher.bind('tcp://127.0.0.1:*');
      endpoints.push(publisher.lastEndpoint!);
    }
    const zips = ['12345', '23456', '34567', '45678', '56789'];
    const subscribers: Subscriber[] = [];
    for (const [k, zip] of zips.entries()) {
      const subscriber = new Subscriber({ context });
      subscriber.connect(endpoints[k % 2]!);
      subscriber.subscribe(zip);
      await heardBy(publisher, subscriber);
      subscribers.push(subscriber);
    }
    for (let i = 0; i < 100; i++) for (const zip of zips) await publisher.send(`${zip} ${i}`);
    for (const [k, subscriber] of subscribers.entries()) {
      for (let i = 0; i < 100; i++) {
        expect(String(await subscriber.receive())).to.equal(`${zips[k]} ${i}`);
      }
    }
    const workers = await ioStatistics(context);
    expect(workers).to.have.lengthOf(2);
    for (const { accepted } of workers) expect(accepted).to.be.at.least(2);
  });
});
