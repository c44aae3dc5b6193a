import { expect } from 'chai';
import {
  Publisher,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
} from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { optionScenarios } from '../support/option-scenarios.js';
import { Performer } from '../support/performer.js';
import { here } from '../support/places.js';
import { useTidySharedStage, useTidyStage } from '../support/stage.js';

/** More than a pipe of any of the contexts here can hold, in bytes. */
const TOO_LONG = 2 ** 25;

for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
  describe(`Options of single types, over ${transport}`, () => {
    const stage = useTidySharedStage();
    optionScenarios(stage, transport, () => {
      const end = here(new Performer({ context: stage.context }));
      return { having: end, other: end };
    });
  });
}

describe('Options of single types', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** Two subscribers of a publisher that waits for neither's sake but with `noDrop`. */
  async function full(publisher: XPublisher): Promise<[Subscriber, Subscriber]> {
    await publisher.bind(stage.inproc());
    const made = [1, 2].map((number) => {
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 1 });
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe('all', String(number));
      return subscriber;
    });
    for (const said of ['\x01all', '\x011', '\x012']) {
      expect(String(await publisher.receive())).to.equal(said);
    }
    return [made[0]!, made[1]!];
  }

  it('noDrop: a message that somebody has no room for goes to nobody, until there is', async () => {
    const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 1 });
    const [one, two] = await full(publisher);
    // One of them is full, the other is not.
    expect(publisher.trySend('1')).to.equal(true);
    expect(publisher.trySend('1')).to.equal(true);
    expect(publisher.trySend('1')).to.equal(false);
    expect(publisher.trySend('all')).to.equal(false);
    expect(two.tryReceive()).to.equal(undefined);
    // What it is not for does not hold a message up.
    expect(publisher.trySend('2')).to.equal(true);
    const waiting = publisher.send('all');
    expect(String(two.receiveSync())).to.equal('2');
    for (const text of ['1', '1', 'all']) expect(String(await one.receive())).to.equal(text);
    await waiting;
    expect(String(await two.receive())).to.equal('all');
    expect(publisher.dropped).to.equal(0);
  });

  it('noDrop: a single subscriber’s message waits for memory, too', async () => {
    const small = stage.newContext({ arenaSize: 2 ** 24 });
    const publisher = new XPublisher({ context: small, noDrop: true, sendHighWaterMark: 0 });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context: small, receiveHighWaterMark: 0 });
    subscriber.connect(publisher.lastEndpoint!);
    subscriber.subscribe();
    await publisher.receive();
    const body = Buffer.alloc(1_000_000, 'x');
    let sent = 0;
    // More than the arena holds: what is dropped instead is taken for ever.
    while (sent < 20 && publisher.trySend([String(sent), body])) sent++;
    expect(sent).to.be.within(2, 19);
    const waiting = publisher.send([String(sent), body]);

    for (let i = 0; i <= sent; i++) {
      const [number, received] = await subscriber.receive();
      expect(String(number)).to.equal(String(i));
      expect(received!.equals(body)).to.equal(true);
    }
    await waiting;
    expect(publisher.dropped).to.equal(0);
  });

  it('noDrop: sendTimeout ends the waiting with EAGAIN', async () => {
    const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 1 });
    await full(publisher);
    while (publisher.trySend('1'));
    publisher.sendTimeout = 5;
    await failure('EAGAIN', () => publisher.send('all'));
    failureNow('EAGAIN', () => publisher.sendSync('all'));
    publisher.sendTimeout = 0;
    failureNow('EAGAIN', () => publisher.sendSync('1'));
    publisher.noDrop = false;
    publisher.sendSync('all');
    expect(publisher.dropped).to.equal(1);
  });

  it('noDrop: nobody waits for a subscriber that has left', async () => {
    const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 1 });
    const [one, two] = await full(publisher);
    while (publisher.trySend('1'));
    const waiting = publisher.send('all');
    one.close();
    await waiting;
    expect(String(await two.receive())).to.equal('all');
  });

  it('noDrop: a message that no pipe can hold is refused, and the next goes only to whom it is for', async () => {
    const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 1 });
    const [one, two] = await full(publisher);
    const long = Buffer.alloc(TOO_LONG, '1');
    failureNow('EMSGSIZE', () => publisher.sendSync(long));
    await publisher.send('2');
    expect(String(await two.receive())).to.equal('2');
    expect(one.tryReceive()).to.equal(undefined);
    while (publisher.trySend('1'));
    // Also if somebody has no room, since it will never have enough.
    failureNow('EMSGSIZE', () => publisher.trySend(long));
    await failure('EMSGSIZE', () => publisher.send(long));
  });

  it('noDrop: what waits goes on when it is set back', async () => {
    const publisher = new XPublisher({ context, noDrop: true, sendHighWaterMark: 1 });
    const [, two] = await full(publisher);
    while (publisher.trySend('1'));
    const waiting = publisher.send('all');
    expect(two.tryReceive()).to.equal(undefined);
    publisher.noDrop = false;
    await waiting;
    expect(String(await two.receive())).to.equal('all');
    expect(publisher.dropped).to.equal(1);
  });

  it('noDrop: what waits for somebody goes on when manual takes the subscription from it', async () => {
    const publisher = new XPublisher({
      context,
      noDrop: true,
      manual: true,
      sendHighWaterMark: 1,
    });
    await publisher.bind(stage.inproc());
    const subscriber = new XSubscriber({ context, receiveHighWaterMark: 1 });
    subscriber.connect(publisher.lastEndpoint!);
    await subscriber.send('\x01A');
    await publisher.receive();
    publisher.subscribe('A');
    while (publisher.trySend('A'));
    const waiting = publisher.send('A');
    publisher.unsubscribe('A');
    await waiting;
  });

  it('manual: subscriptions are told of, each, and count only if the XPUB says so', async () => {
    const publisher = new XPublisher({ context, manual: true });
    await publisher.bind(stage.inproc());
    const [one, two] = [1, 2].map(() => {
      const subscriber = new XSubscriber({ context });
      subscriber.connect(publisher.lastEndpoint!);
      return subscriber;
    }) as [XSubscriber, XSubscriber];
    await one.send('\x01A');
    expect(String(await publisher.receive())).to.equal('\x01A');
    publisher.subscribe('B');
    await two.send('\x01A');
    expect(String(await publisher.receive())).to.equal('\x01A');
    publisher.subscribe('A', 'C');
    for (const topic of ['A', 'B', 'C']) await publisher.send(topic);
    expect(String(await one.receive())).to.equal('B');
    expect(String(await two.receive())).to.equal('A');
    expect(String(await two.receive())).to.equal('C');
    await two.send('\x00A');
    expect(String(await publisher.receive())).to.equal('\x00A');
    publisher.unsubscribe('C');
    for (const topic of ['C', 'A']) await publisher.send(topic);
    expect(String(await two.receive())).to.equal('A');
    // What a peer has asked for ends with it, and so does what it got instead.
    one.close();
    expect(String(await publisher.receive())).to.equal('\x00A');
    publisher.subscribe('D');
    for (const topic of ['B', 'D']) expect(publisher.trySend(topic)).to.equal(true);
    expect(two.tryReceive()).to.equal(undefined);
  });

  it('manual: without it an XPUB has no say in what its peers get', () => {
    const publisher = new XPublisher({ context });
    failureNow('EINVAL', () => publisher.subscribe('A'));
    failureNow('EINVAL', () => publisher.unsubscribe('A'));
  });

  it('welcomeMessage: one that no pipe can hold is refused when it is set', () => {
    const publisher = new XPublisher({ context });
    failureNow('EMSGSIZE', () => (publisher.welcomeMessage = 'x'.repeat(TOO_LONG)));
    expect(publisher.welcomeMessage).to.equal(null);
  });

  it('of the wrong kind are a TypeError', () => {
    const loose = { verbosity: 'all' } as object;
    expect(() => new XPublisher({ context, ...loose })).to.throw(TypeError, 'allSubsUnsubs');
    const message = { welcomeMessage: 5 } as object;
    expect(() => new XPublisher({ context, ...message })).to.throw(
      TypeError,
      'a string, bytes or null',
    );
    const probe = { probeRouter: 1 } as object;
    expect(() => new Request({ context, ...probe })).to.throw(TypeError, 'boolean');
  });

  it('are those of the type alone', () => {
    const foreign = { verbosity: null } as object;
    expect(() => new Publisher({ context, ...foreign })).to.throw(TypeError);
    const correlate = { correlate: true } as object;
    expect(() => new Router({ context, ...correlate })).to.throw(TypeError);
  });
});
