import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import {
  Dealer,
  Pair,
  Proxy,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Context,
  type ProxySideStatistics,
} from '../../src/index.js';
import { statisticsNumbers } from '../support/devices.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

const NOTHING: ProxySideStatistics = {
  messagesReceived: 0,
  bytesReceived: 0,
  messagesSent: 0,
  bytesSent: 0,
  dropped: 0,
};

/** Enough turns for a proxy to have moved something, if it would. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn();
}

describe('What a proxy has moved', () => {
  const stage = useTidyStage();
  let context: Context;
  let router: Router;
  let dealer: Dealer;
  let client: Dealer;
  let service: Dealer;
  let proxy: Proxy;

  beforeEach(() => {
    context = stage.context;
    router = new Router({ context });
    router.bindSync(stage.inproc());
    dealer = new Dealer({ context });
    dealer.bindSync(stage.inproc());
    client = new Dealer({ context, routingId: 'me' });
    client.connect(router.lastEndpoint!);
    service = new Dealer({ context });
    service.connect(dealer.lastEndpoint!);
    proxy = new Proxy(router, dealer);
  });

  it('is counted for each side: messages, and the bytes in them', async () => {
    const nothing = { frontEnd: NOTHING, backEnd: NOTHING, dropped: 0 };
    expect(proxy.statistics()).to.deep.equal(nothing);
    const running = proxy.run();
    await client.send(['request', '', 'of three']);
    await service.receive();
    await service.send(['me', 'reply']);
    await service.send(['me', 'another']);
    await client.receive();
    await client.receive();
    const moved = {
      frontEnd: {
        // The ROUTER puts the routing id before it.
        ...{ messagesReceived: 1, bytesReceived: 17 },
        ...{ messagesSent: 2, bytesSent: 16 },
        dropped: 0,
      },
      backEnd: {
        ...{ messagesReceived: 2, bytesReceived: 16 },
        ...{ messagesSent: 1, bytesSent: 17 },
        dropped: 0,
      },
      dropped: 0,
    };
    expect(proxy.statistics()).to.deep.equal(moved);
    proxy.terminate();
    await running;
    expect(proxy.statistics()).to.deep.equal(moved);
  });

  it('does not include what a side drops by its own rules, which is counted there', async () => {
    // Before it is a proxy's.
    router.sendSync(['nobody', 'message']);
    const running = proxy.run();
    await client.send('request');
    await service.receive();
    await service.send(['nobody', 'reply']);
    await service.send(['me', 'reply']);
    await client.receive();
    const { frontEnd, backEnd, dropped } = proxy.statistics();
    expect([frontEnd.dropped, backEnd.dropped, dropped]).to.deep.equal([1, 0, 0]);
    expect(frontEnd.messagesSent).to.equal(2);
    proxy.terminate();
    await running;
  });

  it('does not include what a side refuses, which is counted there and in all', async () => {
    router.mandatory = true;
    const running = proxy.run();
    await client.send('request');
    await service.receive();
    await service.send(['nobody', 'reply']);
    await service.send(['me', 'reply']);
    await client.receive();
    const { frontEnd, backEnd, dropped } = proxy.statistics();
    expect([frontEnd.dropped, backEnd.dropped, dropped]).to.deep.equal([1, 0, 1]);
    expect([frontEnd.messagesSent, backEnd.messagesReceived]).to.deep.equal([1, 2]);
    proxy.terminate();
    await running;
  });

  it('by a socket that is both ends was received at the front and sent at the back', async () => {
    const echo = new Reply({ context });
    echo.bindSync(stage.inproc());
    const both = new Proxy(echo, echo);
    const running = both.run();
    const asker = new Request({ context });
    asker.connect(echo.lastEndpoint!);
    for (let i = 0; i < 3; i++) {
      await asker.send('echo');
      await asker.receive();
    }
    const { frontEnd, backEnd } = both.statistics();
    expect(frontEnd).to.include({ messagesReceived: 3, bytesReceived: 12, messagesSent: 0 });
    expect(backEnd).to.include({ messagesReceived: 0, messagesSent: 3, bytesSent: 12 });
    both.terminate();
    await running;
  });
});

describe('A proxy that was started', () => {
  const stage = useTidyStage();
  let front: Pull;
  let back: Push;
  let source: Push;
  let sink: Pull;

  beforeEach(() => {
    const { context } = stage;
    front = new Pull({ context });
    front.bindSync(stage.inproc());
    back = new Push({ context });
    back.bindSync(stage.inproc());
    source = new Push({ context });
    source.connect(front.lastEndpoint!);
    sink = new Pull({ context });
    sink.connect(back.lastEndpoint!);
  });

  it('moves messages, and ends with its scope', async () => {
    {
      using proxy = new Proxy(front, back);
      proxy.start();
      await source.send('message');
      expect(String(await sink.receive())).to.equal('message');
      failureNow('EBUSY', () => proxy.start());
    }
    expect([front.closed, back.closed]).to.deep.equal([true, true]);
  });

  it('is waited for by `run`, once', async () => {
    const proxy = new Proxy(front, back);
    proxy.start();
    const running = proxy.run();
    await failure('EBUSY', () => proxy.run());
    proxy.terminate();
    await running;
    await failure('EBADF', () => proxy.run());
  });

  it('and has ended tells `run` how', async () => {
    const proxy = new Proxy(front, back);
    proxy.start();
    proxy.terminate();
    await proxy.run();
  });

  it('and has ended with its context tells `run` so, and warns of nothing', async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', warned);
    stage.atEnd(() => process.off('warning', warned));
    const proxy = new Proxy(front, back);
    proxy.start();
    stage.context.shutdown();
    await turns();
    await failure('ETERM', () => proxy.run());
    expect(warnings).to.deep.equal([]);
  });

  it('does not keep the process alive until `run`', async () => {
    const child = stage.process(async ({ Proxy, Pull, Push }, line, waits: boolean) => {
      const front = new Pull();
      front.bindSync('inproc://front');
      const back = new Push();
      back.bindSync('inproc://back');
      const proxy = new Proxy(front, back);
      proxy.start();
      if (waits) {
        setTimeout(() => proxy.terminate(), 50).unref();
        await proxy.run();
        line.post('over');
      }
    }, true);
    expect(await child.next()).to.equal('over');
    expect(await child.ended).to.include({ code: 0 });
    const other = stage.process(({ Proxy, Pull, Push }) => {
      const front = new Pull();
      front.bindSync('inproc://front');
      const back = new Push();
      back.bindSync('inproc://back');
      new Proxy(front, back).start();
    });
    expect(await other.ended).to.include({ code: 0 });
  });

  it('or never was closes its sockets with its scope', () => {
    {
      using proxy = new Proxy(front, back);
      expect(proxy.dropped).to.equal(0);
    }
    expect([front.closed, back.closed]).to.deep.equal([true, true]);
  });
});

describe('The control socket of a proxy', () => {
  const stage = useTidyStage();
  let context: Context;
  let front: Pull;
  let back: Push;
  let source: Push;
  let sink: Pull;

  beforeEach(() => {
    context = stage.context;
    front = new Pull({ context, receiveHighWaterMark: 0 });
    front.bindSync(stage.inproc());
    back = new Push({ context, sendHighWaterMark: 0 });
    back.bindSync(stage.inproc());
    source = new Push({ context, sendHighWaterMark: 0 });
    source.connect(front.lastEndpoint!);
    sink = new Pull({ context, receiveHighWaterMark: 0 });
    sink.connect(back.lastEndpoint!);
  });

  async function move(...messages: string[][]): Promise<void> {
    for (const message of messages) await source.send(message);
    for (const message of messages) {
      expect((await sink.receive()).map(String)).to.deep.equal(message);
    }
  }

  const MOVED = [2, 12, 0, 0, 0, 0, 2, 12];

  it('answers STATISTICS by messages and bytes received and sent, of the front and of the back', async () => {
    const control = new Reply({ context });
    control.bindSync(stage.inproc());
    const steer = new Request({ context });
    steer.connect(control.lastEndpoint!);
    const running = new Proxy(front, back, undefined, control).run();
    await move(['one', 'part'], ['three']);
    const ask = async (command: string): Promise<Buffer[]> => {
      await steer.send(command);
      return steer.receive();
    };
    expect(statisticsNumbers(await ask('STATISTICS'))).to.deep.equal(MOVED);
    for (const command of ['PAUSE', 'RESUME']) {
      expect((await ask(command)).map(String)).to.deep.equal(['']);
    }
    expect(statisticsNumbers(await ask('STATISTICS'))).to.deep.equal(MOVED);
    expect((await ask('TERMINATE')).map(String)).to.deep.equal(['']);
    await running;
  });

  it('answers nothing else if it is a PAIR', async () => {
    const control = new Pair({ context });
    control.bindSync(stage.inproc());
    const steer = new Pair({ context });
    steer.connect(control.lastEndpoint!);
    const running = new Proxy(front, back, undefined, control).run();
    await move(['one', 'part'], ['three']);
    for (const command of ['PAUSE', 'RESUME', 'DANCE', 'STATISTICS']) await steer.send(command);
    expect(statisticsNumbers(await steer.receive())).to.deep.equal(MOVED);
    await steer.send('TERMINATE');
    await running;
    expect(steer.tryReceive()).to.equal(undefined);
  });

  it('that cannot answer obeys, and counts what asks for an answer as dropped', async () => {
    const control = new Pull({ context });
    control.bindSync(stage.inproc());
    const steer = new Push({ context });
    steer.connect(control.lastEndpoint!);
    const proxy = new Proxy(front, back, undefined, control);
    const running = proxy.run();
    await steer.send('STATISTICS');
    await move(['message']);
    await steer.send('TERMINATE');
    await running;
    expect(proxy.dropped).to.equal(1);
  });

  it('without room for an answer keeps it, and what follows it, and the proxy goes on', async () => {
    const control = new Pair({ context, sendHighWaterMark: 1 });
    control.bindSync(stage.inproc());
    const steer = new Pair({ context, receiveHighWaterMark: 1 });
    steer.connect(control.lastEndpoint!);
    const proxy = new Proxy(front, back, undefined, control);
    const running = proxy.run();
    for (let i = 0; i < 5; i++) await steer.send('STATISTICS');
    await steer.send('PAUSE');
    await steer.send('STATISTICS');
    await turns();
    // PAUSE waits behind what nobody takes.
    await move(['message']);
    for (let i = 0; i < 6; i++) expect(statisticsNumbers(await steer.receive())).to.have.length(8);
    await source.send('held up');
    await turns();
    expect(sink.tryReceive()).to.equal(undefined);
    proxy.terminate();
    await running;
  });

  it('is obeyed in the middle of a flood', async () => {
    const onwards = new Push({ context, sendHighWaterMark: 0 });
    onwards.connect(stage.inproc());
    const control = new Reply({ context });
    control.bindSync(stage.inproc());
    const steer = new Request({ context });
    steer.connect(control.lastEndpoint!);
    for (let i = 0; i < 50_000; i++) source.sendSync('message');
    const proxy = new Proxy(front, onwards, undefined, control);
    const running = proxy.run();
    const moved = (): number => proxy.statistics().frontEnd.messagesReceived;
    while (moved() === 0) await nextTurn();
    await steer.send('PAUSE');
    await steer.receive();
    const until = moved();
    expect(until).to.be.below(10_000);
    await turns();
    expect(moved()).to.equal(until);
    proxy.terminate();
    await running;
  });

  it('stops no messages, however many commands it brings', async () => {
    const control = new Pull({ context, receiveHighWaterMark: 0 });
    control.bindSync(stage.inproc());
    const steer = new Push({ context, sendHighWaterMark: 0 });
    steer.connect(control.lastEndpoint!);
    for (let i = 0; i < 50_000; i++) steer.sendSync('RESUME');
    const proxy = new Proxy(front, back, undefined, control);
    const running = proxy.run();
    await move(['message']);
    // It has not waited for all of them.
    steer.sendSync('PAUSE');
    await move(['another']);
    proxy.terminate();
    await running;
  });

  it('and everything else have a turn after four megabytes', async () => {
    /** Counts what is asked of it. */
    class CountingPull extends Pull {
      taken = 0;

      override xrecv(): Buffer[] | undefined {
        this.taken++;
        return super.xrecv();
      }
    }
    const many = new CountingPull({ context, receiveHighWaterMark: 0 });
    many.bindSync(stage.inproc());
    const flood = new Push({ context, sendHighWaterMark: 0 });
    flood.connect(many.lastEndpoint!);
    const onwards = new Push({ context, sendHighWaterMark: 0 });
    onwards.connect(stage.inproc());
    for (let i = 0; i < 12; i++) flood.sendSync(Buffer.alloc(2 ** 20));
    const proxy = new Proxy(many, onwards);
    const running = proxy.run();
    for (let seen = 0; many.taken < 12; seen = many.taken) {
      await nextTurn();
      // A turn of the loop has at most two duty cycles, one of them left over from a blocking call.
      expect(many.taken - seen).to.be.at.most(9);
    }
    proxy.terminate();
    await running;
  });
});
