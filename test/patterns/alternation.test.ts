import { expect } from 'chai';
import { Reply, Request, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('REQ and REP take turns', () => {
  const stage = useTidyStage();
  let context: Context;
  let request: Request;
  let reply: Reply;

  beforeEach(async () => {
    context = stage.context;
    request = new Request({ context });
    reply = new Reply({ context });
    await reply.bind(stage.inproc());
    request.connect(reply.lastEndpoint!);
  });

  describe('a call out of turn fails with EFSM (defect 7 of zeromq.js, where it hangs)', () => {
    it('when REQ receives before it has sent', async () => {
      await failure('EFSM', () => request.receive());
      failureNow('EFSM', () => request.receiveSync());
      failureNow('EFSM', () => request.tryReceive());
    });

    it('when REQ sends twice', async () => {
      await request.send('first');
      await failure('EFSM', () => request.send('second'));
      failureNow('EFSM', () => request.sendSync('second'));
      failureNow('EFSM', () => request.trySend('second'));
    });

    it('when REP sends before it has received', async () => {
      await failure('EFSM', () => reply.send('reply'));
      failureNow('EFSM', () => reply.sendSync('reply'));
      failureNow('EFSM', () => reply.trySend('reply'));
    });

    it('when REP receives twice', async () => {
      await request.send('request');
      await reply.receive();
      await failure('EFSM', () => reply.receive());
      failureNow('EFSM', () => reply.receiveSync());
      failureNow('EFSM', () => reply.tryReceive());
    });

    it('and leaves the turn where it was', () => {
      failureNow('EFSM', () => request.tryReceive());
      failureNow('EFSM', () => reply.trySend('reply'));
      request.sendSync('request');
      failureNow('EFSM', () => request.trySend('again'));
      expect(String(reply.receiveSync())).to.equal('request');
      failureNow('EFSM', () => reply.tryReceive());
      reply.sendSync('reply');
      expect(String(request.receiveSync())).to.equal('reply');
    });
  });

  describe('awaiting calls are judged by what those before them will leave', () => {
    it('so REQ may send and receive without awaiting in between', async () => {
      const sent = request.send('request');
      const received = request.receive();
      expect(String(await reply.receive())).to.equal('request');
      await reply.send('reply');
      await sent;
      expect(String(await received)).to.equal('reply');
    });

    it('so REP may receive and send without awaiting in between', async () => {
      const received = reply.receive();
      const sent = reply.send('reply');
      await request.send('request');
      expect(String(await received)).to.equal('request');
      await sent;
      expect(String(await request.receive())).to.equal('reply');
    });

    it('so many rounds can be asked for at once, and happen in order', async () => {
      const replies: Promise<Buffer[]>[] = [];
      for (let i = 0; i < 50; i++) {
        void request.send(`request ${i}`);
        replies.push(request.receive());
      }
      for (let i = 0; i < 50; i++) {
        expect(String(await reply.receive())).to.equal(`request ${i}`);
        await reply.send(`reply ${i}`);
      }
      expect((await Promise.all(replies)).map(String)).to.deep.equal(
        Array.from({ length: 50 }, (_, i) => `reply ${i}`),
      );
    });

    it('so a second send fails at once while the first still waits', async () => {
      const alone = new Request({ context });
      const first = alone.send('first');
      await failure('EFSM', () => alone.send('second'));
      alone.connect(reply.lastEndpoint!);
      await first;
      expect(String(await reply.receive())).to.equal('first');
    });

    it('so a second receive fails at once while the first still waits', async () => {
      const first = reply.receive();
      await failure('EFSM', () => reply.receive());
      await request.send('request');
      expect(String(await first)).to.equal('request');
    });
  });

  describe('calls behind one that fails were legal only after it, and fail with EFSM', () => {
    it('when a send times out', async () => {
      const alone = new Request({ context, sendTimeout: 20 });
      const outcomes = await Promise.allSettled([alone.send('request'), alone.receive()]);
      expect(outcomes.map(codeOf)).to.deep.equal(['EAGAIN', 'EFSM']);
      await failure('EFSM', () => alone.receive());
    });

    it('when a send must not wait', async () => {
      const alone = new Request({ context, sendTimeout: 0 });
      const outcomes = await Promise.allSettled([alone.send('request'), alone.receive()]);
      expect(outcomes.map(codeOf)).to.deep.equal(['EAGAIN', 'EFSM']);
      await failure('EFSM', () => alone.receive());
    });

    it('when a receive times out', async () => {
      reply.receiveTimeout = 20;
      const outcomes = await Promise.allSettled([reply.receive(), reply.send('reply')]);
      expect(outcomes.map(codeOf)).to.deep.equal(['EAGAIN', 'EFSM']);
      await request.send('later');
      expect(String(await reply.receive())).to.equal('later');
    });

    it('when a call is aborted, and all behind it', async () => {
      const alone = new Request({ context });
      const abort = new AbortController();
      const calls = [
        alone.send('one', { signal: abort.signal }),
        alone.receive(),
        alone.send('two'),
        alone.receive(),
      ];
      const outcomes = Promise.allSettled(calls);
      abort.abort(new Error('enough'));
      expect((await outcomes).map(codeOf)).to.deep.equal(['enough', 'EFSM', 'EFSM', 'EFSM']);
      // It is the turn of a send again.
      alone.connect(reply.lastEndpoint!);
      await alone.send('three');
      expect(String(await reply.receive())).to.equal('three');
    });

    it('but not those before it', async () => {
      const abort = new AbortController();
      const first = request.send('request');
      const second = request.receive();
      const third = request.send('third', { signal: abort.signal });
      const fourth = request.receive();
      const failed = Promise.allSettled([third, fourth]);
      abort.abort(new Error('enough'));
      expect((await failed).map(codeOf)).to.deep.equal(['enough', 'EFSM']);
      await first;
      await reply.receive();
      await reply.send('reply');
      expect(String(await second)).to.equal('reply');
      await request.send('next');
      expect(String(await reply.receive())).to.equal('next');
    });
  });

  it('a receive that times out leaves REQ waiting for its reply', async () => {
    await request.send('request');
    request.receiveTimeout = 0;
    await failure('EAGAIN', () => request.receive());
    failureNow('EAGAIN', () => request.receiveSync());
    expect(request.tryReceive()).to.equal(undefined);
    await failure('EFSM', () => request.send('again'));
    await reply.receive();
    await reply.send('late');
    request.receiveTimeout = -1;
    expect(String(await request.receive())).to.equal('late');
  });

  it('a reply whose requester is gone is dropped, and REP goes on', async () => {
    await request.send('request');
    await reply.receive();
    request.close();
    await reply.send('to nobody');
    const next = new Request({ context });
    next.connect(reply.lastEndpoint!);
    await next.send('next');
    expect(String(await reply.receive())).to.equal('next');
    await reply.send('reply');
    expect(String(await next.receive())).to.equal('reply');
  });

  it('each of several requesters gets the reply to its own request', async () => {
    const others = Array.from({ length: 5 }, () => new Request({ context }));
    for (const [i, other] of others.entries()) {
      other.connect(reply.lastEndpoint!);
      await other.send(`${i}`);
    }
    for (let i = 0; i < others.length; i++) {
      const [body] = await reply.receive();
      await reply.send(`reply to ${String(body)}`);
    }
    for (const [i, other] of others.entries()) {
      expect(String(await other.receive())).to.equal(`reply to ${i}`);
    }
  });

  it('a requester asks its repliers in turn, and hears the one that it asked', async () => {
    const second = new Reply({ context });
    await second.bind(stage.inproc());
    request.connect(second.lastEndpoint!);
    for (let i = 0; i < 6; i++) {
      const asked = i % 2 === 0 ? reply : second;
      await request.send(`${i}`);
      expect(String(await asked.receive())).to.equal(`${i}`);
      await asked.send(`reply ${i}`);
      expect(String(await request.receive())).to.equal(`reply ${i}`);
    }
  });

  it('messages of many parts keep them', async () => {
    await request.send(['a', '', 'b']);
    expect((await reply.receive()).map(String)).to.deep.equal(['a', '', 'b']);
    await reply.send(['', 'c', '']);
    expect((await request.receive()).map(String)).to.deep.equal(['', 'c', '']);
  });
});

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === 'fulfilled') return 'fulfilled';
  const { code, message } = outcome.reason as Error & { code?: string };
  return code ?? message;
}
