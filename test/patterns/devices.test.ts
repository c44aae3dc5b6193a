import { expect } from 'chai';
import {
  forwarder,
  Proxy,
  ProxyThread,
  Publisher,
  Pull,
  Push,
  queue,
  Reply,
  Request,
  streamer,
  Subscriber,
  XPublisher,
  type Context,
} from '../../src/index.js';
import type { AnyDevice } from '../support/devices.js';
import { failure } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

/** Where a device is, wherever it runs. */
interface Placed {
  readonly frontEnd: { readonly lastEndpoint: string | null };
  readonly backEnd: { readonly lastEndpoint: string | null };
}

describe('Devices', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  const anywhere = 'tcp://127.0.0.1:*';

  async function asks({ frontEnd, backEnd }: Placed): Promise<void> {
    const service = new Reply({ context });
    service.connect(backEnd.lastEndpoint!);
    const client = new Request({ context });
    client.connect(frontEnd.lastEndpoint!);
    await client.send('request');
    await service.send(['re', ...(await service.receive())]);
    expect((await client.receive()).map(String)).to.deep.equal(['re', 'request']);
  }

  async function publishes({ frontEnd, backEnd }: Placed): Promise<void> {
    const publisher = new XPublisher({ context });
    publisher.connect(frontEnd.lastEndpoint!);
    const subscriber = new Subscriber({ context });
    subscriber.connect(backEnd.lastEndpoint!);
    subscriber.subscribe('news');
    expect(String(await publisher.receive())).to.equal('\x01news');
    await publisher.send('news of today');
    expect(String(await subscriber.receive())).to.equal('news of today');
  }

  async function streams({ frontEnd, backEnd }: Placed): Promise<void> {
    const source = new Push({ context });
    source.connect(frontEnd.lastEndpoint!);
    const sink = new Pull({ context });
    sink.connect(backEnd.lastEndpoint!);
    await source.send(['a', 'task']);
    expect((await sink.receive()).map(String)).to.deep.equal(['a', 'task']);
  }

  const devices: Record<string, [device: AnyDevice, works: (placed: Placed) => Promise<void>]> = {
    queue: [queue, asks],
    forwarder: [forwarder, publishes],
    streamer: [streamer, streams],
  };

  for (const [name, [device, works]] of Object.entries(devices)) {
    it(`${name}: binds two endpoints, and ends with its scope`, async () => {
      let made: Proxy;
      {
        await using proxy = await device(anywhere, stage.inproc(), { context });
        expect(proxy).to.be.instanceOf(Proxy);
        made = proxy;
        await works(proxy);
      }
      expect([made.frontEnd.closed, made.backEnd.closed]).to.deep.equal([true, true]);
    });

    it(`${name}: does so in a thread of its own`, async () => {
      let made: ProxyThread;
      {
        await using proxy = await device(anywhere, stage.inproc(), { context, thread: true });
        expect(proxy).to.be.instanceOf(ProxyThread);
        made = proxy;
        await works(proxy);
      }
      await made.run();
    });
  }

  it('take sockets that are there, and their context', async () => {
    const front = new Pull({ context });
    front.bindSync(stage.inproc());
    const log = new Pull({ context });
    log.bindSync(stage.inproc());
    const capture = new Push({ context });
    capture.connect(log.lastEndpoint!);
    using proxy = await streamer(front, stage.inproc(), { capture });
    expect([proxy.frontEnd, proxy.captureEnd]).to.deep.equal([front, capture]);
    await streams(proxy);
    expect(String(await log.receive())).to.equal('a,task');
  });

  it('take more than an endpoint: several, to bind or to connect to, and options', async () => {
    const source = new Push({ context });
    source.bindSync(stage.inproc());
    using proxy = await streamer(
      { bind: [stage.inproc(), stage.inproc()], connect: source.lastEndpoint! },
      { bind: stage.inproc(), options: { sendHighWaterMark: 7 } },
      { context, control: { type: 'REP', bind: stage.inproc() } },
    );
    expect(proxy.backEnd.sendHighWaterMark).to.equal(7);
    const sink = new Pull({ context });
    sink.connect(proxy.backEnd.lastEndpoint!);
    await source.send('task');
    expect(String(await sink.receive())).to.equal('task');
    const steer = new Request({ context });
    steer.connect(proxy.controlEnd!.lastEndpoint!);
    await steer.send('TERMINATE');
    await proxy.run();
  });

  it('that cannot start close what they have opened, and nothing else', async () => {
    const taken = new Pull({ context });
    await taken.bind(anywhere);
    const endpoint = stage.inproc();
    const error = await failure('EADDRINUSE', () =>
      streamer(endpoint, taken.lastEndpoint!, { context }),
    );
    expect(error.address).to.equal(taken.lastEndpoint);
    const front = new Pull({ context });
    front.bindSync(endpoint);
    await failure('EADDRINUSE', () => streamer(front, taken.lastEndpoint!));
    expect(front.closed).to.equal(false);
    await failure('EINVAL', () => streamer(front, { options: {} }));
    await failure('EINVAL', () => streamer(new Pull({ context }), stage.inproc()));
  });

  it('in a thread of their own take no sockets', async () => {
    const front = new Pull({ context });
    front.bindSync(stage.inproc());
    let thrown: unknown;
    await streamer(front as never, stage.inproc(), { context, thread: true }).catch(
      (error: unknown) => (thrown = error),
    );
    expect(thrown).to.be.instanceOf(TypeError);
    expect(front.closed).to.equal(false);
  });

  it('that forward to a slow subscriber hold up the publisher with `noDrop`, and lose nothing', async () => {
    const mark = 5;
    using proxy = await forwarder(
      { bind: stage.inproc(), options: { receiveHighWaterMark: mark } },
      { bind: stage.inproc(), options: { sendHighWaterMark: mark, noDrop: true } },
      { context },
    );
    const publisher = new Publisher({ context, sendHighWaterMark: mark, noDrop: true });
    publisher.connect(proxy.frontEnd.lastEndpoint!);
    const subscriber = new Subscriber({ context, receiveHighWaterMark: mark });
    subscriber.connect(proxy.backEnd.lastEndpoint!);
    subscriber.subscribe('');
    // Until its subscription has come to the publisher.
    while (subscriber.tryReceive() === undefined) {
      await publisher.send('hello');
      await new Promise((resolve) => setImmediate(resolve));
    }
    let sent = 0;
    const sends = Array.from({ length: 200 }, (_, i) => publisher.send(`${i}`).then(() => sent++));
    let received = 0;
    while (received < 200) {
      const text = String(await subscriber.receive());
      if (text === 'hello') continue;
      expect(text).to.equal(`${received++}`);
      // Two pipes, and the one message that the proxy holds.
      expect(sent).to.be.at.most(received + 4 * mark + 1);
    }
    await Promise.all(sends);
    expect(proxy.statistics().backEnd.dropped).to.equal(0);
  });
});
