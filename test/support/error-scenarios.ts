/** A socket, a context, a proxy or an observer, as code without types finds it. */
export interface Loose {
  [member: string]: unknown;
  bind(...endpoint: unknown[]): Promise<void>;
  bindSync(...endpoint: unknown[]): void;
  unbind(...endpoint: unknown[]): Promise<void>;
  connect(...endpoint: unknown[]): void;
  disconnect(...endpoint: unknown[]): void;
  send(...message: unknown[]): Promise<void>;
  receive(...nothing: unknown[]): Promise<unknown>;
  subscribe(...prefixes: unknown[]): void;
  join(...groups: unknown[]): void;
  run(): Promise<void>;
  pause(): void;
  terminate(): void;
  close(): void;
  readonly events: Loose & { on(type: string, listener: () => void): void };
  readonly lastEndpoint: string | null;
}

/** A library's classes, by their names; those of drafts among them. */
export type Classes = Readonly<Record<string, new (...parameters: unknown[]) => Loose>>;

/** What has become of a call. */
export interface Outcome {
  readonly how: 'done' | 'thrown' | 'rejected';
  /** `Error` for each error with a code. */
  readonly kind?: string;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly message?: string;
  readonly address?: unknown;
}

const TCP = 'tcp://127.0.0.1:*';

/** One library's sockets, closed when the case is over. */
class Bench {
  private readonly open: { close(): void }[] = [];

  constructor(
    readonly classes: Classes,
    private readonly free: readonly string[],
  ) {}

  make(type: string, ...options: unknown[]): Loose {
    const made = new this.classes[type]!(...options);
    this.open.push(made);
    return made;
  }

  /** Of a class of one's own. */
  own(type: unknown): Loose {
    class Own extends (this.classes.Socket as new (...parameters: unknown[]) => Loose) {}
    const made = new Own(type);
    this.open.push(made);
    return made;
  }

  closed(type: string): Loose {
    const made = this.make(type);
    made.close();
    return made;
  }

  async bound(type: string, options: object = {}, endpoint = TCP): Promise<Loose> {
    const made = this.make(type, options);
    await made.bind(endpoint);
    return made;
  }

  /** A tcp endpoint of nobody's. */
  get nobody(): string {
    return this.free[0]!;
  }

  clear(): void {
    for (const one of this.open) one.close();
  }
}

/** Plays up to the call whose outcome counts, and answers it. */
type Case = (bench: Bench) => (() => unknown) | Promise<() => unknown>;

const LONG = 'x'.repeat(300);

/**
 * Whatever goes wrong in zeromq.js, by what is done. Nothing here hangs, in either library: what does there has a
 * timeout here.
 */
export const CASES = {
  // ── bind ─────────────────────────────────────────────────────────────────────────────────────
  'bind to a number': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind(5);
  },
  'bind to nothing': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind();
  },
  'bind without a scheme': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('127.0.0.1:5555');
  },
  'bind to a scheme alone': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('tcp://');
  },
  'bind to an unknown scheme': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('pigeon://127.0.0.1:5555');
  },
  'bindSync to an unknown scheme': (b) => {
    const pull = b.make('Pull');
    return () => pull.bindSync('pigeon://127.0.0.1:5555');
  },
  'bind without a port': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('tcp://127.0.0.1');
  },
  'bind to a port that is no number': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('tcp://127.0.0.1:port');
  },
  'bind to a port that is too large': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('tcp://127.0.0.1:65536');
  },
  'bind to an address of somebody else': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('tcp://203.0.113.1:*');
  },
  'bind to what another socket has': async (b) => {
    const { lastEndpoint } = await b.bound('Pull');
    const second = b.make('Pull');
    return () => second.bind(lastEndpoint);
  },
  'bind twice': async (b) => {
    const pull = await b.bound('Pull');
    return () => pull.bind(pull.lastEndpoint);
  },
  'bind to an inproc name that is taken': async (b) => {
    await b.bound('Pull', {}, 'inproc://taken');
    const second = b.make('Pull');
    return () => second.bind('inproc://taken');
  },
  'bind to an ipc path that is too long': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind(`ipc://${LONG}`);
  },
  'bind a PULL to udp': (b) => {
    const pull = b.make('Pull');
    return () => pull.bind('udp://127.0.0.1:*');
  },
  'bind a closed socket': (b) => {
    const pull = b.closed('Pull');
    return () => pull.bind(TCP);
  },
  'bind without I/O threads': (b) => {
    const pull = b.make('Pull', { context: new b.classes.Context!({ ioThreads: 0 }) });
    return () => pull.bind(TCP);
  },

  // ── connect ──────────────────────────────────────────────────────────────────────────────────
  'connect to a number': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect(5);
  },
  'connect without a scheme': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('127.0.0.1:5555');
  },
  'connect to a scheme alone': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('tcp://');
  },
  'connect to an unknown scheme': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('pigeon://127.0.0.1:5555');
  },
  'connect without a port': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('tcp://127.0.0.1');
  },
  'connect to a port that is no number': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('tcp://127.0.0.1:port');
  },
  'connect a PUSH to udp': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('udp://127.0.0.1:5555');
  },
  'connect where nobody is': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect(b.nobody);
  },
  'connect to a name that nobody has': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('tcp://nobody.invalid:5555');
  },
  'connect to an inproc name that nobody has bound': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.connect('inproc://nobody');
  },
  'connect a closed socket': (b) => {
    const push = b.closed('Push');
    return () => push.connect(b.nobody);
  },
  'connect without I/O threads': (b) => {
    const push = b.make('Push', {
      context: new b.classes.Context!({ ioThreads: 0 }),
      linger: 0,
    });
    return () => push.connect(b.nobody);
  },

  // ── unbind and disconnect ────────────────────────────────────────────────────────────────────
  'unbind from a number': (b) => {
    const pull = b.make('Pull');
    return () => pull.unbind(5);
  },
  'unbind from what was never bound': (b) => {
    const pull = b.make('Pull');
    return () => pull.unbind(b.nobody);
  },
  'unbind twice': async (b) => {
    const pull = await b.bound('Pull');
    const { lastEndpoint } = pull;
    await pull.unbind(lastEndpoint);
    return () => pull.unbind(lastEndpoint);
  },
  'unbind an inproc name of another socket': async (b) => {
    await b.bound('Pull', {}, 'inproc://of another');
    const second = b.make('Pull');
    return () => second.unbind('inproc://of another');
  },
  'unbind a closed socket': (b) => {
    const pull = b.closed('Pull');
    return () => pull.unbind(b.nobody);
  },
  'disconnect from a number': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.disconnect(5);
  },
  'disconnect from where it is not connected': (b) => {
    const push = b.make('Push', { linger: 0 });
    return () => push.disconnect(b.nobody);
  },
  'disconnect twice': (b) => {
    const push = b.make('Push', { linger: 0 });
    push.connect(b.nobody);
    push.disconnect(b.nobody);
    return () => push.disconnect(b.nobody);
  },
  'disconnect a closed socket': (b) => {
    const push = b.closed('Push');
    return () => push.disconnect(b.nobody);
  },

  // ── send and receive ─────────────────────────────────────────────────────────────────────────
  'send undefined': (b) => {
    const push = b.make('Push');
    return () => push.send(undefined);
  },
  'send nothing': (b) => {
    const push = b.make('Push');
    return () => push.send();
  },
  'send no parts': (b) => {
    const push = b.make('Push', { sendTimeout: 0 });
    return () => push.send([]);
  },
  'send on a closed socket': (b) => {
    const push = b.closed('Push');
    return () => push.send('message');
  },
  'send to nobody, with timeout 0': (b) => {
    const push = b.make('Push', { sendTimeout: 0 });
    return () => push.send('message');
  },
  'send to nobody, with a timeout': (b) => {
    const push = b.make('Push', { sendTimeout: 20 });
    return () => push.send('message');
  },
  'send, and close': (b) => {
    const push = b.make('Push');
    const sent = push.send('message');
    push.close();
    return () => sent;
  },
  'send twice at a time': (b) => {
    const push = b.make('Push');
    push.send('first').catch(() => undefined);
    return () => {
      const sent = push.send('second');
      push.close();
      return sent;
    };
  },
  'send during a bind': (b) => {
    const push = b.make('Push', { sendTimeout: 0 });
    push.bind(TCP).catch(() => undefined);
    return () => push.send('message');
  },
  'receive on a closed socket': (b) => {
    const pull = b.closed('Pull');
    return () => pull.receive();
  },
  'receive from nobody, with timeout 0': (b) => {
    const pull = b.make('Pull', { receiveTimeout: 0 });
    return () => pull.receive();
  },
  'receive from nobody, with a timeout': (b) => {
    const pull = b.make('Pull', { receiveTimeout: 20 });
    return () => pull.receive();
  },
  'receive, and close': (b) => {
    const pull = b.make('Pull');
    const received = pull.receive();
    pull.close();
    return () => received;
  },
  'receive twice at a time': (b) => {
    const pull = b.make('Pull');
    pull.receive().catch(() => undefined);
    return () => {
      const received = pull.receive();
      pull.close();
      return received;
    };
  },
  'iterate over a closed socket': (b) => {
    const pull = b.closed('Pull') as unknown as AsyncIterable<unknown>;
    return async () => {
      for await (const message of pull) return message;
      return undefined;
    };
  },
  'receive a reply before the request, with timeout 0': (b) => {
    const request = b.make('Request', { receiveTimeout: 0 });
    return () => request.receive();
  },
  'send a second request, with timeout 0': async (b) => {
    const { lastEndpoint } = await b.bound('Reply');
    const request = b.make('Request', { linger: 0 });
    request.connect(lastEndpoint);
    await request.send('first');
    request.sendTimeout = 0;
    return () => request.send('second');
  },
  'reply before a request, with timeout 0': (b) => {
    const reply = b.make('Reply', { sendTimeout: 0 });
    return () => reply.send('reply');
  },
  'send by a mandatory ROUTER to nobody, with timeout 0': async (b) => {
    const router = await b.bound('Router', { mandatory: true, sendTimeout: 0 });
    return () => router.send(['nobody', 'message']);
  },
  'send by a STREAM to nobody, with timeout 0': async (b) => {
    const stream = await b.bound('Stream', { sendTimeout: 0 });
    return () => stream.send(['nobody', 'message']);
  },

  // ── options ──────────────────────────────────────────────────────────────────────────────────
  'options that are none': (b) => () => b.make('Push', 5),
  'options that are null': (b) => () => b.make('Push', null),
  'an option that there is not': (b) => () => b.make('Push', { nonsense: 1 }),
  'an option of other types': (b) => () => b.make('Pull', { correlate: true }),
  'a method as an option': (b) => () => b.make('Push', { close: 1 }),
  'an option that can only be read': (b) => () => b.make('Push', { lastEndpoint: 'x' }),
  'a context that is none': (b) => () => b.make('Push', { context: {} }),
  'linger as a text': (b) => {
    const push = b.make('Push');
    return () => (push.linger = '0');
  },
  'linger as null': (b) => {
    const push = b.make('Push');
    return () => (push.linger = null);
  },
  'linger below -1': (b) => {
    const push = b.make('Push');
    return () => (push.linger = -2);
  },
  'a mark below 0': (b) => {
    const push = b.make('Push');
    return () => (push.sendHighWaterMark = -1);
  },
  'a boolean as a number': (b) => {
    const push = b.make('Push');
    return () => (push.immediate = 1);
  },
  'a routing id as a number': (b) => () => b.make('Dealer', { routingId: 5 }),
  'an empty routing id': (b) => () => b.make('Dealer', { routingId: '' }),
  'a routing id that is too long': (b) => () => b.make('Dealer', { routingId: LONG }),
  'heartbeatTimeToLive of 6,553,599': (b) => () =>
    b.make('Dealer', { heartbeatTimeToLive: 6_553_599 }),
  'heartbeatTimeToLive of 6,553,600': (b) => () =>
    b.make('Dealer', { heartbeatTimeToLive: 6_553_600 }),
  'an option set after close': (b) => {
    const push = b.closed('Push');
    return () => (push.linger = 0);
  },
  'an option read after close': (b) => {
    const push = b.closed('Push');
    return () => push.linger;
  },
  'events after close': (b) => {
    const push = b.closed('Push');
    return () => push.events;
  },
  'close twice': (b) => {
    const push = b.closed('Push');
    return () => push.close();
  },
  'subscribe to a number': (b) => {
    const subscriber = b.make('Subscriber');
    return () => subscriber.subscribe(5);
  },
  'subscribe when closed': (b) => {
    const subscriber = b.closed('Subscriber');
    return () => subscriber.subscribe('x');
  },

  // ── classes of one's own, by numbers ─────────────────────────────────────────────────────────
  'a socket type that is a text': (b) => () => b.own('push'),
  'a socket type that there is not': (b) => () => b.own(99),
  'an option number that there is not': (b) => {
    const own = b.own(8) as unknown as Record<string, (option: unknown) => unknown>;
    return () => own.getInt32Option!(9999);
  },
  'an option number that is a text': (b) => {
    const own = b.own(8) as unknown as Record<string, (option: unknown) => unknown>;
    return () => own.getInt32Option!('17');
  },
  'a number’s value that is a text': (b) => {
    const own = b.own(8) as unknown as Record<string, (...set: unknown[]) => unknown>;
    return () => own.setInt32Option!(17, '0');
  },
  'a boolean’s value that is a number': (b) => {
    const own = b.own(8) as unknown as Record<string, (...set: unknown[]) => unknown>;
    return () => own.setBoolOption!(39, 1);
  },
  'a text’s value that is a number': (b) => {
    const own = b.own(5) as unknown as Record<string, (...set: unknown[]) => unknown>;
    return () => own.setStringOption!(5, 1);
  },

  // ── contexts ─────────────────────────────────────────────────────────────────────────────────
  'a socket too many': (b) => {
    const context = new b.classes.Context!({ maxSockets: 2 });
    b.make('Push', { context });
    b.make('Push', { context });
    return () => b.make('Push', { context });
  },
  'a context option that there is not': (b) => () => new b.classes.Context!({ nonsense: 1 }),
  'context options that are none': (b) => () => new b.classes.Context!(5),
  'ioThreads below 0': (b) => () => new b.classes.Context!({ ioThreads: -1 }),
  'maxSockets of 0': (b) => () => new b.classes.Context!({ maxSockets: 0 }),
  'ioThreads as a text': (b) => () => new b.classes.Context!({ ioThreads: '1' }),
  'blocky as a number': (b) => () => new b.classes.Context!({ blocky: 1 }),

  // ── proxies ──────────────────────────────────────────────────────────────────────────────────
  'a proxy of nothing': (b) => () => new b.classes.Proxy!(),
  'a proxy without a back': (b) => () => new b.classes.Proxy!(b.make('Router')),
  'run a proxy whose front is nowhere': (b) => {
    const proxy = new b.classes.Proxy!(b.make('Router'), b.make('Dealer'));
    return () => proxy.run();
  },
  'run a proxy whose back is nowhere': async (b) => {
    const proxy = new b.classes.Proxy!(await b.bound('Router'), b.make('Dealer'));
    return () => proxy.run();
  },
  'pause a proxy that does not run': (b) => {
    const proxy = new b.classes.Proxy!(b.make('Router'), b.make('Dealer'));
    return () => proxy.pause();
  },
  'terminate a proxy that does not run': (b) => {
    const proxy = new b.classes.Proxy!(b.make('Router'), b.make('Dealer'));
    return () => proxy.terminate();
  },
  'send on a socket of a running proxy': async (b) => {
    const [front, back] = [await b.bound('Router'), await b.bound('Dealer')];
    const proxy = new b.classes.Proxy!(front, back);
    const run = proxy.run();
    return async () => {
      try {
        await back.send('message');
      } finally {
        proxy.terminate();
        await run;
      }
    };
  },

  // ── observers ────────────────────────────────────────────────────────────────────────────────
  'receive an event when the observer is closed': (b) => {
    const { events } = b.make('Push');
    events.close();
    return () => events.receive();
  },
  'receive an event when there are listeners': (b) => {
    const { events } = b.make('Push');
    events.on('bind', () => undefined);
    return () => events.receive();
  },

  // ── drafts ───────────────────────────────────────────────────────────────────────────────────
  'send by a RADIO without a group': (b) => {
    const radio = b.make('Radio');
    return () => radio.send('message');
  },
  'send by a RADIO to a group whose name is too long': (b) => {
    const radio = b.make('Radio');
    return () => radio.send('message', { group: LONG });
  },
  'send by a SERVER without an id': (b) => {
    const server = b.make('Server');
    return () => server.send('message');
  },
  'send by a SERVER to nobody, with timeout 0': async (b) => {
    const server = await b.bound('Server', { sendTimeout: 0 });
    return () => server.send('message', { routingId: 12345 });
  },
  'join a group whose name is too long': (b) => {
    const dish = b.make('Dish');
    return () => dish.join(LONG);
  },
  'join a number': (b) => {
    const dish = b.make('Dish');
    return () => dish.join(5);
  },
  'send two parts by a CLIENT': async (b) => {
    const { lastEndpoint } = await b.bound('Server');
    const client = b.make('Client', { linger: 0, sendTimeout: 0 });
    client.connect(lastEndpoint);
    return () => client.send(['two', 'parts']);
  },
  'bind a CLIENT to udp': (b) => {
    const client = b.make('Client');
    return () => client.bind('udp://127.0.0.1:*');
  },
} as const satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES;

/** Plays a case with one library's classes. @param free endpoints of nobody's, for each case one */
export async function play(
  classes: Classes,
  name: CaseName,
  free: readonly string[],
): Promise<Outcome> {
  const bench = new Bench(classes, free);
  try {
    return await outcome(await CASES[name](bench));
  } finally {
    bench.clear();
  }
}

async function outcome(call: () => unknown): Promise<Outcome> {
  let returned: unknown;
  try {
    returned = call();
  } catch (error) {
    return { how: 'thrown', ...told(error) };
  }
  try {
    await returned;
  } catch (error) {
    return { how: 'rejected', ...told(error) };
  }
  return { how: 'done' };
}

function told(error: unknown): Omit<Outcome, 'how'> {
  const { code, errno, message, address, name } = error as Error & Outcome;
  const kind = error instanceof TypeError ? name : error instanceof Error ? 'Error' : typeof error;
  const shown = { kind, code, errno, message, address: withoutPort(address) };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}

function withoutPort(address: unknown): unknown {
  return typeof address === 'string' ? address.replace(/(?<=:)\d+$/, 'PORT') : address;
}
