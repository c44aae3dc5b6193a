import { expect } from 'chai';
import {
  Dealer,
  ioStatistics,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  type Context,
} from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import { frame, WireListener } from '../support/wire-peer.js';

describe('With one live and one dead endpoint', () => {
  const stage = useTidyStage();

  for (const transport of ['ipc', 'tcp'] as const) {
    async function arrivals(immediate: boolean): Promise<string[]> {
      const { context } = stage;
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context, immediate, linger: 0 });
      push.connect(await stage.agreed(transport));
      push.connect(pull.lastEndpoint!);
      for (let i = 0; i < 10; i++) await push.send(`${i}`);
      const last = new Push({ context });
      const arrived: string[] = [];
      const expected = immediate ? 10 : 5;
      for (let i = 0; i < expected; i++) arrived.push(String(await pull.receive()));
      // Whatever else the PUSH had sent would be here before this one comes over its own connection.
      push.close();
      last.connect(pull.lastEndpoint!);
      await last.send('last');
      for (;;) {
        const message = String(await pull.receive());
        if (message === 'last') return arrived;
        arrived.push(message);
      }
    }

    it(`a PUSH loses every other message over ${transport}`, async () => {
      const arrived = await arrivals(false);
      expect(arrived).to.deep.equal(['1', '3', '5', '7', '9']);
    });

    it(`a PUSH with immediate loses none over ${transport}`, async () => {
      const arrived = await arrivals(true);
      expect(arrived).to.deep.equal(Array.from({ length: 10 }, (_, i) => `${i}`));
    });
  }
});

describe('A socket with immediate', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** Sends until there is nobody to send to. Without a mark: a full pipe would look the same. */
  async function untilAlone(push: Push): Promise<void> {
    while (push.trySend('lost')) await new Promise((resolve) => setImmediate(resolve));
  }

  it('has no room before its connection stands', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, immediate: true, linger: 0 });
    push.connect(listener.endpoint);
    const peer = await listener.accept();
    // TCP has connected, but nobody knows yet who is there.
    expect(push.trySend('early')).to.equal(false);
    await peer.handshake('PULL');
    await push.send('message');
    expect(String((await peer.readFrame()).body)).to.equal('message');
  });

  it('blocks while nobody is there, and goes on when somebody comes', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, immediate: true, reconnectInterval: 10 });
    push.connect(endpoint);
    const sent = push.send('message');
    const pull = new Pull({ context });
    await pull.bind(endpoint);
    await sent;
    expect(String(await pull.receive())).to.equal('message');
  });

  it('honours it again after each reconnection', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({
      context,
      immediate: true,
      reconnectInterval: 10,
      linger: 0,
      sendHighWaterMark: 0,
    });
    push.connect(endpoint);
    for (let round = 0; round < 3; round++) {
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      await push.send(`round ${round}`);
      expect(String(await pull.receive())).to.equal(`round ${round}`);
      pull.close();
      await untilAlone(push);
    }
  });

  it('drops what waits for a connection that is lost: the next begins with what is sent to it', async () => {
    const listener = await WireListener.open(stage);
    const roomy = stage.newContext({ arenaSize: 2 ** 28 });
    const push = new Push({
      context: roomy,
      immediate: true,
      reconnectInterval: 10,
      linger: 0,
      sendHighWaterMark: 0,
    });
    push.connect(listener.endpoint);
    const first = await listener.accept();
    await first.handshake('PULL');
    // More than the kernel takes at once, so the second waits in the pipe.
    await push.send(Buffer.alloc(24 * 2 ** 20));
    await push.send('second');
    await first.read(1);
    first.socket.pause();
    first.reset();
    const second = await listener.accept();
    await untilAlone(push);
    await second.handshake('PULL');
    await push.send('third');
    expect(String((await second.readFrame()).body)).to.equal('third');
  });

  it('can be disconnected before its connection stands', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, immediate: true });
    push.connect(listener.endpoint);
    const peer = await listener.accept();
    push.disconnect(listener.endpoint);
    await peer.closed;
    expect(push.trySend('nobody')).to.equal(false);
  });

  it('can be disconnected before anything has happened', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, immediate: true, reconnectInterval: 1 });
    push.connect(endpoint);
    push.disconnect(endpoint);
    const listener = new Pull({ context });
    await listener.bind(endpoint);
    const other = new Push({ context });
    other.connect(endpoint);
    await other.send('other');
    expect(String(await listener.receive())).to.equal('other');
    expect(push.trySend('nobody')).to.equal(false);
  });

  it('sends what it took before disconnect, and connects no more', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, immediate: true, reconnectInterval: 1 });
    push.connect(listener.endpoint);
    const peer = await listener.accept();
    await peer.handshake('PULL');
    await push.send('first');
    for (let i = 0; i < 100; i++) await push.send(Buffer.alloc(10_000));
    push.disconnect(listener.endpoint);
    expect(push.trySend('nobody')).to.equal(false);
    expect(String((await peer.readFrame()).body)).to.equal('first');
    for (let i = 0; i < 100; i++) expect((await peer.readFrame()).body.length).to.equal(10_000);
    await peer.closed;
    // Everything that this context serves is over once it has ended in order.
    push.close();
    await context.terminate();
  });

  it('makes no connection again that it loses after disconnect', async () => {
    const listener = await WireListener.open(stage);
    const roomy = stage.newContext({ arenaSize: 2 ** 28 });
    const push = new Push({ context: roomy, immediate: true, reconnectInterval: 1 });
    push.connect(listener.endpoint);
    const first = await listener.accept();
    await first.handshake('PULL');
    // More than the kernel takes at once: it is still being sent when the connection breaks.
    await push.send(Buffer.alloc(24 * 2 ** 20));
    await first.read(1);
    first.socket.pause();
    push.disconnect(listener.endpoint);
    first.reset();
    let [statistics] = await ioStatistics(roomy);
    while (statistics!.sessions > 0) [statistics] = await ioStatistics(roomy);
    const other = new Push({ context, linger: 0 });
    other.connect(listener.endpoint);
    await other.send('other');
    const second = await listener.accept();
    await second.handshake('PULL');
    expect(String((await second.readFrame()).body)).to.equal('other');
  });

  it('reports the events of any other connection', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, immediate: true, reconnectInterval: 10, linger: 0 });
    const seen: string[] = [];
    const { events } = push;
    push.connect(endpoint);
    const next = async (): Promise<string> => {
      const event = await events.receive();
      expect(event).to.include({ address: endpoint });
      seen.push(event.type);
      return event.type;
    };
    while ((await next()) !== 'connect:retry');
    const pull = new Pull({ context });
    await pull.bind(endpoint);
    while ((await next()) !== 'handshake');
    await push.send('message');
    await pull.receive();
    pull.close();
    while ((await next()) !== 'connect:retry');
    const attempt = ['connect:delay', 'close', 'connect:retry'];
    expect(seen.slice(0, 3)).to.deep.equal(attempt);
    expect(seen.slice(-5)).to.deep.equal([
      'connect:delay',
      'connect',
      'handshake',
      'disconnect',
      'connect:retry',
    ]);
  });

  it('closes in order whether or not it is connected', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context, immediate: true });
    push.connect(await stage.freeEndpoint());
    push.connect(pull.lastEndpoint!);
    for (let i = 0; i < 100; i++) await push.send(`${i}`);
    push.close();
    for (let i = 0; i < 100; i++) expect(String(await pull.receive())).to.equal(`${i}`);
    pull.close();
    await context.terminate();
  });

  it('ends with its thread, even one that ends at once', async () => {
    const endpoint = await stage.freeEndpoint();
    const thread = stage.thread(
      ({ Context, Push }, _line, { handle, to }: { handle: SharedArrayBuffer; to: string }) => {
        new Push({ context: Context.attach(handle), immediate: true }).connect(to);
      },
      { handle: context.handle, to: endpoint },
    );
    await thread.ended;
    await context.terminate();
  });

  it('may be a REQ, whose replies come back', async () => {
    const reply = new Reply({ context });
    await reply.bind('ipc://*');
    const request = new Request({ context, immediate: true });
    request.connect(await stage.freeEndpoint());
    request.connect(reply.lastEndpoint!);
    for (let i = 0; i < 5; i++) {
      await request.send(`question ${i}`);
      expect(String(await reply.receive())).to.equal(`question ${i}`);
      await reply.send(`answer ${i}`);
      expect(String(await request.receive())).to.equal(`answer ${i}`);
    }
  });

  it('may be a SUB, whose subscriptions each publisher hears that comes', async () => {
    const endpoint = await stage.freeEndpoint();
    const subscriber = new Subscriber({ context, immediate: true, reconnectInterval: 10 });
    subscriber.connect(endpoint);
    subscriber.subscribe('a');
    for (let round = 0; round < 3; round++) {
      const publisher = new Publisher({ context });
      await publisher.bind(endpoint);
      const received = subscriber.receive();
      let over = false;
      const publishing = (async () => {
        while (!over) {
          await publisher.send(`b${round}`);
          await publisher.send(`a${round}`);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      let message = String(await received);
      // Of the rounds before there may be more, since each publisher that has come has its turn.
      while (message !== `a${round}`) {
        expect(message)
          .to.match(/^a[0-2]$/)
          .and.satisfy((text: string) => text < `a${round}`);
        message = String(await subscriber.receive());
      }
      over = true;
      await publishing;
      publisher.close();
    }
  });

  it('may be a ROUTER, who knows each peer that comes by name', async () => {
    const endpoint = await stage.freeEndpoint();
    const router = new Router({ context, immediate: true, reconnectInterval: 10 });
    router.connect(endpoint);
    for (const name of ['first', 'second']) {
      const dealer = new Dealer({ context, routingId: name });
      await dealer.bind(endpoint);
      await dealer.send('hello');
      expect((await router.receive()).map(String)).to.deep.equal([name, 'hello']);
      await router.send([name, 'answer']);
      expect(String(await dealer.receive())).to.equal('answer');
      dealer.close();
    }
  });

  it('keeps what it has received when its connection is lost', async () => {
    const listener = await WireListener.open(stage);
    const pull = new Pull({ context, immediate: true, reconnectInterval: 10 });
    pull.connect(listener.endpoint);
    const first = await listener.accept();
    await first.handshake('PUSH');
    await first.write(frame('one'), frame('two'));
    first.socket.end();
    const second = await listener.accept();
    await second.handshake('PUSH');
    await second.write(frame('three'));
    const received: string[] = [];
    while (received.length < 3) received.push(String(await pull.receive()));
    // Each connection has a pipe of its own, and between pipes there is no order.
    expect(received).to.have.members(['one', 'two', 'three']);
    expect(received.filter((text) => text !== 'three')).to.deep.equal(['one', 'two']);
  });

  it('connects to threads over inproc as ever', async () => {
    const name = stage.inproc();
    const push = new Push({ context, immediate: true });
    push.connect(name);
    await push.send('early');
    const pull = new Pull({ context });
    await pull.bind(name);
    expect(String(await pull.receive())).to.equal('early');
  });
});
