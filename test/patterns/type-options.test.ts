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
import { useSharedStage, useStage } from '../support/stage.js';

/** More than a pipe of any of the contexts here can hold, in bytes. */
const TOO_LONG = 2 ** 25;

for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
  describe(`Options of single types, over ${transport}`, () => {
    const stage = useSharedStage();
    optionScenarios(stage, transport, () => {
      const end = here(new Performer({ context: stage.context }));
      return { having: end, other: end };
    });
  });
}

describe('Options of single types', () => {
  const stage = useStage();
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

  it('noDrop: a message that no pipe can hold is refused, and goes to nobody', async () => {
    const publisher = new Publisher({ context, noDrop: true });
    await publisher.bind(stage.inproc());
    const subscriber = new Subscriber({ context });
    subscriber.connect(publisher.lastEndpoint!);
    subscriber.subscribe('');
    failureNow('EMSGSIZE', () => publisher.sendSync(Buffer.alloc(TOO_LONG)));
    await publisher.send('short');
    expect(String(await subscriber.receive())).to.equal('short');
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
    publisher.subscribe('nobody is there to get it');
    expect(publisher.trySend('B')).to.equal(true);
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

  it('relaxed: a receive that waits gets the reply to what was asked last', async () => {
    const request = new Request({ context, relaxed: true, correlate: true });
    const router = new Router({ context });
    await router.bind(stage.inproc());
    request.connect(router.lastEndpoint!);
    await request.send('first');
    const reply = request.receive();
    await request.send('second');
    const [first, second] = [await router.receive(), await router.receive()];
    await router.send([...first.slice(0, 3), 'reply to the first']);
    await router.send([...second.slice(0, 3), 'reply to the second']);
    expect(String(await reply)).to.equal('reply to the second');
    await failure('EFSM', () => request.receive());
  });

  it('of the wrong kind are a TypeError', () => {
    const loose = { verbosity: 'all' } as object;
    expect(() => new XPublisher({ context, ...loose })).to.throw(TypeError, 'allSubsUnsubs');
    const message = { welcomeMessage: 5 } as object;
    expect(() => new XPublisher({ context, ...message })).to.throw(TypeError, 'string or null');
    const probe = { probeRouter: 1 } as object;
    expect(() => new Request({ context, ...probe })).to.throw(TypeError, 'boolean');
  });

  it('are those of the type alone', () => {
    const foreign = { verbosity: null } as object;
    expect(() => new Publisher({ context, ...foreign })).to.throw(TypeError);
    const relaxed = { relaxed: true } as object;
    expect(() => new Router({ context, ...relaxed })).to.throw(TypeError);
  });
});
