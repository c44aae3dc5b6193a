import { expect } from 'chai';
import {
  Dealer,
  Publisher,
  Pull,
  Push,
  Router,
  Subscriber,
  formatStats,
  type Context,
  type ContextHandle,
  type Lease,
  type PipeStats,
} from '../../src/index.js';
import { Gather, Scatter } from '../../src/draft.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

interface Elsewhere {
  readonly handle: ContextHandle;
  readonly endpoint: string;
}

/** Messages that are sent at a stretch; more than any mark lets through. */
const COUNT = 5000;

for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
  describe(`conflate over ${transport}`, () => {
    const stage = useTidyStage();
    let context: Context;

    beforeEach(() => {
      context = stage.context;
    });

    it('has a slow PULL get the newest message, and those before it counted', async () => {
      const pull = new Pull({ context, conflate: true });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      for (let number = 1; number <= COUNT; number++) await push.send(`${number}`);
      await arrived(context, 'Pull', COUNT);
      expect(String(await pull.receive())).to.equal(`${COUNT}`);
      expect(pull.tryReceive()).to.equal(undefined);
      expect(conflatedTowards(context, 'Pull')).to.equal(COUNT - 1);
    });

    it('has a fast PULL get what it can, in order, and the last for certain', async () => {
      const pull = new Pull({ context, conflate: true });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      const sending = (async () => {
        for (let number = 1; number <= COUNT; number++) await push.send(`${number}`);
      })();
      let received = 0;
      let last = 0;
      while (last < COUNT) {
        const number = Number(await pull.receive());
        expect(number).to.be.greaterThan(last);
        last = number;
        received++;
      }
      await sending;
      await settled(() => received + conflatedTowards(context, 'Pull') === COUNT);
    });

    it('has a PUSH without a peer keep the newest message alone, and never wait', async () => {
      const endpoint = await stage.agreed(transport);
      const push = new Push({ context, conflate: true, sendHighWaterMark: 1 });
      push.connect(endpoint);
      for (let number = 1; number <= COUNT; number++) {
        expect(push.trySend(`${number}`)).to.equal(true);
      }
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      expect(String(await pull.receive())).to.equal(`${COUNT}`);
      await push.send('behind');
      expect(String(await pull.receive())).to.equal('behind');
      const { written, conflated } = pipesOf(context, 'from', 'Push')[0]!;
      expect({ written, conflated }).to.deep.equal({ written: COUNT + 1, conflated: COUNT - 1 });
    });

    it('of a PUB and of a SUB, whose subscriptions are not lost', async () => {
      const pub = new Publisher({ context, conflate: true });
      await pub.bind(stage.wildcard(transport));
      const sub = new Subscriber({ context, conflate: true });
      sub.connect(pub.lastEndpoint!);
      const topics = ['a', 'b', 'c', 'd'];
      // Before the others: once those are heard of, so is this.
      sub.subscribe('end', ...topics);
      for (const topic of topics) {
        expect(String(await heard(pub, sub, topic))).to.equal(topic);
      }
      for (let number = 1; number <= COUNT; number++) await pub.send(`a ${number}`);
      await pub.send('end');
      let last = '';
      let received = 0;
      for (; last !== 'end'; received++) last = String(await sub.receive());
      expect(received).to.be.at.most(COUNT + 1);
    });

    it('of a DEALER, both ways, and it keeps its name', async () => {
      const router = new Router({ context });
      await router.bind(stage.wildcard(transport));
      const dealer = new Dealer({ context, conflate: true, routingId: 'dealer' });
      dealer.connect(router.lastEndpoint!);
      await dealer.send('hello');
      expect((await router.receive()).map(String)).to.deep.equal(['dealer', 'hello']);
      for (let number = 1; number <= 1000; number++) await router.send(['dealer', `${number}`]);
      await arrived(context, 'Dealer', 1000);
      expect((await dealer.receive()).map(String)).to.deep.equal(['1000']);
      expect(dealer.tryReceive()).to.equal(undefined);
    });

    it('leaves out what comes in several parts, and counts it', async () => {
      const pull = new Pull({ context, conflate: true });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context, sendHighWaterMark: 0 });
      push.connect(pull.lastEndpoint!);
      if (transport === 'inproc') await untilKnown(push, pull);
      const before = conflatedTowards(context, 'Pull');
      await push.send(['two', 'parts']);
      await push.send(['a part', Buffer.alloc(100_000), 'and another']);
      await push.send('one');
      expect((await pull.receive()).map(String)).to.deep.equal(['one']);
      expect(pull.tryReceive()).to.equal(undefined);
      expect(conflatedTowards(context, 'Pull') - before).to.equal(2);
    });

    it('works for bodies of no bytes and of very many, strings and leases', async () => {
      const pull = new Pull({ context, conflate: true });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context, conflate: true });
      push.connect(pull.lastEndpoint!);
      for (const length of [0, 1, 255, 256, 20_000, 2_000_000, 5]) {
        await push.send(Buffer.alloc(length, 7));
        const [body] = await pull.receive();
        expect(body!.equals(Buffer.alloc(length, 7))).to.equal(true);
      }
      await push.send('ümläut');
      expect(String(await pull.receive())).to.equal('ümläut');
      await push.send('');
      expect(String(await pull.receive())).to.equal('');
      const lease = context.allocate(70_000);
      lease.bytes.fill(9);
      await push.send(lease);
      const [received] = (await pull.receiveLease()) as [Lease];
      expect(received.bytes.length).to.equal(70_000);
      expect(received.bytes.every((byte) => byte === 9)).to.equal(true);
      await push.send('next');
      expect(String(await pull.receive())).to.equal('next');
      expect(received.bytes.every((byte) => byte === 9)).to.equal(true);
      received.release();
    });

    it('keeps the last message of a sender that closes', async () => {
      const endpoint = await stage.agreed(transport);
      const pull = new Pull({ context, conflate: true });
      await pull.bind(endpoint);
      const push = new Push({ context, conflate: true });
      push.connect(endpoint);
      for (let number = 1; number <= 100; number++) await push.send(`${number}`);
      push.close();
      let last = '';
      while (last !== '100') last = String(await pull.receive());
    });

    it('says in the report what gave way', async () => {
      const own = stage.newContext();
      const push = new Push({ context: own, conflate: true, linger: 0 });
      push.connect(await stage.agreed(transport));
      for (let number = 1; number <= 10; number++) await push.send(`${number}`);
      const report = await own.destroy();
      const [socket] = report.sockets;
      expect(socket).to.include({ type: 'PUSH', flushed: 0, dropped: 10 });
    });

    it('lets a thread that computes find the newest message', async () => {
      const receiver = stage.thread(
        async ({ Context, Pull }, line, { handle, endpoint }: Elsewhere) => {
          const pull = new Pull({ context: Context.attach(handle), conflate: true });
          await pull.bind(endpoint);
          line.post(pull.lastEndpoint);
          // Its library sleeps meanwhile, and takes nothing in.
          await line.next();
          line.post([String(pull.receiveSync()), pull.tryReceive()]);
          line.post(String(pull.receiveSync()));
          pull.close();
        },
        { handle: context.handle, endpoint: stage.wildcard(transport) },
      );
      const push = new Push({ context });
      push.connect(await receiver.next<string>());
      for (let number = 1; number <= COUNT; number++) push.sendSync(`${number}`);
      await arrived(context, 'Pull', COUNT);
      receiver.post('go');
      expect(await receiver.next()).to.deep.equal([`${COUNT}`, undefined]);
      push.sendSync('behind');
      expect(await receiver.next()).to.equal('behind');
    });
  });
}

describe('conflate', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('is an option of PUSH, PULL, PUB, SUB, DEALER, SCATTER and GATHER', () => {
    for (const Type of [Push, Pull, Publisher, Subscriber, Dealer, Scatter, Gather]) {
      const socket = new Type({ context, conflate: true });
      expect(socket.conflate).to.equal(true);
      expect(new Type({ context }).conflate).to.equal(false);
    }
    expect(() => new Router({ context, conflate: true } as object)).to.throw(TypeError);
  });

  it('refuses to send a message of several parts with EINVAL, and sends on', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    for (const Type of [Push, Publisher, Dealer]) {
      const socket = new Type({ context, conflate: true });
      failureNow('EINVAL', () => socket.sendSync(['two', 'parts']));
      failureNow('EINVAL', () => socket.trySend(['two', 'parts']));
      await failure('EINVAL', () => socket.send(['two', 'parts']));
      await failure('EINVAL', () => socket.sendMany([['two', 'parts']]));
    }
    const push = new Push({ context, conflate: true });
    push.connect(pull.lastEndpoint!);
    failureNow('EINVAL', () => push.trySend(['two', 'parts']));
    await push.send(['one']);
    expect(String(await pull.receive())).to.equal('one');
  });

  it('of a binder holds for messages that were sent before it came', async () => {
    const endpoint = stage.inproc();
    const push = new Push({ context });
    push.connect(endpoint);
    for (let number = 1; number <= 1000; number++) await push.send(`${number}`);
    const waiting = push.send('1001');
    const pull = new Pull({ context, conflate: true });
    await pull.bind(endpoint);
    // Its mark is reached: no longer one.
    await waiting;
    expect(String(await pull.receive())).to.equal('1001');
    expect(pull.tryReceive()).to.equal(undefined);
    expect(conflatedTowards(context, 'Pull')).to.equal(1000);
  });

  it('of a binder lets a sender without a mark go on, whatever it sends', async () => {
    const pull = new Pull({ context, conflate: true });
    await pull.bind(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: 0 });
    push.connect(pull.lastEndpoint!);
    const body = Buffer.alloc(100_000);
    for (let number = 1; number <= COUNT; number++) {
      body.writeUInt32LE(number);
      expect(push.trySend(body)).to.equal(true);
    }
    const [newest] = await pull.receive();
    expect(newest!.readUInt32LE()).to.equal(COUNT);
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('takes effect with the next bind or connect, and a changed mark does not undo it', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    push.conflate = true;
    push.sendHighWaterMark = 5;
    for (let number = 1; number <= 3; number++) await push.send(`${number}`);
    for (let number = 1; number <= 3; number++) {
      expect(String(await pull.receive())).to.equal(`${number}`);
    }
    const latest = new Push({ context, conflate: true });
    latest.connect(pull.lastEndpoint!);
    latest.conflate = false;
    latest.sendHighWaterMark = 1;
    for (let number = 1; number <= 3; number++) await latest.send(`${number}`);
    expect(String(await pull.receive())).to.equal('3');
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('keeps the last message of each peer', async () => {
    const pull = new Pull({ context, conflate: true });
    await pull.bind(stage.inproc());
    const pushes = [1, 2].map(() => new Push({ context }));
    for (const push of pushes) push.connect(pull.lastEndpoint!);
    for (let number = 1; number <= 3; number++) {
      await pushes[0]!.send(`a${number}`);
      await pushes[1]!.send(`b${number}`);
    }
    const received = [String(await pull.receive()), String(await pull.receive())];
    expect(received.sort()).to.deep.equal(['a3', 'b3']);
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('sends the last message of a batch alone', async () => {
    const endpoint = stage.inproc();
    const pull = new Pull({ context });
    await pull.bind(endpoint);
    const push = new Push({ context, conflate: true });
    push.connect(endpoint);
    push.sendManySync(Array.from({ length: 1000 }, (_, number) => `${number}`));
    expect(String(await pull.receive())).to.equal('999');
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('refuses with EMSGSIZE what the arena has no place for', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context, conflate: true });
    push.connect(pull.lastEndpoint!);
    const huge = Buffer.alloc(context.handle.byteLength / 4);
    failureNow('EMSGSIZE', () => push.sendSync(huge));
    await failure('EMSGSIZE', () => push.send(huge));
    await push.send('small');
    expect(String(await pull.receive())).to.equal('small');
  });

  it('of SCATTER and GATHER', async () => {
    const gather = new Gather({ context, conflate: true });
    await gather.bind(stage.inproc());
    const scatter = new Scatter({ context, conflate: true });
    scatter.connect(gather.lastEndpoint!);
    for (let number = 1; number <= 100; number++) await scatter.send(`${number}`);
    expect(String(await gather.receive())).to.equal('100');
    expect(gather.tryReceive()).to.equal(undefined);
  });

  it('is shown in the statistics', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context, conflate: true, sendHighWaterMark: 7 });
    push.connect(pull.lastEndpoint!);
    for (let number = 1; number <= 4; number++) await push.send(`${number}`);
    const [pipe] = pipesOf(context, 'from', 'Push');
    expect(pipe).to.include({ conflates: true, highWaterMark: 0, written: 4, conflated: 3 });
    expect(pipe).to.include({ queued: 1, full: false });
    expect(formatStats(context.stats())).to.match(/\blast\b.*3 conflated/);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Ways of pipes that a socket of this class writes to or reads from. */
function pipesOf(context: Context, side: 'from' | 'to', type: string): PipeStats[] {
  const { sockets, pipes } = context.stats();
  return pipes.filter((pipe) => {
    const end = pipe[side];
    return sockets.some(
      (socket) => socket.type === type && socket.slot === end?.slot && socket.id === end.socket,
    );
  });
}

function towards(context: Context, type: string): PipeStats[] {
  return pipesOf(context, 'to', type);
}

function conflatedTowards(context: Context, type: string): number {
  return sum(towards(context, type).map(({ conflated }) => conflated));
}

/** Turns the event loop until what other threads do has come to this. */
async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when so many messages have come to the pipe that this socket reads. Nothing else tells that. */
function arrived(context: Context, type: string, count: number): Promise<void> {
  return settled(() => sum(towards(context, type).map(({ written }) => written)) >= count);
}

/** A message of the topic, once the publisher has heard of the subscription. */
async function heard(pub: Publisher, sub: Subscriber, topic: string): Promise<Buffer> {
  let message: Buffer[] | undefined;
  for (;;) {
    await pub.send(topic);
    message = sub.tryReceive();
    if (message !== undefined && String(message[0]) === topic) return message[0]!;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Sends until the ring has grown, by which a sender notices that its peer conflates. */
async function untilKnown(push: Push, pull: Pull): Promise<void> {
  const bytes = Buffer.alloc(10_000);
  for (let i = 0; i < 3; i++) await push.send(bytes);
  await pull.receive();
}
