import { expect } from 'chai';
import { Pull, Push, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('Destroying a context', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('closes the calling thread’s sockets first', async () => {
    const push = new Push({ context });
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    push.connect(pull.lastEndpoint!);
    const received = failure('EAGAIN', () => pull.receive());
    await context.destroy();
    await received;
    expect([push.closed, pull.closed]).to.deep.equal([true, true]);
  });

  it('then terminates: it waits for the sockets of other threads', async () => {
    const thread = stage.thread(async ({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const pull = new Pull({ context: Context.attach(handle) });
      line.post('waiting');
      await pull.receive().catch((error: unknown) => {
        line.post((error as { code: string }).code);
      });
      await line.next();
      pull.close();
    }, context.handle);
    expect(await thread.next()).to.equal('waiting');
    let over = false;
    const ended = context.destroy().then((report) => {
      over = true;
      return report;
    });
    expect(await thread.next()).to.equal('ETERM');
    expect(over).to.equal(false);
    thread.post('close');
    expect((await ended).complete).to.equal(true);
  });

  it('waits for the sockets’ linger', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, linger: -1, reconnectInterval: 20 });
    push.connect(endpoint);
    await push.send('message');
    const ended = context.destroy();
    const pull = new Pull({ context: stage.newContext() });
    await pull.bind(endpoint);
    expect(String(await pull.receive())).to.equal('message');
    await ended;
  });

  it('with a linger uses that one', async () => {
    const push = new Push({ context, linger: -1 });
    push.connect(await stage.freeEndpoint());
    await push.send('message');
    const { complete, sockets } = await context.destroy({ linger: 0 });
    expect(complete).to.equal(true);
    expect(sockets).to.have.lengthOf(1);
    expect(sockets[0]).to.include({ flushed: 0, dropped: 1, held: 0 });
  });

  it('with a timeout waits no longer', async () => {
    const push = new Push({ context, linger: -1 });
    push.connect(await stage.freeEndpoint());
    await push.send('message');
    const { complete, sockets } = await context.destroy({ timeout: 20 });
    expect(complete).to.equal(false);
    expect(sockets[0]).to.include({ flushed: 0, dropped: 0, held: 1 });
  });

  it('refuses a linger or a timeout that is none, and does nothing', async () => {
    failureNow('EINVAL', () => void context.destroy({ linger: -2 }));
    failureNow('EINVAL', () => void context.destroy({ timeout: 0.5 }));
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
  });

  it('is what the end of a block does that uses a context', async () => {
    const endpoint = await stage.freeEndpoint();
    const pull = new Pull({ context: stage.newContext() });
    let push: Push;
    {
      await using own = stage.newContext();
      push = new Push({ context: own, reconnectInterval: 20 });
      push.connect(endpoint);
      await push.send('message');
      await pull.bind(endpoint);
    }
    expect(push.closed).to.equal(true);
    expect(String(await pull.receive())).to.equal('message');
  });

  it('after terminate joins it, and closes what held it', async () => {
    const push = new Push({ context });
    await push.bind('tcp://127.0.0.1:*');
    const terminated = context.terminate();
    const report = await context.destroy();
    expect(await terminated).to.equal(report);
    expect(report.complete).to.equal(true);
  });
});
