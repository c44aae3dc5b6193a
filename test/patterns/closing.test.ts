import { expect } from 'chai';
import { Pull, Push, Reply, Request, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('A socket that is closed', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('says so, and may be closed again', () => {
    const push = new Push({ context });
    expect(push.closed).to.equal(false);
    push.close();
    expect(push.closed).to.equal(true);
    push.close();
  });

  it('rejects what waits with EAGAIN', async () => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    const waiting = Promise.allSettled([
      push.send('a'),
      push.send('b'),
      pull.receive(),
      pull.receive(),
    ]);
    push.close();
    pull.close();
    for (const outcome of await waiting) {
      expect(outcome).to.have.nested.property('reason.code', 'EAGAIN');
    }
  });

  it('rejects a bind on its way with EAGAIN, and takes the endpoint back', async () => {
    const endpoint = await stage.freeEndpoint();
    const pull = new Pull({ context });
    const bound = pull.bind(endpoint);
    pull.close();
    expect(await failure('EAGAIN', () => bound)).to.include({ address: endpoint });
    await context.terminate();
    const other = new Pull({ context: stage.newContext() });
    await other.bind(endpoint);
  });

  it('returns at once and lingers in the background', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, linger: -1, reconnectInterval: 20 });
    push.connect(endpoint);
    await push.send('message');
    push.close();
    const pull = new Pull({ context });
    await pull.bind(endpoint);
    expect(String(await pull.receive())).to.equal('message');
  });

  it('rejects what waits for its turn, too', async () => {
    const request = new Request({ context });
    const waiting = Promise.allSettled([request.send('a'), request.receive(), request.send('b')]);
    request.close();
    for (const outcome of await waiting) {
      expect(outcome).to.have.nested.property('reason.code', 'EAGAIN');
    }
  });

  it('fails every later call with EBADF', async () => {
    const push = new Push({ context });
    push.close();
    await failure('EBADF', () => push.send('a'));
    failureNow('EBADF', () => push.sendSync('a'));
    failureNow('EBADF', () => push.trySend('a'));
    await failure('EBADF', () => push.bind('inproc://closed'));
    failureNow('EBADF', () => push.bindSync('inproc://closed'));
    failureNow('EBADF', () => push.connect('inproc://closed'));
    await failure('EBADF', () => push.unbind('inproc://closed'));
    failureNow('EBADF', () => push.disconnect('inproc://closed'));
    const pull = new Pull({ context });
    pull.close();
    await failure('EBADF', () => pull.receive());
    failureNow('EBADF', () => pull.receiveSync());
    failureNow('EBADF', () => pull.tryReceive());
  });

  it('fails every look at an option with ENOTSOCK', () => {
    const push = new Push({ context });
    push.close();
    failureNow('ENOTSOCK', () => (push.linger = 0));
    failureNow('ENOTSOCK', () => push.linger);
  });

  it('ends for await', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    const received: string[] = [];
    await push.send('one');
    await push.send('two');
    for await (const [body] of pull) {
      received.push(String(body));
      if (received.length === 2) setImmediate(() => pull.close());
    }
    expect(received).to.deep.equal(['one', 'two']);
    for await (const [body] of pull) received.push(String(body));
    expect(received).to.deep.equal(['one', 'two']);
  });

  it('is not closed by leaving for await', async () => {
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('one');
    await push.send('two');
    for await (const [body] of pull) {
      expect(String(body)).to.equal('one');
      break;
    }
    expect(pull.closed).to.equal(false);
    expect(String(await pull.receive())).to.equal('two');
  });

  it('ends a loop that fails by other than its closing with that failure', async () => {
    const pull = new Pull({ context, receiveTimeout: 0 });
    await failure('EAGAIN', async () => {
      for await (const message of pull)
        expect.fail(`there is nothing to receive: ${String(message)}`);
    });
  });

  it('is closed by the end of the block that uses it', async () => {
    let seen: Push;
    {
      using push = new Push({ context });
      seen = push;
      expect(seen.closed).to.equal(false);
    }
    expect(seen.closed).to.equal(true);
    let ended: Push;
    {
      await using own = stage.newContext();
      ended = new Push({ context: own });
    }
    expect(ended.closed).to.equal(true);
  });

  it('gives its endpoints back', async () => {
    for (const endpoint of [stage.inproc(), await stage.freeEndpoint()]) {
      for (let round = 0; round < 3; round++) {
        const pull = new Pull({ context });
        await pull.bind(endpoint);
        pull.close();
      }
    }
  });

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`has sent what it took, over ${transport}`, async () => {
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      for (let i = 0; i < 500; i++) await push.send(`${i}`);
      push.close();
      for (let i = 0; i < 500; i++) expect(String(await pull.receive())).to.equal(`${i}`);
    });
  }

  it('is missed by no one: its peer deals to the others', async () => {
    const push = new Push({ context });
    await push.bind(stage.inproc());
    const pulls = Array.from({ length: 3 }, () => new Pull({ context }));
    for (const pull of pulls) pull.connect(push.lastEndpoint!);
    for (let i = 0; i < 3; i++) await push.send('round');
    for (const pull of pulls) await pull.receive();
    pulls[1]!.close();
    for (let i = 0; i < 10; i++) await push.send('message');
    const others = [pulls[0]!, pulls[2]!];
    for (let i = 0; i < 5; i++) for (const pull of others) await pull.receive();
    for (const pull of others) expect(pull.tryReceive()).to.equal(undefined);
  });

  it('takes its reply with it: a blocked peer goes on with others', async () => {
    const reply = new Reply({ context });
    await reply.bind('tcp://127.0.0.1:*');
    const first = new Request({ context });
    first.connect(reply.lastEndpoint!);
    await first.send('first');
    await reply.receive();
    first.close();
    await reply.send('lost');
    const second = new Request({ context });
    second.connect(reply.lastEndpoint!);
    await second.send('second');
    expect(String(await reply.receive())).to.equal('second');
  });
});
