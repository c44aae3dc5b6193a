import { expect } from 'chai';
import {
  Dealer,
  json,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  text,
  XPublisher,
  type Codec,
  type Context,
  type Json,
} from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

interface Task {
  readonly id: number;
  readonly what: string;
}

const task = json<Task>();

/** A codec of several parts: a name, and numbers as bytes. */
const series: Codec<{ name: string; numbers: number[] }> = {
  encode: ({ name, numbers }) => [name, Uint8Array.from(numbers)],
  decode: ([name, numbers]) => ({ name: String(name), numbers: [...numbers!] }),
};

describe('Codecs', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function pipeline<S, R>(
    codec: Codec<S, R>,
    transport: Transport = 'inproc',
  ): Promise<{ push: Push<S>; pull: Pull<R>; raw: Push }> {
    const pull = new Pull<R>({ context, codec });
    await pull.bind(stage.wildcard(transport));
    const push = new Push<S>({ context, codec });
    push.connect(pull.lastEndpoint!);
    const raw = new Push({ context });
    raw.connect(pull.lastEndpoint!);
    return { push, pull, raw };
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('carry values in every form of sending and receiving', async () => {
        const { push, pull } = await pipeline(task, transport);
        const tasks = Array.from({ length: 8 }, (_, id) => ({ id, what: `task ${id} – ✓` }));
        await push.send(tasks[0]!);
        push.sendSync(tasks[1]!);
        expect(push.trySend(tasks[2]!)).to.equal(true);
        await push.sendMany(tasks.slice(3, 5));
        push.sendManySync(new Set(tasks.slice(5)));
        const received: Task[] = [await pull.receive(), pull.receiveSync(), pull.receiveSync()];
        for await (const one of pull) {
          received.push(one);
          if (received.length === tasks.length - 1) break;
        }
        expect(await pull.receive()).to.deep.equal(tasks.at(-1));
        expect(received).to.deep.equal(tasks.slice(0, -1));
        expect(pull.tryReceive()).to.equal(undefined);
      });

      it('of requests and replies differ: a question, and an answer', async () => {
        const both = json<{ question: string }, { answer: number }>();
        const back = json<{ answer: number }, { question: string }>();
        const reply = new Reply({ context, codec: back });
        await reply.bind(stage.wildcard(transport));
        const request = new Request({ context, codec: both });
        request.connect(reply.lastEndpoint!);
        const answer = request.send({ question: 'six by seven' }).then(() => request.receive());
        expect((await reply.receive()).question).to.equal('six by seven');
        await reply.send({ answer: 42 });
        expect((await answer).answer).to.equal(42);
      });

      it('of publishers and subscribers leave the topic as it is', async () => {
        const publisher = new Publisher({ context, codec: task });
        await publisher.bind(stage.wildcard(transport));
        const subscriber = new Subscriber({ context, codec: task });
        subscriber.subscribe('tasks.');
        subscriber.connect(publisher.lastEndpoint!);
        const received = subscriber.receive();
        let heard = false;
        void received.then(() => (heard = true));
        while (!heard) {
          await publisher.send(['others', { id: 0, what: 'not for it' }]);
          await publisher.send(['tasks.new', { id: 1, what: 'listen' }]);
          await new Promise((resolve) => setImmediate(resolve));
        }
        const [topic, value] = await received;
        expect(String(topic)).to.equal('tasks.new');
        expect(value).to.deep.equal({ id: 1, what: 'listen' });
      });

      it('that cannot decode a message fail the one receive, with the message', async () => {
        const { push, pull, raw } = await pipeline(task, transport);
        await raw.send('{"id": 1,');
        const error = await failure('EPROTO', () => pull.receive());
        expect(error.cause).to.be.instanceOf(SyntaxError);
        expect(error.received!.map(String)).to.deep.equal(['{"id": 1,']);

        await push.send({ id: 2, what: 'after it' });
        expect(await pull.receive()).to.deep.equal({ id: 2, what: 'after it' });
      });
    });
  }

  it('fail a receive that waits, that blocks, that returns at once, and that iterates', async () => {
    const { push, pull, raw } = await pipeline(task);
    const waiting = pull.receive();
    const behind = pull.receive();
    await raw.send('nonsense');
    await failure('EPROTO', () => waiting);
    await push.send({ id: 1, what: 'for the one behind' });
    expect((await behind).id).to.equal(1);

    raw.sendSync('nonsense');
    failureNow('EPROTO', () => pull.receiveSync());
    raw.sendSync('nonsense');
    failureNow('EPROTO', () => pull.tryReceive());
    expect(pull.tryReceive()).to.equal(undefined);

    raw.sendSync('nonsense');
    await failure('EPROTO', async () => {
      for await (const one of pull) expect.fail(`received ${one.what}`);
    });
    push.sendSync({ id: 2, what: 'goes on' });
    for await (const { id } of pull) {
      expect(id).to.equal(2);
      break;
    }
  });

  it('leave a REP whose request could not be decoded with a reply to send', async () => {
    const reply = new Reply({ context, codec: json<string>() });
    await reply.bind('inproc://replies');
    const request = new Request({ context });
    request.connect('inproc://replies');
    await request.send('}');
    await failure('EPROTO', () => reply.receive());
    await reply.send('what was that?');
    expect(String((await request.receive())[0])).to.equal('"what was that?"');
  });

  it('check what a peer has sent', async () => {
    const codec = json<Task>((value) => {
      if (typeof value === 'object' && value !== null && 'id' in value) return value as Task;
      throw new RangeError('no task');
    });
    const { push, pull, raw } = await pipeline(codec);
    await raw.send('[]');
    const error = await failure('EPROTO', () => pull.receive());
    expect(error.cause).to.be.instanceOf(RangeError);
    await push.send({ id: 3, what: 'one' });
    expect((await pull.receive()).id).to.equal(3);
  });

  it('may have null for a value', async () => {
    const { push, pull } = await pipeline(json());
    push.sendSync(null);
    expect(pull.receiveSync()).to.equal(null);
    push.sendSync(null);
    expect(pull.tryReceive()).to.equal(null);
    expect(pull.tryReceive()).to.equal(undefined);
    push.sendSync(null);
    expect(await pull.receive()).to.equal(null);
    const next = pull.receive();
    push.sendSync(null);
    expect(await next).to.equal(null);
  });

  it('of text take valid UTF-8 in one part, and nothing else', async () => {
    const { push, pull, raw } = await pipeline(text);
    for (const value of ['', 'Grüße', '\u{feff}mark', '🧵'.repeat(1000)]) {
      await push.send(value);
      expect(await pull.receive()).to.equal(value);
    }
    await raw.send(Uint8Array.of(0xff));
    await failure('EPROTO', () => pull.receive());
    await raw.send(['two', 'parts']);
    const error = await failure('EPROTO', () => pull.receive());
    expect(error.received).to.have.length(2);
  });

  it('of our own may make several parts', async () => {
    const pair = new Pair({ context, codec: series });
    await pair.bind('inproc://series');
    const other = new Pair({ context, codec: series });
    other.connect('inproc://series');
    await pair.send({ name: 'primes', numbers: [2, 3, 5] });
    expect(await other.receive()).to.deep.equal({ name: 'primes', numbers: [2, 3, 5] });
    const publisher = new Publisher({ context, codec: series });
    await publisher.bind('inproc://topics');
    const subscriber = new Subscriber({ context });
    subscriber.subscribe();
    subscriber.connect('inproc://topics');
    await publisher.send(['topic', { name: 'squares', numbers: [1, 4] }]);
    const parts = await subscriber.receive();
    expect(parts.map((part) => [...part])).to.deep.equal([
      [...Buffer.from('topic')],
      [...Buffer.from('squares')],
      [1, 4],
    ]);
  });

  it('of a DEALER make whole messages, which a ROUTER receives behind the routing id', async () => {
    const router = new Router({ context });
    await router.bind('inproc://router');
    const dealer = new Dealer({ context, codec: task, routingId: 'worker' });
    dealer.connect('inproc://router');
    await dealer.send({ id: 7, what: 'for the router' });
    const [id, ...parts] = await router.receive();
    expect(task.decode(parts)).to.deep.equal({ id: 7, what: 'for the router' });
    await router.send([id!, task.encode({ id: 8, what: 'and back' }) as string]);
    expect((await dealer.receive()).id).to.equal(8);
  });

  it('leave leases and receives into a buffer as they are', async () => {
    const { push, pull } = await pipeline(task);
    push.sendSync({ id: 1, what: 'leased' });
    const [lease] = pull.receiveLeaseSync();
    expect(JSON.parse(Buffer.from(lease!.bytes).toString())).to.deep.equal({
      id: 1,
      what: 'leased',
    });
    lease!.release();
    push.sendSync({ id: 2, what: 'copied' });
    const target = Buffer.alloc(100);
    const [length] = pull.receiveIntoSync(target);
    expect(task.decode([target.subarray(0, length)])).to.deep.equal({ id: 2, what: 'copied' });
  });

  it('that throw fail the send, and nothing is sent', async () => {
    const { push, pull } = await pipeline(json<unknown[]>());
    const round: unknown[] = [];
    round.push(round);
    expect(() => push.sendSync(round)).to.throw(TypeError);
    expect(() => push.trySend(round)).to.throw(TypeError);
    let rejected: unknown;
    await push.send(round).catch((error: unknown) => (rejected = error));
    expect(rejected).to.be.instanceOf(TypeError);
    await push.sendMany([[1], round, [2]]).catch((error: unknown) => (rejected = error));
    expect(rejected).to.include({ sent: 1 });
    expect(pull.receiveSync()).to.deep.equal([1]);
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('never lose a value for want of parts', async () => {
    const nothing: Codec<number> = { encode: () => [], decode: () => 0 };
    const { push, pull } = await pipeline(nothing);
    expect(() => push.sendSync(1)).to.throw(TypeError, 'at least one part');
    const absent = { encode: () => undefined, decode: () => 0 } as unknown as Codec<number>;
    const other = new Push({ context, codec: absent });
    expect(() => other.sendSync(1)).to.throw(TypeError, 'must make parts');
    const lease = context.allocate(10);
    const leasing = { encode: () => [lease], decode: () => 0 } as unknown as Codec<number>;
    const third = new Push({ context, codec: leasing });
    expect(() => third.sendSync(1)).to.throw(TypeError, 'cannot make leases');
    lease.release();
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('encode what has to wait for room once it was given', async () => {
    const pull = new Pull({ context, codec: json<{ n: number }>(), receiveHighWaterMark: 1 });
    await pull.bind('inproc://narrow');
    const push = new Push({ context, codec: json<{ n: number }>(), sendHighWaterMark: 1 });
    push.connect('inproc://narrow');
    const value = { n: 0 };
    const sends: Promise<void>[] = [];
    // The caller may change its value as soon as the call returns.
    for (; value.n < 20; value.n++) sends.push(push.send(value));
    for (let n = 0; n < 20; n++) expect(await pull.receive()).to.deep.equal({ n });
    await Promise.all(sends);
  });

  it('send many values through a small high-water mark, in order', async () => {
    const pull = new Pull({ context, codec: json<number>(), receiveHighWaterMark: 5 });
    await pull.bind('inproc://many');
    const push = new Push({ context, codec: json<number>(), sendHighWaterMark: 5 });
    push.connect('inproc://many');
    const numbers = Array.from({ length: 1000 }, (_, n) => n);
    const sent = push.sendMany(numbers);
    for (const n of numbers) expect(await pull.receive()).to.equal(n);
    await sent;
  });

  it('belong to the types that send and receive values alone', () => {
    for (const Type of [Router, XPublisher]) {
      expect(() => new Type({ context, codec: text } as object)).to.throw(
        TypeError,
        'Cannot add property codec',
      );
    }
    for (const codec of [null, 'json', () => '', { encode: () => '' }, { decode: () => '' }]) {
      expect(() => new Pair({ context, codec } as object)).to.throw(TypeError, 'A codec must be');
    }
    // A type that only sends needs no more than the half of it.
    new Push({ context, codec: { encode: (n: number) => n } }).close();
    const publisher = new Publisher({ context, codec: text });
    expect(() => publisher.trySend('no topic' as never)).to.throw(TypeError, '[topic, value]');
  });

  it('give their types to sockets', () => {
    const push = new Push({ context, codec: task });
    const pull = new Pull<Task>({ context, codec: json() });
    const request = new Request({ context, codec: json<string, number>() });
    const subscriber = new Subscriber({ context, codec: task });
    const raw = new Pull({ context });
    const plain = json();
    expect(plain.decode([Buffer.from('[null]')])).to.deep.equal([null]);
    const Either = push.closed ? Push : Pair;
    const either = new Either({ context });
    same<Parameters<typeof push.send>[0], Task>(true);
    same<Awaited<ReturnType<typeof pull.receive>>, Task>(true);
    same<ReturnType<typeof pull.tryReceive>, Task | undefined>(true);
    same<Awaited<ReturnType<typeof request.receive>>, number>(true);
    same<Parameters<typeof request.sendSync>[0], string>(true);
    same<ReturnType<typeof subscriber.receiveSync>, [topic: Buffer, value: Task]>(true);
    same<ReturnType<typeof raw.receiveSync>, Buffer[]>(true);
    same<InstanceType<typeof Pull>, Pull>(true);
    same<ReturnType<typeof plain.decode>, Json>(true);
    either.send('parts').catch(() => undefined);
    for (const socket of [push, pull, request, subscriber, raw, either]) socket.close();
  });
});

/** Whether two types are one, which a mere assignment does not show. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

function same<A, B>(...yes: Same<A, B>[]): void {
  expect(yes).to.deep.equal([true]);
}

/** What a compiler has to refuse. */
export const refusals = {
  // @ts-expect-error a socket of values needs a codec
  none: () => new Push<Task>(),
  // @ts-expect-error whatever other options it has
  options: () => new Pull<Task>({ linger: 0 }),
  // @ts-expect-error the codec is one of other values
  other: () => new Pair<Task>({ codec: text }),
  // @ts-expect-error not every value is a task
  send: (push: Push<Task>) => push.send({ id: 1 }),
  // @ts-expect-error nor is each of many
  many: (push: Push<Task>) => push.sendMany(['text']),
  // @ts-expect-error a publisher's message has a topic
  topic: (publisher: Publisher<Task>) => publisher.send({ id: 1, what: 'no topic' }),
  // @ts-expect-error a ROUTER's messages have routing ids
  router: () => new Router({ codec: text }),
  // @ts-expect-error without a codec messages have parts
  raw: (push: Push) => push.send({ id: 1, what: 'no parts' }),
};
