import { expect } from 'chai';
import { Poller, Reply, Request, Router, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('REQ with relaxed', () => {
  const stage = useTidyStage();
  let context: Context;
  let request: Request;
  let router: Router;

  beforeEach(async () => {
    context = stage.context;
    router = new Router({ context, receiveHighWaterMark: 1 });
    await router.bind(stage.inproc());
    request = new Request({ context, relaxed: true, routingId: 'asker', sendHighWaterMark: 1 });
    request.connect(router.lastEndpoint!);
  });

  /** The next request that comes to the ROUTER, which has to be this one. */
  async function expectRequest(body: string): Promise<void> {
    const parts = (await router.receive()).map(String);
    expect(parts).to.deep.equal(['asker', '', body]);
  }

  const answer = (body: string): Promise<void> => router.send(['asker', '', body]);

  it('drops the reply to a request when the next one goes out', async () => {
    await request.send('first');
    await expectRequest('first');
    await answer('to the first');
    await request.send('second');
    await expectRequest('second');
    expect(request.tryReceive()).to.equal(undefined);
    await answer('to the second');
    expect(String(await request.receive())).to.equal('to the second');
  });

  it('keeps the reply to a request as long as the next one cannot go out', async () => {
    await request.send('first');
    await request.send('second');
    await answer('to the second');
    // The pipe holds two.
    expect(request.trySend('third')).to.equal(false);
    expect(String(request.tryReceive())).to.equal('to the second');
  });

  it('lets a request overtake a receive, which then gets the reply to that one', async () => {
    await request.send('first');
    const reply = request.receive();
    await request.send('second');
    for (const body of ['first', 'second']) await expectRequest(body);
    await answer('to the second');
    expect(String(await reply)).to.equal('to the second');
  });

  it('asks again after a receive that timed out', async () => {
    request.receiveTimeout = 5;
    await request.send('first');
    await failure('EAGAIN', () => request.receive());
    request.receiveTimeout = -1;
    request.sendSync('again');
    for (const body of ['first', 'again']) await expectRequest(body);
    await answer('at last');
    expect(String(request.receiveSync())).to.equal('at last');
  });

  it('has one receive wait for the one reply that is to come, and refuses others with EFSM', async () => {
    await failure('EFSM', () => request.receive());
    failureNow('EFSM', () => request.receiveSync());
    await request.send('first');
    const reply = request.receive();
    await failure('EFSM', () => request.receive());
    await expectRequest('first');
    await answer('to the first');
    expect(String(await reply)).to.equal('to the first');
    await failure('EFSM', () => request.receive());
  });

  it('has requests wait in order, and a receive fails with the last of them', async () => {
    const alone = new Request({ context, relaxed: true });
    const [first, second] = [new AbortController(), new AbortController()];
    const outcomes = Promise.allSettled([
      alone.send('first', { signal: first.signal }),
      alone.receive(),
      alone.send('second', { signal: second.signal }),
    ]);
    first.abort(new Error('first given up'));
    // The second request may still have a reply.
    await failure('EFSM', () => alone.receive());
    second.abort(new Error('second given up'));
    const reasons = (await outcomes).map((one) => (one as PromiseRejectedResult).reason as Error);
    expect(reasons.map(({ message }) => message)).to.deep.equal([
      'first given up',
      'Operation cannot be accomplished in current state',
      'second given up',
    ]);
  });

  it('goes to the next peer in turn', async () => {
    const replies = await Promise.all(
      [1, 2].map(async () => {
        const reply = new Reply({ context });
        await reply.bind(stage.inproc());
        return reply;
      }),
    );
    const asker = new Request({ context, relaxed: true });
    for (const reply of replies) asker.connect(reply.lastEndpoint!);
    await asker.send('first');
    await asker.send('second');
    expect(String(await replies[0]!.receive())).to.equal('first');
    expect(String(await replies[1]!.receive())).to.equal('second');
    // Only who was asked last may answer.
    await replies[0]!.send('to the first');
    await replies[1]!.send('to the second');
    expect(String(await asker.receive())).to.equal('to the second');
  });

  it('is ready to send while a reply is to come', async () => {
    request.relaxed = false;
    await request.send('first');
    expect(request.writable).to.equal(false);
    const poller = new Poller();
    poller.add(request, { writable: true });
    const ready = poller.wait();
    request.relaxed = true;
    expect((await ready)[0]?.socket).to.equal(request);
    expect(request.writable).to.equal(true);
  });

  it('can be set and set back between calls', async () => {
    request.relaxed = false;
    await request.send('first');
    await failure('EFSM', () => request.send('second'));
    const reply = request.receive();
    // The reply is lost, say: now is the time for it.
    request.relaxed = true;
    await request.send('second');
    request.relaxed = false;
    failureNow('EFSM', () => request.trySend('third'));
    for (const body of ['first', 'second']) await expectRequest(body);
    await answer('to the second');
    expect(String(await reply)).to.equal('to the second');
  });

  it('is not changed while calls wait that it would leave out of order', async () => {
    const alone = new Request({ context });
    const outcomes = Promise.allSettled([alone.send('first'), alone.receive()]);
    failureNow('EBUSY', () => (alone.relaxed = true));
    alone.relaxed = false;
    alone.close();
    await outcomes;
  });
});
