import { expect } from 'chai';
import { Pull, Push, Reply, Request, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('Awaiting calls', () => {
  const stage = useTidyStage();
  let context: Context;
  let push: Push;
  let pull: Pull;

  beforeEach(async () => {
    context = stage.context;
    push = new Push({ context });
    pull = new Pull({ context });
    await pull.bind(stage.inproc());
  });

  const join = (): void => push.connect(pull.lastEndpoint!);

  describe('wait for each other, first in, first out', () => {
    it('when they send', async () => {
      const sends = Array.from({ length: 200 }, (_, i) => push.send(`${i}`));
      join();
      await Promise.all(sends);
      for (let i = 0; i < 200; i++) expect(String(await pull.receive())).to.equal(`${i}`);
    });

    it('when they receive', async () => {
      const receives = Array.from({ length: 200 }, () => pull.receive());
      join();
      for (let i = 0; i < 200; i++) await push.send(`${i}`);
      expect((await Promise.all(receives)).map(String)).to.deep.equal(
        Array.from({ length: 200 }, (_, i) => `${i}`),
      );
    });

    it('when some are aborted in the middle', async () => {
      const abort = new AbortController();
      const sends = Array.from({ length: 10 }, (_, i) =>
        push.send(`${i}`, i % 2 === 1 ? { signal: abort.signal } : {}),
      );
      const outcomes = Promise.allSettled(sends);
      abort.abort();
      join();
      expect((await outcomes).map(({ status }) => status === 'fulfilled')).to.deep.equal(
        sends.map((_, i) => i % 2 === 0),
      );
      for (const i of [0, 2, 4, 6, 8]) expect(String(await pull.receive())).to.equal(`${i}`);
    });
  });

  it('keep what was to be sent as it was when they were called', async () => {
    const body = Buffer.from('before');
    const sent = push.send(body);
    body.write('AFTER!');
    join();
    await sent;
    expect(String(await pull.receive())).to.equal('before');
  });

  describe('keep blocking and immediate calls of the same direction out: EBUSY', () => {
    it('while a send waits', async () => {
      const sent = push.send('first');
      for (const call of ['sendSync', 'trySend'] as const) {
        const { message } = failureNow('EBUSY', () => push[call]('second'));
        expect(message).to.equal('Awaiting sends wait, and come first');
      }
      join();
      await sent;
      push.sendSync('second');
      expect((await pull.receive()).concat(await pull.receive()).map(String)).to.deep.equal([
        'first',
        'second',
      ]);
    });

    it('while a receive waits', async () => {
      const received = pull.receive();
      for (const call of ['receiveSync', 'tryReceive'] as const) {
        const { message } = failureNow('EBUSY', () => pull[call]());
        expect(message).to.equal('Awaiting receives wait, and come first');
      }
      join();
      await push.send('message');
      await received;
      expect(pull.tryReceive()).to.equal(undefined);
    });

    it('but not of the other direction', async () => {
      const reply = new Reply({ context });
      await reply.bind(stage.inproc());
      const request = new Request({ context });
      request.connect(reply.lastEndpoint!);
      const received = reply.receive();
      failureNow('EFSM', () => reply.trySend('early'));
      request.sendSync('request');
      await received;
    });
  });

  describe('end with an AbortSignal', () => {
    it('before they begin, if it is aborted already', async () => {
      const reason = new Error('no');
      const signal = AbortSignal.abort(reason);
      join();
      expect(await push.send('never', { signal }).catch((error: unknown) => error)).to.equal(
        reason,
      );
      expect(await pull.receive({ signal }).catch((error: unknown) => error)).to.equal(reason);
      await push.send('message');
      expect(String(await pull.receive())).to.equal('message');
    });

    it('while they wait, with its reason', async () => {
      const abort = new AbortController();
      const reason = { any: 'thing' };
      const sent = push.send('never', { signal: abort.signal }).catch((error: unknown) => error);
      const received = pull.receive({ signal: abort.signal }).catch((error: unknown) => error);
      abort.abort(reason);
      expect(await sent).to.equal(reason);
      expect(await received).to.equal(reason);
      join();
      await push.send('message');
      expect(String(await pull.receive())).to.equal('message');
    });

    it('but not once they are over', async () => {
      join();
      const abort = new AbortController();
      const received = pull.receive({ signal: abort.signal });
      await push.send('message', { signal: abort.signal });
      expect(String(await received)).to.equal('message');
      abort.abort();
      await push.send('next');
      expect(String(await pull.receive())).to.equal('next');
    });
  });

  describe('end when their time is over: EAGAIN', () => {
    it('if they receive, in every form that waits', async () => {
      for (const receiveTimeout of [0, 20]) {
        pull.receiveTimeout = receiveTimeout;
        await failure('EAGAIN', () => pull.receive());
        failureNow('EAGAIN', () => pull.receiveSync());
        expect(pull.tryReceive()).to.equal(undefined);
      }
    });

    it('and what comes later goes to those that still wait', async () => {
      join();
      pull.receiveTimeout = 20;
      const hasty = pull.receive();
      pull.receiveTimeout = -1;
      const patient = pull.receive();
      await failure('EAGAIN', () => hasty);
      await push.send('message');
      expect(String(await patient)).to.equal('message');
    });

    it('but tryReceive never waits, whatever receiveTimeout says', () => {
      pull.receiveTimeout = -1;
      expect(pull.tryReceive()).to.equal(undefined);
    });
  });

  it('let the event loop turn, even if each could resolve at once', async () => {
    join();
    let turned = false;
    setImmediate(() => (turned = true));
    for (let i = 0; i < 600; i++) {
      await push.send('message');
      await pull.receive();
    }
    expect(turned).to.equal(true);
  });

  it('of an absent message are a programming error', async () => {
    const nothing = undefined as unknown as string;
    const error: unknown = await push.send(nothing).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(TypeError);
    expect((error as Error).message).to.equal('Message must be present');
    expect(() => push.sendSync(nothing)).to.throw(TypeError, 'Message must be present');
    expect(() => push.trySend(nothing)).to.throw(TypeError, 'Message must be present');
  });

  it('of a message without parts resolve and send nothing', async () => {
    await push.send([]);
    push.sendSync([]);
    expect(push.trySend([])).to.equal(true);
    join();
    await push.send('something');
    expect(String(await pull.receive())).to.equal('something');
  });

  it('give private memory: nothing that comes later changes it', async () => {
    join();
    const received: Buffer[] = [];
    for (let i = 0; i < 3000; i++) {
      await push.send(Buffer.alloc(64, i));
      const [body] = await pull.receive();
      expect(body!.buffer).to.be.instanceOf(ArrayBuffer);
      received.push(body!);
    }
    for (const [i, body] of received.entries()) {
      expect(body.equals(Buffer.alloc(64, i)), `message ${i}`).to.equal(true);
    }
  });
});
