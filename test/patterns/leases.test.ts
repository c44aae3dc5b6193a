import { expect } from 'chai';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type ZmqError,
  type Context,
  type Lease,
} from '../../src/index.js';
import { WARM_BYTES } from '../../src/runtime/base/limits.js';
import { coreOf } from '../../src/runtime/context/context.js';
import { HANDS } from '../../src/runtime/memory/layout.js';
import type { Thread } from '../../src/runtime/thread/thread.js';
import { someoneBlocked } from '../support/asleep.js';
import { body, digest } from '../support/bodies.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

const SIZE = 100_000;

describe('Leases', () => {
  const stage = useTidyStage();
  let context: Context;
  let thread: Thread;

  beforeEach(() => {
    context = stage.context;
    thread = coreOf(context).thread;
  });

  async function pair(): Promise<[Push, Pull]> {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    return [push, pull];
  }

  function filled(size: number, seed = 0): Lease {
    const lease = context.allocate(size);
    lease.bytes.set(body(size, seed));
    return lease;
  }

  /** What happens when threads wait: readers say how far they have come, and owners look. */
  function collect(): void {
    thread.settleAll();
    thread.bodies.collect();
  }

  for (const size of [0, 10, 5000, SIZE]) {
    it(`of ${size} bytes are sent by every form of send, alone and as parts`, async () => {
      const [push, pull] = await pair();
      await push.send(filled(size, 1));
      push.sendSync([filled(size, 2), 'between', filled(size, 3)]);
      expect(push.trySend(filled(size, 4))).to.equal(true);
      const arrived = [await pull.receive(), await pull.receive(), await pull.receive()].flat();
      const expected = [
        body(size, 1),
        body(size, 2),
        Buffer.from('between'),
        body(size, 3),
        body(size, 4),
      ];
      expect(arrived.map(digest)).to.deep.equal(expected.map(digest));
    });
  }

  it('are sent without a copy: the receiver’s lease is the same memory', async () => {
    const [push, pull] = await pair();
    const lease = filled(SIZE);
    const { byteOffset } = lease.bytes;
    await push.send(lease);
    const [part] = await pull.receiveLease();
    expect(part!.bytes.byteOffset).to.equal(byteOffset);
    expect(part!.bytes.buffer).to.equal(context.handle);
    expect(digest(part!.bytes)).to.equal(digest(body(SIZE)));
    part!.release();
  });

  it('hold their memory while the sender sends more, and not a moment longer', async () => {
    const [push, pull] = await pair();
    const held: Lease[] = [];
    for (let i = 0; i < 10; i++) {
      push.sendSync(body(SIZE, i));
      held.push(pull.receiveLeaseSync()[0]!);
    }
    for (let i = 10; i < 30; i++) {
      push.sendSync(body(SIZE, i));
      pull.receiveSync();
    }
    expect(held.map((lease) => digest(lease.bytes))).to.deep.equal(
      held.map((_, i) => digest(body(SIZE, i))),
    );
    expect(thread.bodies.count).to.be.greaterThan(9);
    for (const lease of held) lease.release();
    collect();
    expect(thread.bodies.count).to.equal(0);
  });

  it('are the memory that other subscribers have, too, until the last lets go', async () => {
    const publisher = new Publisher({ context });
    await publisher.bind(stage.inproc());
    const subscribers = [0, 1, 2].map(() => new Subscriber({ context }));
    for (const subscriber of subscribers) {
      subscriber.subscribe();
      subscriber.connect(publisher.lastEndpoint!);
    }
    await publisher.send(filled(SIZE));
    const leases = subscribers.map((subscriber) => subscriber.receiveLeaseSync()[0]!);
    expect(new Set(leases.map((lease) => lease.bytes.byteOffset)).size).to.equal(1);
    for (const lease of leases) {
      collect();
      expect(thread.bodies.count).to.equal(1);
      expect(digest(lease.bytes)).to.equal(digest(body(SIZE)));
      lease.release();
    }
    collect();
    expect(thread.bodies.count).to.equal(0);
  });

  it('can be sent on', async () => {
    const [push, pull] = await pair();
    const [onward, end] = await pair();
    for (let i = 0; i < 5; i++) {
      await push.send(filled(SIZE, i));
      await onward.send(await pull.receiveLease());
      expect((await end.receive()).map(digest)).to.deep.equal([digest(body(SIZE, i))]);
    }
    collect();
    expect(thread.bodies.count).to.equal(0);
  });

  it('can be sent on by the thread that made them, though nobody else uses that memory any more', async () => {
    const [push, pull] = await pair();
    const [onward, end] = await pair();
    push.sendSync(filled(SIZE, 1));
    const [lease] = pull.receiveLeaseSync();
    // Its ring has been passed; only the lease keeps the body.
    collect();
    onward.sendSync(lease!);
    collect();
    for (let i = 2; i < 10; i++) push.sendSync(filled(SIZE, i));
    expect((await end.receive()).map(digest)).to.deep.equal([digest(body(SIZE, 1))]);
    for (let i = 2; i < 10; i++) pull.receiveSync();
    collect();
    expect(thread.bodies.count).to.equal(0);
  });

  it('that a thread has of its own bodies are its own to write to, once their bytes were sent', async () => {
    const [push, pull] = await pair();
    push.sendSync(filled(SIZE, 1));
    const [lease] = pull.receiveLeaseSync();
    push.sendSync(lease!.bytes);
    lease!.bytes.fill(9);
    expect((await pull.receive()).map(digest)).to.deep.equal([digest(body(SIZE, 1))]);
    expect(lease!.bytes.every((byte) => byte === 9)).to.equal(true);
    lease!.release();
  });

  it('of 64 KiB leave their thread a mebibyte when they were released, and the rest is everybody’s', () => {
    const before = thread.allocator.pages;
    const leases = Array.from({ length: 100 }, () => context.allocate(65_536));
    expect(thread.allocator.pages).to.equal(before + 100);
    for (const lease of leases) lease.release();
    expect(thread.allocator.pages).to.be.at.most(before + 16);
  });

  it('use memory again that was read just before, and not all that a mark allows', async () => {
    const [push, pull] = await pair();
    const used = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const lease = context.allocate(65_536);
      used.add(lease.bytes.byteOffset);
      push.sendSync(lease);
      pull.receiveLeaseSync()[0]!.release();
    }
    expect(used.size).to.be.at.most(WARM_BYTES / 65_536 + 2);
  });

  it('come from every pattern, with what it puts before them', async () => {
    const reply = new Reply({ context });
    await reply.bind(stage.inproc());
    const request = new Request({ context });
    request.connect(reply.lastEndpoint!);
    await request.send(body(SIZE));
    const [question] = await reply.receiveLease();
    expect(digest(question!.bytes)).to.equal(digest(body(SIZE)));
    await reply.send(question!);
    const [answer] = await request.receiveLease();
    expect(digest(answer!.bytes)).to.equal(digest(body(SIZE)));
    answer!.release();

    const router = new Router({ context });
    await router.bind(stage.inproc());
    const dealer = new Dealer({ context, routingId: 'dealer' });
    dealer.connect(router.lastEndpoint!);
    await dealer.send(['small', body(SIZE)]);
    const message = await router.receiveLease();
    expect(message.map((part) => digest(part.bytes))).to.deep.equal(
      [Buffer.from('dealer'), Buffer.from('small'), body(SIZE)].map(digest),
    );
    await router.send(message);
    expect((await dealer.receive()).map(digest)).to.deep.equal(
      [Buffer.from('small'), body(SIZE)].map(digest),
    );
    expect(thread.leases.count).to.equal(0);
  });

  it('beyond what a thread can hold are private copies', async () => {
    const [push, pull] = await pair();
    const held: Lease[] = [];
    for (let i = 0; i < HANDS + 3; i++) {
      push.sendSync(body(20_000, i));
      held.push(pull.receiveLeaseSync()[0]!);
    }
    const shared = held.filter((lease) => lease.bytes.buffer === context.handle);
    expect(shared).to.have.lengthOf(HANDS);
    for (const [i, lease] of held.entries()) {
      expect(digest(lease.bytes)).to.equal(digest(body(20_000, i)));
      lease.release();
    }
    push.sendSync(body(20_000));
    const [again] = pull.receiveLeaseSync();
    expect(again!.bytes.buffer).to.equal(context.handle);
    again!.release();
  });

  it('that come over a wire are private', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send(filled(SIZE));
    const [lease] = await pull.receiveLease();
    expect(lease!.bytes.buffer).not.to.equal(context.handle);
    expect(digest(lease!.bytes)).to.equal(digest(body(SIZE)));
    lease!.release();
  });

  it('are of no use once they were released or sent: EFAULT', async () => {
    const [push, pull] = await pair();
    const released = context.allocate(SIZE);
    released.release();
    failureNow('EFAULT', () => released.bytes);
    failureNow('EFAULT', () => push.sendSync(released));
    await failure('EFAULT', () => push.send(released));
    const sent = filled(SIZE);
    await push.send(sent);
    failureNow('EFAULT', () => sent.bytes);
    failureNow('EFAULT', () => push.trySend(sent));
    sent.release();
    expect((await pull.receive()).map(digest)).to.deep.equal([digest(body(SIZE))]);
    // What kept the memory of those that are over keeps this one's.
    const next = filled(SIZE, 1);
    released.release();
    sent[Symbol.dispose]();
    failureNow('EFAULT', () => sent.bytes);
    expect(digest(next.bytes)).to.equal(digest(body(SIZE, 1)));
    expect(thread.bodies.count).to.be.greaterThan(0);
    next.release();
    const twice = filled(SIZE);
    failureNow('EFAULT', () => push.sendSync([twice, twice]));
    expect(twice.bytes.length).to.equal(SIZE);
    twice.release();
    collect();
    expect(thread.bodies.count).to.equal(0);
  });

  it('are their caller’s again when they could not be sent', async () => {
    const push = new Push({ context, sendTimeout: 10 });
    const lease = filled(SIZE);
    expect(push.trySend(lease)).to.equal(false);
    failureNow('EAGAIN', () => push.sendSync(lease));
    const sending = push.send(lease);
    failureNow('EFAULT', () => lease.bytes);
    await failure('EAGAIN', () => sending);
    expect(digest(lease.bytes)).to.equal(digest(body(SIZE)));
    lease[Symbol.dispose]();
    expect(thread.bodies.count).to.equal(0);
  });

  it('that wait to be sent are not copied either', async () => {
    const push = new Push({ context });
    const lease = filled(SIZE);
    const { byteOffset } = lease.bytes;
    const sending = push.send(['first', lease]);
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    push.connect(pull.lastEndpoint!);
    await sending;
    const [, part] = await pull.receiveLease();
    expect(part!.bytes.byteOffset).to.equal(byteOffset);
    part!.release();
  });

  it('have their limits: EINVAL, EMSGSIZE, ENOMEM', () => {
    const tight = stage.newContext({ arenaSize: 2 ** 24 });
    failureNow('EINVAL', () => tight.allocate(-1));
    failureNow('EINVAL', () => tight.allocate(1.5));
    failureNow('EMSGSIZE', () => tight.allocate(2 ** 21));
    const leases: Lease[] = [];
    failureNow('ENOMEM', () => {
      for (;;) leases.push(tight.allocate(2 ** 20));
    });
    expect(leases).to.have.length.greaterThan(10);
    for (const lease of leases) lease.release();
    tight.allocate(2 ** 20).release();
  });

  for (const size of [2 ** 15, 2 ** 16]) {
    it(`of ${size} bytes are memory for longer ones, once they were released`, () => {
      const tight = stage.newContext({ arenaSize: 2 ** 24 });
      const leases: Lease[] = [];
      failureNow('ENOMEM', () => {
        for (;;) leases.push(tight.allocate(size));
      });
      failureNow('ENOMEM', () => tight.allocate(2 ** 20));
      for (const lease of leases) lease.release();
      tight.allocate(2 ** 20).release();
    });

    it(`of ${size} bytes that were released are memory for a thread that waits for some`, async () => {
      const tight = stage.newContext({ arenaSize: 2 ** 24 });
      const pull = new Pull({ context: tight });
      await pull.bind(stage.inproc());
      const sender = stage.thread(
        async ({ Context, Push }, line, [handle, endpoint]: [never, string]) => {
          const push = new Push({ context: Context.attach(handle) });
          push.connect(endpoint);
          push.sendSync('here');
          await line.next();
          push.sendSync(Buffer.alloc(2 ** 20, 7));
          line.post('sent');
        },
        [tight.handle as never, pull.lastEndpoint!],
      );
      // Its pipe is there, so what it waits for next is memory.
      await pull.receive();
      const leases: Lease[] = [];
      failureNow('ENOMEM', () => {
        for (;;) leases.push(tight.allocate(size));
      });
      sender.post('send');
      await someoneBlocked(tight);
      for (const lease of leases) lease.release();
      expect(await sender.next()).to.equal('sent');
      expect((await pull.receive())[0]!.every((byte) => byte === 7)).to.equal(true);
    });
  }

  it('that nobody refers to any more are told of by a warning', async () => {
    stage.leaves('The memory of a lease that was lost cannot be used again, as the warning says.');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const warned = once(process, 'warning') as Promise<[Error & { code: string }]>;
    const warnings: Error[] = [];
    const hear = (warning: Error): number => warnings.push(warning);
    process.on('warning', hear);
    // What kept these keeps the one that is lost, and nothing.
    const [before, also] = [context.allocate(SIZE / 2), context.allocate(SIZE / 2)];
    before.release();
    also.release();
    context.allocate(SIZE);
    // Collected it is at once, but its end is announced only in a turn of the event loop.
    const collecting = setInterval(collect, 10);
    const [{ code, message }] = await warned;
    clearInterval(collecting);
    expect(code).to.equal('LOOMWIRE_LEASE_LOST');
    expect(message).to.include(`${SIZE} bytes`);
    process.off('warning', hear);
    expect(warnings).to.have.lengthOf(1);
  });

  it('that another thread sent hold its memory, and give it back to it', async () => {
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    await pull.bind(stage.inproc());
    const sender = stage.thread(
      ({ Context, Push }, line, [handle, endpoint, size]: [never, string, number]) => {
        const push = new Push({ context: Context.attach(handle), sendHighWaterMark: 1 });
        push.connect(endpoint);
        for (let i = 0; i < 500; i++) push.sendSync(Buffer.alloc(size, i));
        line.post('sent');
      },
      [context.handle as never, pull.lastEndpoint!, SIZE],
    );
    const held: Lease[] = [];
    for (let i = 0; i < 500; i++) {
      const [lease] = pull.receiveLeaseSync();
      held.push(lease!);
      if (held.length < 20) continue;
      const oldest = held.shift()!;
      const expected = (i - 19) & 255;
      expect(oldest.bytes.every((byte) => byte === expected)).to.equal(true);
      oldest.release();
    }
    for (const lease of held) lease.release();
    expect(await sender.next()).to.equal('sent');
  });
});

describe('receiveInto', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'tcp'] as const) {
    it(`puts the parts one behind the other into the caller’s memory (${transport})`, async () => {
      const { context } = stage;
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      const sizes = [0, 3, 300, 9000, 20_000];
      const target = Buffer.alloc(40_000);
      const expected = Buffer.concat(sizes.map((size) => body(size)));
      // Often enough for the parts to wrap in their ring.
      for (let round = 0; round < 30; round++) {
        await push.send(sizes.map((size) => body(size)));
        expect(await pull.receiveInto(target)).to.deep.equal(sizes);
        expect(digest(target.subarray(0, expected.length))).to.equal(digest(expected));
        target.fill(0);
      }
      push.sendSync('abc');
      const words = new Uint32Array(2);
      expect(pull.receiveIntoSync(words)).to.deep.equal([3]);
      expect(Buffer.from(words.buffer).toString('latin1', 0, 3)).to.equal('abc');
      expect(pull.tryReceiveInto(words.buffer)).to.equal(undefined);
    });
  }

  it('gives a message that does not fit with the error, in every form', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    const small = new Uint8Array(10);
    const late = pull.receiveInto(small).catch((error: unknown) => error);
    await push.send(['part', body(SIZE)]);
    const errors = [await late];
    for (const form of [() => pull.receiveIntoSync(small), () => pull.tryReceiveInto(small)]) {
      push.sendSync(['part', body(SIZE)]);
      try {
        form();
      } catch (error) {
        errors.push(error);
      }
    }
    expect(errors).to.have.lengthOf(3);
    for (const error of errors as ZmqError[]) {
      expect(error.code).to.equal('EMSGSIZE');
      expect(error.received!.map(digest)).to.deep.equal(
        [Buffer.from('part'), body(SIZE)].map(digest),
      );
    }
    push.sendSync('next');
    expect(pull.receiveIntoSync(small)).to.deep.equal([4]);
  });

  const PAIRS: Readonly<
    Record<
      string,
      (context: Context) => [Push | Dealer | Pair | XPublisher, Pull | Dealer | Pair | XSubscriber]
    >
  > = {
    'PUSH to PULL': (context) => [new Push({ context }), new Pull({ context })],
    DEALER: (context) => [new Dealer({ context }), new Dealer({ context })],
    PAIR: (context) => [new Pair({ context }), new Pair({ context })],
    'XPUB to XSUB': (context) => [new XPublisher({ context }), new XSubscriber({ context })],
  };

  for (const transport of ['inproc', 'tcp'] as const) {
    for (const [name, make] of Object.entries(PAIRS)) {
      it(`copies a message of one part, and nothing behind it (${name}, ${transport})`, async () => {
        const [sender, receiver] = make(stage.context);
        await receiver.bind(stage.wildcard(transport));
        sender.connect(receiver.lastEndpoint!);
        if (sender instanceof XPublisher && receiver instanceof XSubscriber) {
          receiver.sendSync(Buffer.of(1));
          sender.receiveSync();
        }
        // Short and long frames, often enough to wrap in their ring, and some that lie outside of it.
        const sizes = [0, 1, 31, 33, 255, 256, 700, 3000, 20_000, 300_000];
        const target = Buffer.alloc(sizes.at(-1)! + 1);
        for (let round = 0; round < 30; round++) {
          for (const size of sizes) {
            target.fill(round);
            sender.sendSync(body(size));
            expect(receiver.receiveIntoSync(target)).to.deep.equal([size]);
            expect(digest(target.subarray(0, size))).to.equal(digest(body(size)));
            expect(target[size]).to.equal(round);
          }
        }
        expect(receiver.tryReceiveInto(target)).to.equal(undefined);
      });
    }
  }

  it('reads one after the other, whatever kind of message comes next', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    const target = Buffer.alloc(10);
    await push.sendMany(['one', ['two', 'parts'], 'ten bytes!', 'eleven byte', '', 'last']);
    expect(pull.receiveIntoSync(target)).to.deep.equal([3]);
    expect(pull.tryReceiveInto(target)).to.deep.equal([3, 5]);
    expect(pull.tryReceiveInto(target)).to.deep.equal([10]);
    failureNow('EMSGSIZE', () => pull.tryReceiveInto(target));
    expect(pull.receiveIntoSync(target)).to.deep.equal([0]);
    expect(pull.tryReceiveInto(target)).to.deep.equal([4]);
    expect(target.toString('latin1')).to.equal('lastbytes!');
    expect(pull.tryReceiveInto(target)).to.equal(undefined);
  });

  it('needs memory: a TypeError otherwise', () => {
    const pull = new Pull({ context: stage.context });
    expect(() => pull.receiveIntoSync('text' as never)).to.throw(TypeError);
  });
});
