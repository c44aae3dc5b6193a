import { once } from 'node:events';
import { PassThrough, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WritableStream } from 'node:stream/web';
import { expect } from 'chai';
import { json, Pull, Push, Request, text, type Context, type ZmqError } from '../../src/index.js';
import { toReadable, toReadableStream, toWritable, toWritableStream } from '../../src/streams.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];
const MANY = 10_000;
const MARK = 10;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Streams', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** A PUSH and a PULL with small high-water marks. */
  async function ends(transport: Transport = 'inproc'): Promise<{ push: Push; pull: Pull }> {
    const pull = new Pull({ context, receiveHighWaterMark: MARK });
    await pull.bind(stage.wildcard(transport));
    const push = new Push({ context, sendHighWaterMark: MARK });
    push.connect(pull.lastEndpoint!);
    return { push, pull };
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('of Node carry messages from end to end, in order', async () => {
        const { push, pull } = await ends(transport);
        const out = toWritable(push);
        const received: string[][] = [];
        const readable = toReadable(pull);
        for (let n = 0; n < 100; n++) out.write([`part ${n}`, Buffer.of(n)]);
        out.end('last');
        for await (const message of readable) {
          received.push(message.map(String));
          if (received.length === 101) break;
        }
        expect(received[7]).to.deep.equal(['part 7', '\u0007']);
        expect(received.at(-1)).to.deep.equal(['last']);
        await (out.closed ? undefined : once(out, 'close'));
        expect([push.closed, pull.closed]).to.deep.equal([false, false]);
      });

      it('of the Web carry messages from end to end, in order', async () => {
        const { push, pull } = await ends(transport);
        const writer = toWritableStream(push).getWriter();
        const written = (async () => {
          for (let n = 0; n < 100; n++) await writer.write(`message ${n}`);
          await writer.close();
        })();
        let n = 0;
        for await (const [message] of toReadableStream(pull)) {
          expect(String(message)).to.equal(`message ${n}`);
          if (++n === 100) break;
        }
        await written;
        expect([push.closed, pull.closed]).to.deep.equal([false, false]);
      });
    });
  }

  it('of Node hold no more messages than high-water marks allow, however slow the sink', async () => {
    const { push, pull } = await ends();
    let written = 0;
    let read = 0;
    let most = 0;
    const slow = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write(message: Buffer[], _encoding, done) {
        expect(String(message[0])).to.equal(String(read));
        read++;
        most = Math.max(most, written - read);
        if (read === MANY) pull.close();
        setImmediate(done);
      },
    });
    const piped = pipeline(toReadable(pull), slow);
    const numbers = function* (): Generator<string> {
      for (; written < MANY; written++) yield String(written);
    };
    await pipeline(numbers, toWritable(push, { highWaterMark: 4 }));
    await piped;
    expect(read).to.equal(MANY);
    // Two marks, the two streams, and what is in hand between them.
    expect(most).to.be.at.most(2 * MARK + 4 + 16 + 4);
  });

  it('of the Web hold no more messages than high-water marks allow, however slow the sink', async () => {
    const { push, pull } = await ends();
    let written = 0;
    let read = 0;
    let most = 0;
    const slow = new WritableStream<Buffer[]>({
      async write([message]) {
        expect(String(message)).to.equal(String(read));
        read++;
        most = Math.max(most, written - read);
        if (read === MANY) pull.close();
        await turn();
      },
    });
    const piped = toReadableStream(pull).pipeTo(slow);
    const writer = toWritableStream(push).getWriter();
    for (; written < MANY; written++) {
      await writer.ready;
      void writer.write(String(written));
    }
    await writer.close();
    await piped;
    expect(read).to.equal(MANY);
    expect(most).to.be.at.most(2 * MARK + 8);
  });

  it('carry values of a codec', async () => {
    const pull = new Pull<{ n: number }>({ context, codec: json() });
    await pull.bind('inproc://values');
    const push = new Push<{ n: number }>({ context, codec: json() });
    push.connect('inproc://values');
    toWritable(push).end({ n: 42 });
    const [value] = (await once(toReadable(pull), 'data')) as [{ n: number }];
    expect(value).to.deep.equal({ n: 42 });
  });

  describe('to read', () => {
    it('give messages by data, by readable, by read and by iteration', async () => {
      const { push, pull } = await ends();
      await push.sendMany(['1', '2', '3', '4', '5']);
      const first = toReadable(pull);
      const heard: string[] = [];
      await new Promise<void>((resolve) => {
        first.on('data', (message: Buffer[]) => {
          heard.push(String(message[0]));
          first.pause();
          if (heard.length === 2) resolve();
          else setImmediate(() => first.resume());
        });
      });
      expect(heard).to.deep.equal(['1', '2']);
      first.destroy();
      const second = toReadable(pull);
      expect(String(second.read())).to.equal('3');
      await once(second, 'readable');
      expect(String(second.read())).to.equal('4');
      second.destroy();
      for await (const message of toReadable(pull)) {
        expect(String(message)).to.equal('5');
        break;
      }
    });

    it('tell a reader who comes after the message', async () => {
      const { push, pull } = await ends();
      const readable = toReadable(pull);
      expect(readable.read()).to.equal(null);
      await push.send('before anybody listens');
      await turn();
      await turn();
      await once(readable, 'readable');
      expect(String(readable.read())).to.equal('before anybody listens');
    });

    for (const how of ['waits', 'is paused', 'iterates'] as const) {
      it(`swallow nothing when they are destroyed while a reader ${how}`, async () => {
        const { push, pull } = await ends();
        const readable = toReadable(pull);
        readable.on('error', () => undefined);
        const iterator = how === 'iterates' ? readable[Symbol.asyncIterator]() : undefined;
        const reading = iterator?.next();
        reading?.catch(() => undefined);
        if (how === 'waits') readable.on('readable', () => undefined);
        if (how === 'is paused') {
          readable.on('data', () => expect.fail('read'));
          readable.pause();
        }
        await turn();
        push.sendSync('first');
        push.sendSync('second');
        readable.destroy();
        await once(readable, 'close');
        expect(String(await pull.receive())).to.equal('first');
        expect(String(await pull.receive())).to.equal('second');
      });
    }

    it('of the Web swallow nothing when they are cancelled while a reader waits', async () => {
      const { push, pull } = await ends();
      const reader = toReadableStream(pull).getReader();
      const read = reader.read();
      await turn();
      push.sendSync('not swallowed');
      await reader.cancel();
      expect((await read).done).to.equal(true);
      expect(String(await pull.receive())).to.equal('not swallowed');
    });

    it('read nothing ahead', async () => {
      const { push, pull } = await ends();
      await push.sendMany(['1', '2', '3']);
      const readable = toReadable(pull);
      expect(String(readable.read())).to.equal('1');
      await turn();
      expect(String(pull.tryReceive())).to.equal('2');
      readable.destroy();
      const reader = toReadableStream(pull).getReader();
      await turn();
      expect(String(pull.tryReceive())).to.equal('3');
      await reader.cancel();
    });

    it('end when the socket is closed', async () => {
      const { pull } = await ends();
      const readable = toReadable(pull);
      const data: unknown[] = [];
      readable.on('data', (message) => data.push(message));
      const ended = once(readable, 'end');
      await turn();
      pull.close();
      await ended;
      expect(data).to.deep.equal([]);

      const other = (await ends()).pull;
      const read = toReadableStream(other).getReader().read();
      await turn();
      other.close();
      expect((await read).done).to.equal(true);
    });

    it('end for a reader who comes after the socket was closed', async () => {
      const { pull } = await ends();
      const readable = toReadable(pull);
      pull.close();
      for await (const message of readable) expect.fail(`read ${String(message)}`);
      await failure('ENOTSOCK', () => toReadable(pull));
    });

    it('fail when the context is shut down', async () => {
      const own = stage.newContext();
      const readable = toReadable(new Pull({ context: own }), { closeSocket: true });
      readable.resume();
      const error = once(readable, 'error');
      const web = toReadableStream(new Pull({ context: own }), { closeSocket: true });
      const read = web.getReader().read();
      await turn();
      own.shutdown();
      expect(((await error) as [ZmqError])[0].code).to.equal('ETERM');
      await failure('ETERM', () => read);
      // It would wait for sockets that are open.
      await own.terminate();
    });

    it('end with a message that cannot be decoded, unless it is to be passed over', async () => {
      const pull = new Pull({ context, codec: text });
      await pull.bind('inproc://texts');
      const push = new Push({ context });
      push.connect('inproc://texts');
      await push.sendMany([Uint8Array.of(0xff), 'good']);
      await failure('EPROTO', async () => {
        for await (const message of toReadable(pull)) expect.fail(`read ${message}`);
      });
      expect(await pull.receive()).to.equal('good');

      await push.sendMany([Uint8Array.of(0xff), 'good']);
      await failure('EPROTO', () => toReadableStream(pull).getReader().read());
      expect(await pull.receive()).to.equal('good');

      await push.sendMany([Uint8Array.of(0xff), 'good']);
      const passed: ZmqError[] = [];
      const onUndecodable = (error: ZmqError): void => void passed.push(error);
      for await (const message of toReadable(pull, { onUndecodable })) {
        expect(message).to.equal('good');
        break;
      }
      expect(passed.map(({ code }) => code)).to.deep.equal(['EPROTO']);
    });

    it('of Node cannot carry null, which is their end', async () => {
      const pull = new Pull({ context, codec: json() });
      await pull.bind('inproc://nulls');
      const push = new Push({ context, codec: json() });
      push.connect('inproc://nulls');
      push.sendSync(null);
      await failure('EPROTO', () => once(toReadable(pull).resume(), 'end'));
      push.sendSync(null);
      expect(await toReadableStream(pull).getReader().read()).to.deep.equal({
        value: null,
        done: false,
      });
    });

    it('let timers and I/O have their turn while messages never end', async () => {
      const { push, pull } = await ends();
      const readable = toReadable(pull);
      let fed = 0;
      let over = false;
      readable.on('data', () => {
        fed++;
        if (!over) push.sendSync('more');
      });
      push.sendSync('first');
      await turn();
      await turn();
      over = true;
      expect(fed).to.be.above(0);
    });
  });

  describe('to write', () => {
    it('make their writer wait while the socket has no room', async () => {
      const { push, pull } = await ends();
      const out = toWritable(push, { highWaterMark: 3 });
      let written = 0;
      while (out.write(String(written))) {
        written++;
        await turn();
      }
      expect(written).to.be.within(2 * MARK - 1, 2 * MARK + 4);
      const drained = once(out, 'drain');
      for (let n = 0; n <= written; n++) expect(String(await pull.receive())).to.equal(String(n));
      await drained;
    });

    it('give up what waits when they are destroyed, and leave the socket as it is', async () => {
      const { push, pull } = await ends();
      const out = toWritable(push);
      while (push.trySend('fills'));
      const failed = new Promise<Error | null | undefined>((resolve) =>
        out.write('waits', resolve),
      );
      out.on('error', () => undefined);
      await turn();
      out.destroy(new Error('enough'));
      expect((await failed)?.message).to.equal('enough');
      await once(out, 'close').catch(() => undefined);
      while (pull.tryReceive() === undefined) await turn();
      await push.send('after it');
      let last = '';
      while (last !== 'after it') {
        last = String(await pull.receive());
        expect(last).to.be.oneOf(['fills', 'after it']);
      }
    });

    it('of the Web give up what waits when they are aborted', async () => {
      const { push } = await ends();
      const writer = toWritableStream(push).getWriter();
      while (push.trySend('fills'));
      const waiting = writer.write('waits');
      await turn();
      const reason = new Error('enough');
      const aborted = writer.abort(reason);
      expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
      await aborted.catch(() => undefined);
      writer.closed.catch(() => undefined);
      expect(push.closed).to.equal(false);
    });

    it('end when the socket is closed or its context shut down, also while nothing is written', async () => {
      const own = stage.newContext();
      const [first, second, third, fourth] = Array.from(
        { length: 4 },
        () => new Push({ context: own }),
      ) as [Push, Push, Push, Push];
      const out = toWritable(first);
      const closed = once(out, 'close');
      const web = toWritableStream(second).getWriter();
      first.close();
      second.close();
      await closed;
      await failure('EBADF', () => web.closed);

      const shut = once(toWritable(third, { closeSocket: true }), 'close');
      const shutWeb = toWritableStream(fourth, { closeSocket: true }).getWriter();
      own.shutdown();
      await shut;
      await failure('ETERM', () => shutWeb.closed);
      await own.terminate();
    });

    it('fail when the socket is closed with something left to send', async () => {
      const { push } = await ends();
      const out = toWritable(push);
      while (out.write('a message')) await turn();
      const error = once(out, 'error') as Promise<[ZmqError]>;
      push.close();
      expect((await error)[0].code).to.be.oneOf(['EAGAIN', 'EBADF']);
    });

    it('fail with what a send fails with', async () => {
      const request = new Request({ context });
      await request.bind('inproc://request');
      const out = toWritable(request);
      const peer = new Request({ context, sendTimeout: 0 });
      const error = once(out, 'error') as Promise<[ZmqError]>;
      const web = toWritableStream(peer).getWriter();
      await failure('EAGAIN', () => web.write('nobody is there'));
      web.closed.catch(() => undefined);
      out.destroy(await failure('EFSM', () => request.receive()));
      expect((await error)[0].code).to.equal('EFSM');
    });
  });

  it('close the socket with them if they are asked to, after everything was sent', async () => {
    const { push, pull } = await ends();
    const out = toWritable(push, { closeSocket: true });
    for (let n = 0; n < 3 * MARK; n++) out.write(String(n));
    out.end();
    const readable = toReadable(pull, { closeSocket: true });
    let n = 0;
    for await (const message of readable) {
      expect(String(message)).to.equal(String(n));
      if (++n === 3 * MARK) break;
    }
    expect(pull.closed).to.equal(true);
    if (!out.closed) await once(out, 'close');
    expect(push.closed).to.equal(true);

    const web = await ends();
    await toReadableStream(web.pull, { closeSocket: true }).cancel();
    await toWritableStream(web.push, { closeSocket: true }).close();
    expect([web.pull.closed, web.push.closed]).to.deep.equal([true, true]);
  });

  it('pass through transforms of Node and of the Web', async () => {
    const pull = new Pull({ context, codec: text });
    await pull.bind('inproc://in');
    const source = new Push({ context, codec: text });
    source.connect('inproc://in');
    const result = new Pull({ context, codec: text });
    await result.bind('inproc://out');
    const push = new Push({ context, codec: text });
    push.connect('inproc://out');
    const louder = new Transform({
      objectMode: true,
      transform: (message: string, _encoding, done) => done(null, message.toUpperCase()),
    });
    const through = pipeline(
      toReadable(pull),
      louder,
      new PassThrough({ objectMode: true }),
      toWritable(push),
    );
    await source.sendMany(['a', 'b', 'c']);
    for (const letter of ['A', 'B', 'C']) expect(await result.receive()).to.equal(letter);
    pull.close();
    await through;
  });

  it('are of sockets that can do it, with options that make sense', async () => {
    const { push, pull } = await ends();
    expect(() => toReadable(push as never)).to.throw(TypeError);
    expect(() => toWritable(pull as never)).to.throw(TypeError);
    expect(() => toReadableStream({} as never)).to.throw(TypeError);
    expect(() => toReadable(pull, null as never)).to.throw(TypeError);
    expect(() => toReadable(pull, { closeSocket: 1 } as never)).to.throw(TypeError);
    expect(() => toReadable(pull, { onUndecodable: 1 } as never)).to.throw(TypeError);
    expect(() => toWritable(push, { highWaterMark: '1' } as never)).to.throw(TypeError);
    failureNow('EINVAL', () => toWritableStream(push, { highWaterMark: -1 }));
  });
});
