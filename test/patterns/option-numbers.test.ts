import { Session } from 'node:inspector/promises';
import { expect } from 'chai';
import {
  Context,
  Dealer,
  Publisher,
  Pull,
  Push,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Socket,
} from '../../src/index.js';
import { Datagram, Radio } from '../../src/draft.js';
import { OPTIONS, type OptionName, type OptionRow } from '../../src/runtime/base/options.js';
import type { ContextHandle } from '../../src/runtime/memory/arena.js';
import type { Program } from '../support/elsewhere.js';
import { failureNow } from '../support/expect-error.js';
import { libzmqRowsOf } from '../support/libzmq-table.js';
import { useTidyStage } from '../support/stage.js';

/** What subclasses reach. */
interface Numbered {
  getBoolOption(option: unknown): boolean;
  setBoolOption(option: unknown, value: unknown): void;
  getInt32Option(option: unknown): number;
  setInt32Option(option: unknown, value: unknown): void;
  getUint32Option(option: unknown): number;
  setUint32Option(option: unknown, value: unknown): void;
  getInt64Option(option: unknown): number;
  setInt64Option(option: unknown, value: unknown): void;
  getUint64Option(option: unknown): number;
  setUint64Option(option: unknown, value: unknown): void;
  getStringOption(option: unknown): string | null;
  setStringOption(option: unknown, value: unknown): void;
}

/** The test that rows of docs/libzmq.md name, for what it shows of each. */
const NOT_SUPPORTED = 'that is not supported has its default, and takes nothing else';
const HERE = 'patterns/option-numbers.test.ts';

/**
 * What is not supported and has no property, with what it is; of undefined ones nothing can be read. ZMQ_FD, which
 * can only be read, is no part of it.
 */
const DEFAULTS: Readonly<Record<number, number | null | undefined>> = {
  41: 0,
  58: undefined,
  59: undefined,
  60: undefined,
  89: -1,
  101: 8192,
  102: 8192,
  103: null,
  104: null,
  105: null,
  106: null,
  107: 0,
  112: 0,
  113: 0,
  117: 1,
  118: 0,
  119: 2048,
  120: 1400,
  121: 16,
  122: 4,
  123: 0,
  124: 0,
};

/** The same of contexts. What is read by 3 is another option. */
const CONTEXT_DEFAULTS: Readonly<Record<number, number | undefined>> = {
  4: -1,
  7: undefined,
  8: undefined,
  10: 1,
};

const numbered = (one: Socket | Context): Numbered => one as unknown as Numbered;

const FD = 14;
const MAXMSGSIZE = 22;
const SNDHWM = 23;
const MULTICAST_HOPS = 25;
const IMMEDIATE = 39;
const TCP_KEEPALIVE = 34;
const STREAM_NOTIFY = 73;
const MULTICAST_LOOP = 96;
const THREAD_PRIORITY = 3;

describe('An option by its number', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('is what its property is, for every property', () => {
    const types = [
      ...[Request, Router, Dealer, Publisher, XPublisher, Subscriber, XSubscriber, Push],
      ...[Radio, Stream],
    ];
    const seen = new Set<string>();
    for (const Type of types) {
      const socket = new Type({ context });
      for (const [name, row] of Object.entries(OPTIONS) as [OptionName, OptionRow][]) {
        // Those of our own have no number.
        if (!(name in socket) || row.kind === 'verbosity' || row.number === 0) continue;
        const value = (socket as unknown as Record<string, unknown>)[name];
        const numbers = numbered(socket);
        const title = `${socket.constructor.name}.${name}`;
        if (row.kind === 'bool') expect(numbers.getBoolOption(row.number), title).to.equal(value);
        else if (row.kind === 'choice') {
          expect(row.choices![numbers.getInt32Option(row.number)], title).to.equal(value);
        } else if (row.kind !== 'int') {
          expect(numbers.getStringOption(row.number), title).to.equal(value);
        } else if (row.wide === true) {
          expect(numbers.getInt64Option(row.number), title).to.equal(value);
        } else expect(numbers.getInt32Option(row.number), title).to.equal(value);
        seen.add(name);
      }
    }
    const withNumber = Object.entries(OPTIONS).filter(([, { number }]) => number > 0);
    const all = withNumber.map(([name]) => name).filter((name) => name !== 'verbosity');
    expect([...seen].sort()).to.deep.equal(all.sort());
  });

  it('sets what its property is, and is checked as that is', () => {
    const push = new Push({ context });
    const numbers = numbered(push);
    numbers.setInt32Option(SNDHWM, 7);
    numbers.setBoolOption(IMMEDIATE, true);
    numbers.setInt64Option(MAXMSGSIZE, 2 ** 40);
    expect(push).to.include({ sendHighWaterMark: 7, immediate: true, maxMessageSize: 2 ** 40 });
    numbers.setInt32Option(IMMEDIATE, 0);
    numbers.setUint64Option(MAXMSGSIZE, 5);
    numbers.setUint32Option(TCP_KEEPALIVE, 2 ** 32 - 1);
    expect(push).to.include({ immediate: false, maxMessageSize: 5, tcpKeepalive: -1 });
    failureNow('EINVAL', () => numbers.setInt32Option(SNDHWM, -1));
    failureNow('EINVAL', () => numbers.setUint32Option(SNDHWM, -1));
    failureNow('EINVAL', () => numbers.setUint64Option(MAXMSGSIZE, -1));
    failureNow('EINVAL', () => numbers.setInt32Option(IMMEDIATE, 2));
    expect(push.sendHighWaterMark).to.equal(7);
  });

  it('reads the same bits without their sign', () => {
    const numbers = numbered(new Push({ context }));
    expect(numbers.getUint32Option(TCP_KEEPALIVE)).to.equal(2 ** 32 - 1);
    expect(numbers.getUint64Option(MAXMSGSIZE)).to.equal(2 ** 64);
    expect(numbers.getBoolOption(SNDHWM)).to.equal(true);
  });

  it('is text or bytes for a routing id', () => {
    const request = new Request({ context });
    const numbers = numbered(request);
    numbers.setStringOption(5, 'me');
    expect(request.routingId).to.equal('me');
    numbers.setStringOption(5, Buffer.from('you'));
    expect(numbers.getStringOption(5)).to.equal('you');
    numbers.setStringOption(5, Buffer.of(0x80));
    expect(numbers.getStringOption(5)).to.equal('\ufffd');
    failureNow('EINVAL', () => numbers.setStringOption(5, ''));
  });

  it('is text or bytes for a proxy, and for who asks it', () => {
    const push = new Push({ context });
    const numbers = numbered(push);
    numbers.setStringOption(68, 'localhost:1080');
    numbers.setStringOption(99, Buffer.from('me'));
    numbers.setStringOption(100, 'secret');
    const set = { socksProxy: 'localhost:1080', socksUsername: 'me', socksPassword: 'secret' };
    expect(push).to.include(set);
    failureNow('EINVAL', () => numbers.setStringOption(68, ''));
    failureNow('EINVAL', () => numbers.setStringOption(99, 'x'.repeat(256)));
    failureNow('EINVAL', () => numbers.setStringOption(100, 'x'.repeat(256)));
    expect(push).to.include(set);
    for (const [number, none] of [
      [68, null],
      [99, ''],
      [100, ''],
    ] as const) {
      numbers.setStringOption(number, none);
      expect(numbers.getStringOption(number)).to.equal(null);
    }
  });

  it('that there is not is EINVAL', () => {
    const numbers = numbered(new Push({ context }));
    for (const number of [0, 1, 10, 67, 125, 4711, -1, 1.5]) {
      failureNow('EINVAL', () => numbers.getInt32Option(number));
      failureNow('EINVAL', () => numbers.setInt32Option(number, 0));
    }
  });

  it('of another kind is EINVAL', () => {
    const numbers = numbered(new Push({ context }));
    failureNow('EINVAL', () => numbers.getInt64Option(SNDHWM));
    failureNow('EINVAL', () => numbers.getInt32Option(MAXMSGSIZE));
    failureNow('EINVAL', () => numbers.getStringOption(SNDHWM));
    failureNow('EINVAL', () => numbers.getBoolOption(5));
    failureNow('EINVAL', () => numbers.setStringOption(SNDHWM, '5'));
  });

  it('that sockets of the type do not have is EINVAL', () => {
    const push = numbered(new Push({ context }));
    failureNow('EINVAL', () => push.getBoolOption(OPTIONS.mandatory.number));
    failureNow('EINVAL', () => push.setBoolOption(OPTIONS.relaxed.number, true));
    failureNow('EINVAL', () => push.setBoolOption(40, true));
    failureNow('EINVAL', () => push.setStringOption(6, 'topic'));
    failureNow('EINVAL', () => push.setStringOption(61, 'peer'));
  });

  it('of the other direction is kept, as in libzmq', () => {
    const push = numbered(new Push({ context }));
    push.setInt32Option(24, 5);
    expect(push.getInt32Option(24)).to.equal(5);
    expect('receiveHighWaterMark' in new Push({ context })).to.equal(false);
  });

  it('of arguments that make no sense is a TypeError, with zeromq.js’s text', () => {
    const numbers = numbered(new Push({ context }));
    const fails = (text: string, call: () => unknown): void =>
      void expect(call).to.throw(TypeError, text);
    fails('Identifier must be a number', () => numbers.getInt32Option('23'));
    fails('Identifier must be a number', () => numbers.getStringOption(undefined));
    fails('Option value must be a number', () => numbers.setInt32Option(SNDHWM, '5'));
    fails('Option value must be a number', () => numbers.setUint32Option(SNDHWM, true));
    fails('Option value must be a number', () => numbers.setInt64Option(MAXMSGSIZE, 5n));
    fails('Option value must be a number', () => numbers.setUint64Option(MAXMSGSIZE, undefined));
    fails('Option value must be a boolean', () => numbers.setBoolOption(IMMEDIATE, 1));
    fails('Option value must be a string or buffer', () => numbers.setStringOption(5, 5));
  });

  it('that is not supported has its default, and takes nothing else', () => {
    const numbers = numbered(new Push({ context }));
    const rows = libzmqRowsOf('Socket options', NOT_SUPPORTED, HERE).map(({ number }) => number);
    expect(rows).to.deep.equal([FD, ...Object.keys(DEFAULTS).map(Number)]);
    for (const [number, initial] of Object.entries(DEFAULTS).map(
      ([key, value]) => [Number(key), value] as const,
    )) {
      if (initial === null) {
        expect(numbers.getStringOption(number)).to.equal(null);
        numbers.setStringOption(number, null);
        failureNow('ENOTSUP', () => numbers.setStringOption(number, 'me'));
        expect(numbers.getStringOption(number)).to.equal(null);
      } else if (initial === undefined) {
        failureNow('EINVAL', () => numbers.getInt32Option(number));
        failureNow('ENOTSUP', () => numbers.setInt32Option(number, 1));
      } else {
        expect(numbers.getInt32Option(number)).to.equal(initial);
        numbers.setInt32Option(number, initial);
        failureNow('ENOTSUP', () => numbers.setInt32Option(number, initial + 1));
        expect(numbers.getInt32Option(number)).to.equal(initial);
      }
    }
    failureNow('ENOTSUP', () => numbers.getInt32Option(FD));
    failureNow('EINVAL', () => numbers.setInt32Option(FD, 1));
    // What has a property is no different.
    expect(numbers.getInt32Option(OPTIONS.rate.number)).to.equal(100);
    failureNow('ENOTSUP', () => numbers.setInt32Option(OPTIONS.rate.number, 101));
    failureNow('ENOTSUP', () => numbers.setStringOption(OPTIONS.plainPassword.number, 'secret'));
  });

  it('is the place of what it stands for, where there are several', () => {
    const push = new Push({ context });
    const numbers = numbered(push);
    const { number } = OPTIONS.gssapiPrincipalNameType;
    expect(numbers.getInt32Option(number)).to.equal(0);
    expect(push.gssapiPrincipalNameType).to.equal('hostBased');
    numbers.setInt32Option(number, 0);
    failureNow('ENOTSUP', () => numbers.setInt32Option(number, 1));
    failureNow('EINVAL', () => numbers.setInt32Option(number, 3));
  });

  it('that are of use to single types are set by number there, and nowhere else', () => {
    for (const Type of [Radio, Datagram]) {
      const socket = new Type({ context });
      const numbers = numbered(socket);
      expect(numbers.getBoolOption(MULTICAST_LOOP)).to.equal(true);
      numbers.setInt32Option(MULTICAST_HOPS, 5);
      numbers.setBoolOption(MULTICAST_LOOP, false);
      expect(socket).to.include({ multicastHops: 5, multicastLoop: false });
      expect(numbers.getInt32Option(MULTICAST_HOPS)).to.equal(5);
      expect(numbers.getInt32Option(MULTICAST_LOOP)).to.equal(0);
      failureNow('EINVAL', () => numbers.setInt32Option(MULTICAST_HOPS, 256));
      failureNow('EINVAL', () => numbers.setInt32Option(MULTICAST_LOOP, 2));
    }
    for (const Type of [Push, Pull]) {
      const numbers = numbered(new Type({ context }));
      for (const number of [MULTICAST_HOPS, MULTICAST_LOOP]) {
        expect(numbers.getInt32Option(number)).to.equal(1);
        numbers.setInt32Option(number, 1);
      }
      failureNow('ENOTSUP', () => numbers.setInt32Option(MULTICAST_HOPS, 5));
      failureNow('ENOTSUP', () => numbers.setInt32Option(MULTICAST_LOOP, 0));
    }
  });

  it('of a STREAM says whether it tells of its connections, and is no other type’s', () => {
    const stream = new Stream({ context });
    const numbers = numbered(stream);
    expect(numbers.getBoolOption(STREAM_NOTIFY)).to.equal(true);
    numbers.setInt32Option(STREAM_NOTIFY, 0);
    expect(stream.notify).to.equal(false);
    failureNow('EINVAL', () => numbers.setInt32Option(STREAM_NOTIFY, 2));
    const router = numbered(new Router({ context }));
    failureNow('EINVAL', () => router.setInt32Option(STREAM_NOTIFY, 1));
    failureNow('EINVAL', () => router.getInt32Option(STREAM_NOTIFY));
  });

  it('is ENOTSOCK once the socket is closed', () => {
    const push = new Push({ context });
    push.close();
    failureNow('ENOTSOCK', () => numbered(push).getInt32Option(SNDHWM));
    failureNow('ENOTSOCK', () => numbered(push).setInt32Option(SNDHWM, 1));
    failureNow('ENOTSOCK', () => numbered(push).getInt32Option(16));
  });

  it('tells what a socket is', async () => {
    const pull = new Pull({ context });
    const push = new Push({ context });
    const numbers = numbered(pull);
    expect(numbers.getInt32Option(16)).to.equal(7);
    expect(numbers.getInt32Option(43)).to.equal(0);
    expect(numbers.getBoolOption(81)).to.equal(false);
    expect(numbers.getBoolOption(13)).to.equal(false);
    expect(numbers.getStringOption(32)).to.equal(null);
    failureNow('EINVAL', () => numbers.setInt32Option(16, 8));
    await pull.bind(stage.inproc());
    expect(numbers.getStringOption(32)).to.equal(pull.lastEndpoint);
    push.connect(pull.lastEndpoint!);
    expect(numbers.getInt32Option(15)).to.equal(0);
    expect(numbered(push).getInt32Option(15)).to.equal(2);
    await push.send('x');
    expect(numbers.getInt32Option(15)).to.equal(1);
    expect(numbers.getBoolOption(31)).to.equal(true);
    numbers.setBoolOption(31, false);
    expect(pull.ipv6).to.equal(true);
    failureNow('EINVAL', () => numbers.setInt32Option(31, 2));
  });

  it('subscribes', async () => {
    const publisher = new XPublisher({ context });
    const subscriber = new Subscriber({ context });
    await publisher.bind(stage.inproc());
    numbered(subscriber).setStringOption(6, 'A');
    numbered(subscriber).setStringOption(6, Buffer.from('B'));
    numbered(subscriber).setStringOption(6, null);
    subscriber.connect(publisher.lastEndpoint!);
    for (const topic of ['A', 'B', '']) {
      expect(String(await publisher.receive())).to.equal(`\x01${topic}`);
    }
    numbered(subscriber).setStringOption(7, 'A');
    expect(String(await publisher.receive())).to.equal('\x00A');
    failureNow('EINVAL', () => numbered(subscriber).getStringOption(6));
  });

  it('subscribes peers of an XPUB, with manual', async () => {
    const publisher = new XPublisher({ context, manual: true });
    const subscriber = new Subscriber({ context });
    await publisher.bind(stage.inproc());
    subscriber.subscribe('A', 'B');
    subscriber.connect(publisher.lastEndpoint!);
    await publisher.receive();
    numbered(publisher).setStringOption(6, 'B');
    await publisher.send('A');
    await publisher.send('B');
    expect(String(await subscriber.receive())).to.equal('B');
  });

  it('is one of two for verbosity', () => {
    const publisher = new XPublisher({ context });
    const numbers = numbered(publisher);
    numbers.setBoolOption(40, true);
    expect(publisher.verbosity).to.equal('allSubs');
    expect([numbers.getBoolOption(40), numbers.getBoolOption(78)]).to.deep.equal([true, false]);
    numbers.setBoolOption(78, true);
    expect(publisher.verbosity).to.equal('allSubsUnsubs');
    numbers.setBoolOption(40, false);
    expect(publisher.verbosity).to.equal(null);
  });

  it('names the next peer of a ROUTER, and only that one', async () => {
    const router = new Router({ context, mandatory: true });
    const dealer = new Dealer({ context });
    await dealer.bind(stage.inproc());
    numbered(router).setStringOption(61, 'peer');
    router.connect(dealer.lastEndpoint!);
    await router.send(['peer', 'hello']);
    expect(String(await dealer.receive())).to.equal('hello');
    router.connect(dealer.lastEndpoint!);
    failureNow('EINVAL', () => numbered(router).setStringOption(61, '\0'));
    failureNow('EINVAL', () => numbered(router).setStringOption(61, null));
  });

  it('names the next peer of a STREAM, and only that one', async () => {
    const server = new Stream({ context });
    await server.bind('tcp://127.0.0.1:*');
    const stream = new Stream({ context });
    numbered(stream).setStringOption(61, 'peer');
    stream.connect(server.lastEndpoint!);
    stream.connect(server.lastEndpoint!);
    await stream.send(['peer', 'hello']);
    const said: string[] = [];
    while (said.length < 3) said.push(String((await server.receive())[1]));
    expect(said.sort()).to.deep.equal(['', '', 'hello']);
  });

  it('acts as its property does', async () => {
    const request = new Request({ context });
    const router = new Router({ context });
    await router.bind(stage.inproc());
    request.connect(router.lastEndpoint!);
    numbered(request).setBoolOption(53, true);
    await request.send('first');
    await request.send('second');
    expect(String((await router.receive()).at(-1))).to.equal('first');
  });
});

describe('A context option by its number', () => {
  const stage = useTidyStage();

  it('is what its property is', () => {
    const context = stage.newContext({ ioThreads: 2, maxSockets: 50 });
    const numbers = numbered(context);
    expect([1, 2, 3, 5, 6, 10].map((number) => numbers.getInt32Option(number))).to.deep.equal([
      2,
      50,
      65535,
      2 ** 31 - 1,
      64,
      1,
    ]);
    expect([42, 70].map((number) => numbers.getBoolOption(number))).to.deep.equal([false, true]);
    numbers.setInt32Option(2, 60);
    numbers.setBoolOption(42, true);
    numbers.setInt32Option(70, 0);
    expect(context).to.include({ maxSockets: 60, ipv6: true, blocky: false });
  });

  it('that there is not, or makes no sense, is EINVAL or a TypeError', () => {
    const numbers = numbered(stage.context);
    for (const number of [0, 17, 23]) {
      failureNow('EINVAL', () => numbers.getInt32Option(number));
      failureNow('EINVAL', () => numbers.setInt32Option(number, 1));
    }
    failureNow('EINVAL', () => numbers.setInt32Option(2, 0));
    failureNow('EINVAL', () => numbers.setInt32Option(6, 64));
    failureNow('EINVAL', () => numbers.setInt32Option(42, 2));
    expect(() => numbers.getInt32Option('2')).to.throw(TypeError, 'Identifier must be a number');
    expect(() => numbers.setInt32Option(2, '3')).to.throw(
      TypeError,
      'Option value must be a number',
    );
    expect(() => numbers.setBoolOption(42, 1)).to.throw(
      TypeError,
      'Option value must be a boolean',
    );
  });

  it('that is not supported has its default, and takes nothing else', () => {
    const { context } = stage;
    expect(context).to.include({ threadPriority: -1, threadSchedulingPolicy: -1 });
    context.threadPriority = -1;
    failureNow('ENOTSUP', () => (context.threadPriority = 5));
    failureNow('ENOTSUP', () => (context.threadSchedulingPolicy = 0));
    failureNow('ENOTSUP', () => stage.newContext({ threadPriority: 1 }));
    const numbers = numbered(context);
    const rows = libzmqRowsOf('Context options', NOT_SUPPORTED, HERE).map(({ number }) => number);
    expect(rows).to.deep.equal([THREAD_PRIORITY, ...Object.keys(CONTEXT_DEFAULTS).map(Number)]);
    failureNow('ENOTSUP', () => numbers.setInt32Option(THREAD_PRIORITY, 1));
    numbers.setInt32Option(THREAD_PRIORITY, -1);
    for (const [number, initial] of Object.entries(CONTEXT_DEFAULTS).map(
      ([key, value]) => [Number(key), value] as const,
    )) {
      if (initial === undefined) {
        failureNow('EINVAL', () => numbers.getInt32Option(number));
        failureNow('ENOTSUP', () => numbers.setInt32Option(number, 1));
      } else {
        numbers.setInt32Option(number, initial);
        failureNow('ENOTSUP', () => numbers.setInt32Option(number, initial - 1));
        expect(numbers.getInt32Option(number)).to.equal(initial);
      }
    }
  });

  it('maxMessageSize is kept, and bounds nothing, as in libzmq', async () => {
    const context = stage.newContext({ maxMessageSize: 10 });
    const numbers = numbered(context);
    expect(context.maxMessageSize).to.equal(10);
    numbers.setInt32Option(5, 0);
    expect([context.maxMessageSize, numbers.getInt32Option(5)]).to.deep.equal([0, 0]);
    for (const value of [-1, 1.5, 2 ** 31]) {
      failureNow('EINVAL', () => (context.maxMessageSize = value));
      failureNow('EINVAL', () => stage.newContext({ maxMessageSize: value }));
    }
    expect(() => stage.newContext({ maxMessageSize: '10' } as object)).to.throw(TypeError);
    expect(stage.context.maxMessageSize).to.equal(2 ** 31 - 1);
    const pull = new Pull({ context });
    const push = new Push({ context });
    await pull.bind('tcp://127.0.0.1:*');
    push.connect(pull.lastEndpoint!);
    await push.send('x'.repeat(1000));
    expect((await pull.receive())[0]).to.have.length(1000);
  });

  it('threadNamePrefix begins the names of I/O workers that start from then on', async () => {
    const context = stage.newContext({ ioThreads: 2, threadNamePrefix: 'größer' });
    expect(context.threadNamePrefix).to.equal('größer');
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const numbers = numbered(context);
    numbers.setInt32Option(9, 42);
    expect([context.threadNamePrefix, numbers.getInt32Option(9)]).to.deep.equal(['42', 42]);
    await pull.bind('tcp://127.0.0.1:*');
    const plain = new Pull({ context: stage.context });
    await plain.bind('tcp://127.0.0.1:*');
    const names = await threadNames();
    expect(names).to.include.members(['größer/io-0', '42/io-1', 'loomwire-io-0']);
  });

  it('threadNamePrefix is text of at most 16 bytes, set in the thread that made the context', async () => {
    const { context } = stage;
    const longest = 'ß'.repeat(8);
    context.threadNamePrefix = longest;
    expect(context.threadNamePrefix).to.equal(longest);
    for (const prefix of ['x'.repeat(17), 'ß'.repeat(9), 'a\0b']) {
      failureNow('EINVAL', () => (context.threadNamePrefix = prefix));
    }
    expect(() => (context.threadNamePrefix = 5 as unknown as string)).to.throw(TypeError);
    expect(numbered(context).getInt32Option(9)).to.equal(0);
    const elsewhere = stage.thread(renames, context.handle);
    expect(await elsewhere.next()).to.deep.equal([longest, 'ENOTSUP']);
    context.threadNamePrefix = '';
    expect(context.threadNamePrefix).to.equal('');
  });

  it('may be of a class of one’s own, which makes it an option of the constructor', () => {
    class Tolerant extends Context {
      constructor(options?: object) {
        super({ arenaSize: 2 ** 26, ...options });
      }

      set tolerance(value: boolean) {
        this.setBoolOption(70, !value);
      }

      set broken(value: string) {
        throw new RangeError(value);
      }
    }
    const context = new Tolerant({ tolerance: true, maxSockets: 50 });
    stage.atEnd(() => context.destroy());
    expect(context).to.include({ blocky: false, maxSockets: 50 });
    expect(new Push({ context }).linger).to.equal(0);
    expect(() => new Tolerant({ patience: true })).to.throw(
      TypeError,
      'Cannot add property patience, object is not extensible',
    );
    expect(() => new Tolerant({ broken: 'by its own setter' })).to.throw(
      RangeError,
      'by its own setter',
    );
    const wrong = { maxSocketsLimit: 5 };
    expect(() => new Tolerant(wrong)).to.throw(TypeError);
  });

  it('that a context does not have is a TypeError, with zeromq.js’s text', () => {
    expect(() => stage.newContext({ nonsense: 1 } as object)).to.throw(
      TypeError,
      'Cannot add property nonsense, object is not extensible',
    );
    expect(() => stage.newContext({ ipv6: 1 } as unknown as object)).to.throw(TypeError);
    const loose = stage.context as unknown as Record<string, unknown>;
    expect(() => (loose.blocky = 0)).to.throw(TypeError);
  });

  it('adds I/O threads, which serve what is bound and connected next', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    expect(ioThreadsOf(context)).to.equal(1);
    context.ioThreads = 3;
    expect(context.ioThreads).to.equal(3);
    await pull.bind('tcp://127.0.0.1:*');
    await pull.bind('tcp://127.0.0.1:*');
    await pull.bind('tcp://127.0.0.1:*');
    expect(ioThreadsOf(context)).to.equal(3);
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
    context.ioThreads = 3;
    failureNow('ENOTSUP', () => (context.ioThreads = 2));
    failureNow('EINVAL', () => (context.ioThreads = 17));
    const bare = stage.newContext({ ioThreads: 0 });
    failureNow('ENOTSUP', () => (bare.ioThreads = 1));
  });
});

/** Tries to name I/O workers where it is not to. */
const renames: Program<ContextHandle> = ({ Context }, line, handle) => {
  const context = Context.attach(handle);
  const before = context.threadNamePrefix;
  try {
    context.threadNamePrefix = 'mine';
  } catch (error) {
    line.post([before, (error as { code: string }).code]);
  }
};

/** The names of this process's workers, as debuggers are told them: behind their numbers, `[worker 1] name`. */
async function threadNames(): Promise<string[]> {
  const session = new Session();
  session.connect();
  const names: string[] = [];
  session.on('NodeWorker.attachedToWorker', ({ params }) => {
    names.push(params.workerInfo.title.replace(/^\[worker \d+\] /, ''));
  });
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  session.disconnect();
  return names;
}

/** How many of a context's I/O threads run. */
function ioThreadsOf(context: Context): number {
  return context.stats().threads.filter(({ role }) => role === 'io').length;
}
