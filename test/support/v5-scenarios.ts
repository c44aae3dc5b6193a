import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** What programs for version 5 of zeromq.js import, ours or the one that zeromq.js 6 has. */
export type V5 = typeof import('../../src/v5-compat.js').default;
type Socket = InstanceType<V5['Socket']>;
type SocketType = Parameters<V5['socket']>[0];

const ANY = 'tcp://127.0.0.1:*';

function bound(socket: Socket): string {
  socket.bindSync(ANY);
  return String(socket.last_endpoint);
}

/** So many messages as text, from now on. */
function messages(socket: Socket, count: number): Promise<string[][]> {
  return new Promise((resolve) => {
    const received: string[][] = [];
    socket.on('message', (...frames) => {
      received.push(frames.map(String));
      if (received.length === count) resolve(received);
    });
  });
}

/** Resolves, with nothing, or rejects as the callback is told. */
function called(call: (callback: (error?: Error) => void) => unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    call((...told: (Error | undefined)[]) => {
      if (told[0] === undefined) resolve(told.length);
      else reject(told[0]);
    });
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no error';
  return (error as { code?: string }).code ?? 'an error without a code';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'no error';
}

function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

function closeAll(...sockets: Socket[]): void {
  for (const socket of sockets) socket.close();
}

const SCENARIOS = {
  async bindAndUnbind(zmq: V5): Promise<unknown[]> {
    const story: unknown[] = [];
    const push = zmq.socket('push');
    push.on('bind', (endpoint) => story.push(`bound ${endpoint}`));
    story.push(
      await called((callback) => {
        story.push(push.bind(ANY, callback) === push);
      }),
    );
    const endpoint = String(push.last_endpoint);
    push.on('unbind', (given) => story.push(`unbound ${given === endpoint}`));
    story.push(await called((callback) => push.unbind(endpoint, callback)));
    story.push(push.closed, push.close() === push, push.closed, push.type);
    return story;
  },

  async pushPull(zmq: V5): Promise<unknown[]> {
    const push = zmq.socket('push');
    const pull = zmq.socket('pull');
    const endpoint = bound(pull);
    const received = messages(pull, 6);
    push.connect(endpoint);
    const sent = [
      called((callback) => push.send('text', 0, callback)),
      called((callback) => push.send(15.99, null, callback)),
      called((callback) => push.send(Buffer.from('bytes'), undefined, callback)),
      called((callback) => push.send(['two', 'frames'], 0, callback)),
    ];
    push.send(['first', 'second'], zmq.ZMQ_SNDMORE).send('third', zmq.ZMQ_SNDMORE).send(null);
    push.send('last');
    const story = [...(await Promise.all(sent)), ...(await received)];
    closeAll(push, pull);
    return story;
  },

  async reqRep(zmq: V5): Promise<unknown[]> {
    const rep = zmq.socket('rep');
    const req = zmq.socket('req');
    rep.on('message', (...frames) => rep.send([...frames, 'answered']));
    const replies = messages(req, 3);
    req.connect(bound(rep));
    // In a burst: each waits for the reply to the one before.
    req.send('one').send(['two', 'frames']).send('three');
    const story = await replies;
    closeAll(req, rep);
    return story;
  },

  async pubSub(zmq: V5): Promise<unknown[]> {
    const pub = zmq.socket('pub');
    const sub = zmq.socket('sub');
    sub.connect(bound(pub));
    sub.subscribe('wanted').subscribe('taken back').unsubscribe('taken back').subscribe('probe');
    // Nobody tells a PUB who has subscribed, so there is no event to await.
    const probing = setInterval(() => pub.send('probe'), 1);
    await once(sub, 'message');
    clearInterval(probing);
    const received: string[][] = [];
    const over = new Promise<void>((resolve) => {
      sub.on('message', (...frames) => {
        const texts = frames.map(String);
        if (texts[0] !== 'probe') received.push(texts);
        if (texts[0] === 'wanted last') resolve();
      });
    });
    pub.send(['wanted first', 'body']).send('unwanted').send('taken back').send('wanted last');
    await over;
    closeAll(pub, sub);
    return received;
  },

  async xpubSub(zmq: V5): Promise<unknown[]> {
    const xpub = zmq.socket('xpub');
    const sub = zmq.socket('sub');
    sub.connect(bound(xpub));
    sub.subscribe('topic');
    const [subscription] = (await once(xpub, 'message')) as [Buffer];
    const received = messages(sub, 1);
    xpub.send('other').send('topic and body');
    const story = [[...subscription], ...(await received)];
    sub.unsubscribe('topic');
    const [cancellation] = (await once(xpub, 'message')) as [Buffer];
    closeAll(sub, xpub);
    return [...story, [...cancellation]];
  },

  async dealerRouter(zmq: V5): Promise<unknown[]> {
    const router = zmq.socket('router');
    const dealer = zmq.socket('dealer', { identity: 'a dealer', linger: 0 });
    router.on('message', (id, ...frames) => router.send([id, String(id), ...frames.reverse()]));
    const received = messages(dealer, 2);
    dealer.connect(bound(router));
    dealer.send(['one', 'two']).send('three');
    const story = [dealer.identity, dealer.linger, ...(await received)];
    closeAll(dealer, router);
    return story;
  },

  async burst(zmq: V5): Promise<unknown[]> {
    const router = zmq.socket('router');
    const dealer = zmq.socket('dealer');
    router.on('message', (...frames) => router.send(frames));
    const received = messages(dealer, 1000);
    dealer.connect(bound(router));
    for (let i = 0; i < 1000; i++) dealer.send(String(i));
    const inOrder = (await received).every(([number], i) => number === String(i));
    closeAll(dealer, router);
    return [inOrder];
  },

  async pauseAndResume(zmq: V5): Promise<unknown[]> {
    const [push, pull] = [zmq.socket('push'), zmq.socket('pull')];
    const [req, rep] = [zmq.socket('req'), zmq.socket('rep')];
    const story: unknown[] = [];
    push.connect(bound(pull));
    pull.pause();
    pull.on('message', (frame) => story.push(String(frame)));
    const sends = ['one', 'two', 'three'].map((text) =>
      called((callback) => push.send(text, 0, callback)),
    );
    await Promise.all(sends);
    push.pause();
    const held = called((callback) => push.send('four', 0, callback)).then(() =>
      story.push('sent'),
    );
    // While others come and go, nothing happens here.
    rep.on('message', (frame) => rep.send(frame));
    const answered = messages(req, 1);
    req.connect(bound(rep));
    req.send('still there?');
    await answered;
    story.push('resumed');
    pull.resume();
    while (story.at(-1) !== 'three') await once(pull, 'message');
    push.resume();
    await Promise.all([held, once(pull, 'message')]);
    closeAll(push, pull, req, rep);
    return [...story.slice(0, 4), ...story.slice(4).map(String).sort()];
  },

  async monitoredServer(zmq: V5): Promise<unknown[]> {
    const rep = zmq.socket('rep').monitor();
    const req = zmq.socket('req');
    const endpoint = bound(rep);
    const story = monitored(rep, endpoint);
    rep.on('message', (frame) => rep.send(frame));
    const answered = messages(req, 1);
    req.connect(endpoint);
    req.send('hello');
    await answered;
    const gone = once(rep, 'disconnect');
    req.close();
    await gone;
    const closed = once(rep, 'close');
    rep.close();
    await closed;
    return story;
  },

  async monitoredClient(zmq: V5): Promise<unknown[]> {
    const pull = zmq.socket('pull');
    const push = zmq.socket('push', { linger: 0, reconnect_ivl: 20 }).monitor();
    const endpoint = bound(pull);
    const story = monitored(push, endpoint);
    const received = once(pull, 'message');
    push.connect(endpoint).send('message');
    await received;
    const retried = once(push, 'connect_retry');
    pull.close();
    await retried;
    push.unmonitor();
    push.close();
    return story;
  },

  async monitoredNobody(zmq: V5): Promise<unknown[]> {
    const push = zmq.socket('push', { linger: 0, reconnect_ivl: 20 }).monitor();
    const endpoint = await nobody();
    const story = monitored(push, endpoint);
    const retried = once(push, 'connect_retry');
    push.connect(endpoint);
    await retried;
    push.unmonitor();
    push.close();
    return story.slice(0, 3);
  },

  async failedBinds(zmq: V5): Promise<unknown[]> {
    const story: unknown[] = [];
    const [taken, other] = [zmq.socket('push'), zmq.socket('push')];
    const endpoint = bound(taken);
    other.monitor();
    const monitoredError = once(other, 'bind_error');
    // Of binds that do not block zeromq.js sometimes says EAGAIN: by then libzmq's errno is another's.
    await called((callback) => other.bind(endpoint, callback)).catch((error: unknown) =>
      story.push(error instanceof Error),
    );
    const [errno, where, error] = (await monitoredError) as [number, string, Error];
    // libzmq leaves the scheme out here.
    story.push(errno, endpoint.endsWith(where), codeOf(error));
    // Without a callback it is an event.
    const emitted = once(other, 'error');
    other.bind(endpoint);
    story.push((await emitted)[0] instanceof Error);
    await called((callback) => other.unbind(endpoint, callback)).catch((reason: unknown) =>
      story.push(reason instanceof Error),
    );
    story.push(codeOf(thrown(() => other.bindSync(endpoint))));
    other.unmonitor();
    closeAll(taken, other);
    return story;
  },

  async failedSends(zmq: V5): Promise<unknown[]> {
    const router = zmq.socket('router');
    router.setsockopt(zmq.ZMQ_ROUTER_MANDATORY, 1).setsockopt(zmq.ZMQ_SNDTIMEO, 10);
    const story: unknown[] = [
      await called((callback) => router.send(['nobody', 'body'], 0, callback)).catch(
        (error: unknown) => error instanceof Error,
      ),
    ];
    const emitted = once(router, 'error');
    router.send(['nobody', 'body']);
    story.push((await emitted)[0] instanceof Error);
    router.close();
    return story;
  },

  async closedWhileItWaits(zmq: V5): Promise<unknown[]> {
    const [told, untold] = [zmq.socket('push'), zmq.socket('push')];
    const calledBack = called((callback) => told.send('for nobody', 0, callback)).catch(codeOf);
    const emitted = once(untold, 'error');
    untold.send('for nobody');
    closeAll(told, untold);
    return [await calledBack, codeOf((await emitted)[0])];
  },

  wrongCalls(zmq: V5): Promise<unknown[]> {
    const push = zmq.socket('push');
    const story = [
      codeOf(thrown(() => push.connect('nonsense'))),
      codeOf(thrown(() => push.connect('scheme://nobody'))),
      codeOf(thrown(() => push.disconnect('tcp://127.0.0.1:5555'))),
      textOf(thrown(() => push.subscribe(''))),
      textOf(thrown(() => push.setsockopt(1234, 1))),
      textOf(thrown(() => push.getsockopt(1234))),
      textOf(thrown(() => push.getsockopt('_subscribe'))),
      textOf(thrown(() => zmq.socket('nonsense' as SocketType))),
      textOf(thrown(() => zmq.proxy(push, push))),
      textOf(thrown(() => new zmq.Context())),
    ];
    push.close();
    return Promise.resolve(story);
  },

  /** By type, what each option is before it is set; nothing for those that cannot be read. */
  defaults(zmq: V5): Promise<unknown[]> {
    const types: SocketType[] = ['pair', 'req', 'rep', 'pub', 'sub', 'dealer', 'router'];
    types.push('xreq', 'xrep', 'pull', 'push', 'xpub', 'xsub');
    const story = types.map((type) => {
      const socket = zmq.socket(type);
      const values: Record<number, unknown> = {};
      for (let number = 0; number < 100; number++) {
        try {
          const value = socket.getsockopt(number);
          if (value !== undefined) values[number] = value;
        } catch {
          // Not every option can be read.
        }
      }
      socket.close();
      return { type, values };
    });
    return Promise.resolve(story);
  },

  options(zmq: V5): Promise<unknown[]> {
    const dealer = zmq.createSocket('dealer', { backlog: 30 });
    const story: unknown[] = [dealer.backlog, dealer.getsockopt('backlog')];
    story.push(dealer.setsockopt(zmq.ZMQ_BACKLOG, 75) === dealer, dealer.getsockopt('backlog'));
    dealer.backlog = 50;
    dealer.setsockopt('linger', 7).setsockopt(zmq.ZMQ_SNDHWM, 8).setsockopt(zmq.ZMQ_RCVHWM, 9);
    dealer.setsockopt(zmq.ZMQ_IPV6, 1).setsockopt('identity', Buffer.from('me'));
    dealer.setsockopt(zmq.ZMQ_DELAY_ATTACH_ON_CONNECT, 1);
    const numbers = [zmq.ZMQ_BACKLOG, zmq.ZMQ_LINGER, zmq.ZMQ_SNDHWM, zmq.ZMQ_RCVHWM];
    numbers.push(zmq.ZMQ_IPV6, zmq.ZMQ_IPV4ONLY, zmq.ZMQ_IDENTITY, zmq.ZMQ_DELAY_ATTACH_ON_CONNECT);
    story.push(...numbers.map((number) => dealer.getsockopt(number)));
    dealer.close();
    story.push(zmq.createSocket === zmq.socket, zmq.version, zmq.Context.getMaxThreads());
    zmq.Context.setMaxSockets(100);
    story.push(zmq.Context.getMaxSockets());
    return Promise.resolve(story);
  },

  constants(zmq: V5): Promise<unknown[]> {
    const numbers = Object.entries(zmq).filter(([, value]) => typeof value === 'number');
    return Promise.resolve(numbers.sort(([a], [b]) => (a < b ? -1 : 1)));
  },

  async proxiedQueue(zmq: V5): Promise<unknown[]> {
    const [router, dealer] = [zmq.socket('router'), zmq.socket('dealer')];
    const [req, rep] = [zmq.socket('req'), zmq.socket('rep')];
    const [capture, log] = [zmq.socket('push', { linger: 0 }), zmq.socket('pull')];
    const [replies, logged] = [messages(req, 1), messages(log, 1)];
    rep.on('message', (...frames) => rep.send([...frames, 'answered']));
    capture.connect(bound(log));
    req.connect(bound(router));
    rep.connect(bound(dealer));
    zmq.proxy(router, dealer, capture);
    req.send(['asked', 'twice']);
    const story = [await replies, await logged];
    closeAll(req, rep, router, dealer, capture, log);
    return story;
  },

  async proxiedForwarder(zmq: V5): Promise<unknown[]> {
    const [xpub, xsub] = [zmq.socket('xpub'), zmq.socket('xsub')];
    const [pub, sub] = [zmq.socket('pub'), zmq.socket('sub')];
    const [capture, log] = [zmq.socket('push', { linger: 0 }), zmq.socket('pull')];
    capture.connect(bound(log));
    sub.connect(bound(xpub));
    pub.connect(bound(xsub));
    zmq.proxy(xpub, xsub, capture);
    sub.subscribe('topic');
    const both = Promise.all([once(sub, 'message'), once(log, 'message')]);
    // When the subscription has come through, nobody tells a PUB.
    const probing = setInterval(() => pub.send(['topic', 'body']), 1);
    const story = (await both).map((frames) => frames.map(String));
    clearInterval(probing);
    closeAll(pub, sub, xpub, xsub, capture, log);
    return story;
  },

  async proxiedStreamers(zmq: V5): Promise<unknown[]> {
    const story: unknown[] = [];
    for (const order of ['pull/push', 'push/pull']) {
      const [pull, push] = [zmq.socket('pull'), zmq.socket('push')];
      const [source, sink] = [zmq.socket('push'), zmq.socket('pull')];
      const received = messages(sink, 2);
      source.connect(bound(pull));
      sink.connect(bound(push));
      if (order === 'pull/push') zmq.proxy(pull, push);
      else zmq.proxy(push, pull);
      source.send(['one', 'two']).send('three');
      story.push(await received);
      closeAll(source, sink, pull, push);
    }
    return story;
  },
};

/** Every event that a monitor tells of, with the kind of what comes with it. */
function monitored(socket: Socket, endpoint: string): string[] {
  const story: string[] = [];
  const events = ['connect', 'connect_delay', 'connect_retry', 'listen', 'bind_error'] as const;
  const others = ['accept', 'accept_error', 'close', 'close_error', 'disconnect'] as const;
  for (const event of [...events, ...others]) {
    socket.on(event, (value: unknown, where: string, error: unknown) => {
      const place = where === endpoint ? 'here' : 'elsewhere';
      story.push(`${event} ${place} ${typeof value} ${codeOf(error)}`);
    });
  }
  return story;
}

/** A tcp endpoint that nobody listens on. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `tcp://127.0.0.1:${port}`;
}

export type ScenarioName = keyof typeof SCENARIOS;

/** Plays a scenario with one library, and tells what happened. */
export function play(zmq: V5, name: ScenarioName): Promise<unknown[]> {
  return SCENARIOS[name](zmq);
}
