import { expect } from 'chai';
import { Publisher, Pull, Push, Request, type Context, type ZmqError } from '../../src/index.js';
import { failureNow } from '../support/expect-error.js';
import { PipeEnds } from '../support/pipe-ends.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const COUNT = 5000;
const MARK = 100;

/** More than a pipe can hold whole, in bytes. */
const LONG = 2 ** 25;

const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

function* generated(count: number): Generator<string> {
  for (let i = 0; i < count; i++) yield String(i);
}

async function* awaited(count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(String(i));
}

describe('sendMany and sendManySync', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function pair(transport: Transport = 'inproc'): Promise<[Push, Pull]> {
    const pull = new Pull({ context, receiveHighWaterMark: MARK });
    await pull.bind(stage.wildcard(transport));
    const push = new Push({ context, sendHighWaterMark: MARK });
    push.connect(pull.lastEndpoint!);
    return [push, pull];
  }

  async function expectAll(pull: Pull, count: number): Promise<void> {
    for (let i = 0; i < count; i++) expect(String(await pull.receive())).to.equal(String(i));
  }

  const sources = { array: texts, iterator: generated, 'async iterator': awaited };
  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    for (const [name, source] of Object.entries(sources)) {
      it(`send all of an ${name} in order, and wait where there is no room, over ${transport}`, async () => {
        const [push, pull] = await pair(transport);
        const sending = push.sendMany(source(COUNT));
        await expectAll(pull, COUNT);
        await sending;
      });
    }
  }

  it('block the thread until all are sent', async () => {
    const [push, pull] = await pair();
    for (const source of [texts, generated]) {
      push.sendManySync(source(2 * MARK));
      expect(push.writable).to.equal(false);
      await expectAll(pull, 2 * MARK);
    }
  });

  it('take messages of several parts, and of none', async () => {
    const [push, pull] = await pair();
    push.sendManySync([['a', 'b'], 'c', [], ['d']]);
    await push.sendMany([['e', 'f'], []]);
    const parts: string[][] = [];
    for (let message = pull.tryReceive(); message; message = pull.tryReceive()) {
      parts.push(message.map(String));
    }
    expect(parts).to.deep.equal([['a', 'b'], ['c'], ['d'], ['e', 'f']]);
  });

  it('take messages that are longer than the arena has room for', async () => {
    const [push, pull] = await pair();
    const long = Buffer.alloc(LONG, 'x');
    const sending = push.sendMany(['before', long, 'after']);
    expect(String(await pull.receive())).to.equal('before');
    expect((await pull.receive())[0]!.equals(long)).to.equal(true);
    expect(String(await pull.receive())).to.equal('after');
    await sending;
  });

  it('lend and consume leases like send', async () => {
    const [push, pull] = await pair();
    const leases = ['one', 'two'].map((text) => {
      const lease = context.allocate(text.length);
      lease.bytes.set(Buffer.from(text));
      return lease;
    });
    push.sendManySync(leases);
    for (const lease of leases) failureNow('EFAULT', () => lease.bytes);
    for (const text of ['one', 'two']) expect(String(await pull.receive())).to.equal(text);
  });

  it('say of the first that fails how many were sent before it', async () => {
    const [push, pull] = await pair();
    push.sendTimeout = 0;
    const failures: unknown[] = [];
    const note = (error: unknown): unknown => failures.push(error);
    await push.sendMany(texts(2 * MARK + 1)).catch(note);
    await expectAll(pull, 2 * MARK);
    try {
      push.sendManySync(generated(2 * MARK + 1));
    } catch (error) {
      note(error);
    }
    expect(failures.map((one) => (one as ZmqError).code)).to.deep.equal(['EAGAIN', 'EAGAIN']);
    expect(failures.map((one) => (one as ZmqError).sent)).to.deep.equal([2 * MARK, 2 * MARK]);
  });

  it('keep the order of REQ: one request, and EFSM for the next', async () => {
    const request = new Request({ context });
    request.connect(stage.inproc());
    const outcome = await request.sendMany(['first', 'second']).catch((error: unknown) => error);
    expect(outcome).to.include({ code: 'EFSM', sent: 1 });
  });

  it('give up when their signal says so', async () => {
    const [push] = await pair();
    const controller = new AbortController();
    const sending = push.sendMany(texts(COUNT), { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await sending.catch((error: unknown) => error)).to.equal(reason);
    expect(reason).to.include({ sent: 2 * MARK });
  });

  it('refuse one message in place of many', () => {
    const push = new Push({ context, sendTimeout: 0 });
    for (const one of ['text', Buffer.from('bytes'), undefined, 5]) {
      expect(() => push.sendManySync(one as never)).to.throw(TypeError, 'iterable');
    }
  });

  it('are absent from sockets that do not send', () => {
    const pull = new Pull({ context }) as unknown as Push;
    expect(() => pull.sendManySync(['message'])).to.throw('Operation not supported');
  });

  it('give the event loop a turn now and then', async () => {
    const publisher = new Publisher({ context });
    let turned = false;
    setImmediate(() => (turned = true));
    await publisher.sendMany(texts(COUNT));
    expect(turned).to.equal(true);
  });
});

describe('Messages of a batch', () => {
  it('are published together at its end', () => {
    const { session, application, threads } = new PipeEnds();
    const [{ batch }] = threads;
    batch.begin();
    for (const text of texts(3)) expect(session.write([text])).to.equal(true);
    expect(application.checkRead()).to.equal(false);
    batch.end();
    for (const text of texts(3)) {
      expect(application.checkRead()).to.equal(true);
      expect(String(application.read())).to.equal(text);
    }
  });

  it('are published before its end if they are many', () => {
    const { session, application, threads } = new PipeEnds();
    const [{ batch }] = threads;
    batch.begin();
    for (let i = 0; i < 3; i++) session.write([Buffer.alloc(4096)]);
    expect(application.checkRead()).to.equal(true);
    batch.end();
  });

  it('count for the high-water mark', () => {
    const ends = new PipeEnds(2);
    const { session, threads } = ends;
    const [{ batch }] = threads;
    batch.begin();
    expect(texts(3).map((text) => session.write([text]))).to.deep.equal([true, true, false]);
    batch.end();
    for (const text of texts(2)) expect(String(ends.read())).to.equal(text);
    ends.turn();
    expect(session.checkWrite()).to.equal(true);
  });

  it('are not lost if the pipe is left before its end', () => {
    const { session, application, threads } = new PipeEnds();
    const [{ batch }] = threads;
    batch.begin();
    session.write(['last words']);
    session.terminate();
    batch.end();
    expect(application.checkRead()).to.equal(true);
    expect(String(application.read())).to.equal('last words');
  });

  it('move with the ring when it grows', () => {
    const ends = new PipeEnds();
    const { session, threads } = ends;
    const [{ batch }] = threads;
    batch.begin();
    const bodies = [10, 3000, 2000, 9000, 20].map((size, i) => Buffer.alloc(size, i));
    for (const body of bodies) expect(session.write([body])).to.equal(true);
    batch.end();
    for (const body of bodies) expect(ends.read()![0]!.equals(body)).to.equal(true);
  });
});
