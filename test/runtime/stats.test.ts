import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import {
  formatStats,
  Publisher,
  Pull,
  Push,
  Router,
  Subscriber,
  type Context,
  type ContextHandle,
  type ContextStats,
  type SocketStats,
  type ThreadStats,
} from '../../src/index.js';
import { coreOf } from '../../src/runtime/context/context.js';
import { SLOT_BELL, SLOT_SLEEPING, SLOT_WORDS, slotAt } from '../../src/runtime/memory/layout.js';
import { joinedSlots, othersAsleep } from '../support/asleep.js';
import type { Program } from '../support/elsewhere.js';
import { useTidyStage } from '../support/stage.js';

/** The one thread that has joined the context. */
function joined(context: Context): ThreadStats {
  const { threads } = context.stats();
  const [slot] = joinedSlots(context);
  return threads.find((thread) => thread.slot === slot)!;
}

/** A snapshot that satisfies the condition; for what comes without an event that a test could await. */
async function statsWhen(
  context: Context,
  holds: (stats: ContextStats) => boolean,
): Promise<ContextStats> {
  for (;;) {
    const stats = context.stats();
    if (holds(stats)) return stats;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('The statistics of a context', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  describe('tell that a thread is blocked', () => {
    const waits: Record<string, [call: string, Program<ContextHandle>]> = {
      'in receiveSync': [
        'receiveSync',
        ({ Context, Pull }, _line, handle) => {
          const pull = new Pull({ context: Context.attach(handle) });
          pull.bindSync('inproc://waiting');
          try {
            pull.receiveSync();
          } catch {
            pull.close();
          }
        },
      ],
      'in sendSync without a peer': [
        'sendSync',
        ({ Context, Push }, _line, handle) => {
          const push = new Push({ context: Context.attach(handle) });
          try {
            push.sendSync('nobody');
          } catch {
            push.close();
          }
        },
      ],
      'in a poller’s waitSync': [
        'waitSync',
        ({ Context, Poller, Pull }, _line, handle) => {
          const pull = new Pull({ context: Context.attach(handle) });
          const poller = new Poller();
          poller.add(pull);
          try {
            poller.waitSync();
          } catch {
            pull.close();
          }
        },
      ],
      'in a proxy’s runSync': [
        'runSync',
        ({ Context, Proxy, Pull, Push }, _line, handle) => {
          const own = Context.attach(handle);
          const [pull, push] = [new Pull({ context: own }), new Push({ context: own })];
          pull.bindSync('inproc://front');
          push.bindSync('inproc://back');
          try {
            new Proxy(pull, push).runSync();
          } catch {
            // ETERM: the proxy has closed its sockets.
          }
        },
      ],
      'in events.receiveSync': [
        'events.receiveSync',
        ({ Context, Pull }, _line, handle) => {
          const pull = new Pull({ context: Context.attach(handle) });
          try {
            pull.events.receiveSync();
          } catch {
            pull.close();
          }
        },
      ],
      'in terminateSync': [
        'terminateSync',
        ({ Context }, _line, handle) => {
          Context.attach(handle).terminateSync();
        },
      ],
    };
    for (const [name, [call, program]] of Object.entries(waits)) {
      it(name, async () => {
        const before = performance.now();
        const open = new Push({ context });
        stage.thread(program, context.handle);
        const stats = await statsWhen(
          context,
          ({ threads }) => threads.at(-1)!.state === 'blocked',
        );
        const thread = stats.threads.at(-1)!;
        expect(thread).to.include({ role: 'application', called: false, idle: undefined });
        expect(thread.call!.name).to.equal(call);
        const { socket, since } = joined(context).call!;
        if (['receiveSync', 'sendSync', 'events.receiveSync'].includes(call)) {
          expect(socket).to.equal(1);
        } else {
          expect(socket).to.equal(undefined);
        }
        expect(since).to.be.within(0, performance.now() - before + 1);
        await pause(2);
        expect(joined(context).call!.since).to.be.greaterThan(since!);
        open.close();
      });
    }
  });

  it('tell that a thread waits in its event loop, and which runs', async () => {
    const thread = stage.thread(async ({ Context, Pull }, line, handle: ContextHandle) => {
      const pull = new Pull({ context: Context.attach(handle) });
      await pull.bind('inproc://loop');
      line.post('bound');
      await pull.receive().catch(() => undefined);
      pull.close();
    }, context.handle);
    await thread.next();
    await othersAsleep(context);
    const other = joined(context);
    expect(other).to.include({ state: 'idle', call: undefined, sockets: 1 });
    expect(other.idle).to.be.a('number');
    expect(other.threadId).to.equal(thread.worker.threadId);
    // It counts from when the thread last went to rest, and whatever wakes it begins that anew.
    while (!(joined(context).idle! > other.idle!)) await pause(1);
  });

  it('tell of a call that is over that nobody is in it', async () => {
    const pull = new Pull({ context, receiveTimeout: 1 });
    await pull.bind(stage.inproc());
    expect(() => pull.receiveSync()).to.throw();
    const [creator] = context.stats().threads;
    expect(creator).to.include({ slot: 0, state: 'running', call: undefined, idle: undefined });
  });

  it('can be asked for by a thread while the one that made the context is blocked', async () => {
    const thread = stage.thread(async ({ Context, Push }, _line, handle: ContextHandle) => {
      const own = Context.attach(handle);
      const push = new Push({ context: own });
      push.connect('inproc://told');
      let creator = own.stats().threads[0]!;
      while (creator.state !== 'blocked') {
        await new Promise((resolve) => setImmediate(resolve));
        creator = own.stats().threads[0]!;
      }
      await push.send(JSON.stringify(creator.call));
      push.close();
    }, context.handle);
    const pull = new Pull({ context });
    pull.bindSync('inproc://told');
    const call = JSON.parse(String(pull.receiveSync())) as object;
    expect(call).to.include({ name: 'receiveSync', socket: 1 });
    await thread.ended;
  });

  it('are told without disturbing anybody', async () => {
    stage.thread(({ Context, Pull }, _line, handle: ContextHandle) => {
      const pull = new Pull({ context: Context.attach(handle) });
      pull.bindSync('tcp://127.0.0.1:*');
      try {
        pull.receiveSync();
      } catch {
        pull.close();
      }
    }, context.handle);
    const { threads } = await statsWhen(
      context,
      ({ threads: [, io, application] }) =>
        io?.state === 'idle' &&
        application?.call?.name === 'receiveSync' &&
        application.state === 'blocked',
    );
    const words = new Int32Array(context.handle);
    const others = threads.slice(1);
    const look = (): Int32Array[] =>
      others.map(({ slot }) => words.slice(slotAt(slot), slotAt(slot) + SLOT_WORDS));
    const before = look();
    for (let i = 0; i < 100; i++) context.stats();
    expect(look()).to.deep.equal(before);
    for (const [i, { slot }] of others.entries()) {
      expect(before[i]![SLOT_SLEEPING]).to.equal(1);
      expect(Atomics.load(words, slotAt(slot) + SLOT_BELL)).to.equal(before[i]![SLOT_BELL]);
    }
  });

  it('count the pages and blocks that each thread has, by size', async () => {
    const pull = new Pull({ context });
    await pull.bind('inproc://sizes');
    const push = new Push({ context });
    push.connect('inproc://sizes');
    const before = context.stats();
    await push.send(Buffer.alloc(100_000));
    const after = context.stats();
    const span = ({ threads }: ContextStats): unknown =>
      threads[0]!.memory.classes.find(({ size }) => size === 'span');
    expect(span(before)).to.equal(undefined);
    // A segment is a power of two: two pages of 64 KiB.
    expect(span(after)).to.deep.equal({ size: 'span', blocks: 1, pages: 2 });
    const { memory } = after.threads[0]!;
    expect(memory.classes.reduce((sum, { pages }) => sum + pages, 0)).to.equal(memory.pages);
    expect(memory.classes.reduce((sum, { blocks }) => sum + blocks, 0)).to.equal(memory.blocks);
    expect(after.arena.freePages).to.be.lessThan(before.arena.freePages);
    expect(after.arena).to.include({ size: context.handle.byteLength, orphanedPages: 0 });
    expect(after.arena.pages).to.equal(after.arena.freePages + memory.pages);
    push.close();
    pull.close();
    const { arena } = await statsWhen(context, (stats) => span(stats) === undefined);
    expect(arena.freePages).to.equal(after.arena.freePages + 2);
  });

  it('tell who holds the end of the context', async () => {
    const thread = stage.thread(async ({ Context, Push }, line, handle: ContextHandle) => {
      const push = new Push({ context: Context.attach(handle) });
      line.post('open');
      await line.next();
      push.close();
    }, context.handle);
    await thread.next();
    expect(context.stats().state).to.equal('running');
    const over = context.terminate();
    const { state, holders } = context.stats();
    expect(state).to.equal('terminated');
    const [slot] = joinedSlots(context);
    expect(holders).to.deep.equal([{ slot, sockets: 1, commands: 0, serving: 0 }]);
    thread.post('close');
    await over;
    expect(context.stats()).to.deep.include({ state: 'stopped', holders: [] });
  });

  it('tell what an I/O worker still has to send', async () => {
    stage.leaves('Nobody ever comes for the message, so the end is forced.');
    const push = new Push({ context });
    push.connect(await stage.freeEndpoint());
    await push.send('nobody comes for it');
    push.close();
    const { holders } = await statsWhen(
      context,
      (stats) => stats.holders.length === 1 && stats.holders[0]!.commands === 0,
    );
    expect(holders).to.deep.equal([{ slot: 1, sockets: 0, commands: 0, serving: 1 }]);
  });

  describe('list sockets', () => {
    it('with their types and endpoints, as long as they are open', async () => {
      const pull = new Pull({ context });
      const push = new Push({ context });
      const nothing = { endpoints: [], awaiting: [], pipes: 0, sent: 0, received: 0, dropped: 0 };
      expect(context.stats().sockets).to.deep.equal([
        { slot: 0, id: 1, type: 'Pull', ...nothing },
        { slot: 0, id: 2, type: 'Push', ...nothing },
      ]);
      await pull.bind('tcp://127.0.0.1:*');
      const resolved = pull.lastEndpoint!;
      await pull.bind('inproc://listed');
      push.connect('inproc://listed');
      const [first, second] = context.stats().sockets;
      expect(first!.endpoints).to.deep.equal([`bound ${resolved}`, 'bound inproc://listed']);
      expect(first!.pipes).to.equal(0);
      expect(second).to.deep.include({ endpoints: ['connected inproc://listed'], pipes: 1 });
      await pull.unbind(resolved);
      expect(context.stats().sockets[0]!.endpoints).to.deep.equal(['bound inproc://listed']);
      pull.close();
      expect(context.stats().sockets.map(({ id }) => id)).to.deep.equal([2]);
      push.close();
      expect(context.stats().sockets).to.deep.equal([]);
    });

    it('with as many of very many endpoints as there is room for', () => {
      const push = new Push({ context });
      const names = Array.from({ length: 100 }, (_, i) => `inproc://${'x'.repeat(100)} ${i}`);
      for (const name of names) push.connect(name);
      const [{ endpoints }] = context.stats().sockets as [SocketStats];
      expect(endpoints.length).to.be.within(5, 20);
      expect(endpoints).to.deep.equal(
        names.slice(0, endpoints.length).map((name) => `connected ${name}`),
      );
    });

    it('of threads that open and close them all the time, each as it is or not at all', async () => {
      const thread = stage.thread(async ({ Context, Pull, Push }, line, handle: ContextHandle) => {
        const own = Context.attach(handle);
        const pull = new Pull({ context: own });
        await pull.bind('inproc://busy');
        line.post('going');
        let over = false;
        void line.next().then(() => (over = true));
        while (!over) {
          for (let i = 0; i < 100; i++) {
            const sockets = Array.from({ length: 5 }, () => new Push({ context: own }));
            for (const socket of sockets) socket.connect('inproc://busy');
            for (const socket of sockets) socket.close();
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        pull.close();
      }, context.handle);
      await thread.next();
      const seen = new Set<string>();
      for (let i = 0; i < 1000; i++) {
        for (const { type, endpoints } of context.stats().sockets) {
          seen.add([type, ...endpoints].join());
        }
      }
      thread.post('end');
      await thread.ended;
      // Whether all of these were seen is chance; nothing else may be.
      const known = ['Pull,bound inproc://busy', 'Push', 'Push,connected inproc://busy'];
      expect(known).to.include.members([...seen]);
      expect(context.stats().sockets).to.deep.equal([]);
    });

    it('and count those that an exhausted arena has no room to list', () => {
      const { allocator } = coreOf(context).thread;
      const taken: number[] = [];
      for (const size of [2 ** 22, 2 ** 16, 1024]) {
        for (let at = allocator.allocate(size); at !== 0; at = allocator.allocate(size)) {
          taken.push(at);
        }
      }
      const push = new Push({ context });
      for (const at of taken) allocator.release(at);
      const stats = context.stats();
      expect(stats.sockets).to.deep.equal([]);
      expect(stats.threads[0]).to.include({ sockets: 1, unlisted: 1 });
      push.connect(stage.inproc());
      push.close();
    });

    it('and tell since when an awaiting call waits, though its thread sleeps in a blocking one', async () => {
      const milliseconds = 1000;
      const pull = new Pull({ context });
      const received = pull.receive().catch(() => undefined);
      const blocked = new Pull({ context, receiveTimeout: milliseconds });
      expect(() => blocked.receiveSync()).to.throw();
      const { awaiting } = context.stats().sockets[0]!;
      // It counts from when the thread slept; it looks for messages before that.
      expect(awaiting[0]!.since).to.be.greaterThan(milliseconds / 2);
      pull.close();
      blocked.close();
      await received;
    });

    it('and tell which of their awaiting calls wait, and since when', async () => {
      const before = performance.now();
      const pull = new Pull({ context });
      await pull.bind(stage.inproc());
      const push = new Push({ context });
      const received = [pull.receive(), pull.receive()];
      const abort = new AbortController();
      const sent = push.send('nobody', { signal: abort.signal });
      const [first, second] = context.stats().sockets;
      expect(first!.awaiting.map(({ since: _, ...rest }) => rest)).to.deep.equal([
        { direction: 'receive', calls: 2 },
      ]);
      expect(first!.awaiting[0]!.since).to.be.within(0, performance.now() - before + 1);
      expect(second!.awaiting[0]).to.include({ direction: 'send', calls: 1 });
      const since = () => context.stats().sockets[0]!.awaiting[0]!.since;
      // It counts from the end of this turn, by a clock of whole milliseconds.
      const asked = performance.now();
      while (since() <= first!.awaiting[0]!.since) await pause(1);
      expect(since()).to.be.at.most(performance.now() - asked + 1);
      abort.abort();
      await sent.catch(() => undefined);
      push.connect(pull.lastEndpoint!);
      await push.send('first');
      await received[0];
      const [{ awaiting }, other] = context.stats().sockets as [SocketStats, SocketStats];
      expect(awaiting[0]).to.include({ direction: 'receive', calls: 1 });
      expect(other.awaiting).to.deep.equal([]);
      await push.send('second');
      await received[1];
      expect(context.stats().sockets[0]!.awaiting).to.deep.equal([]);
    });

    it('and count what was dropped', async () => {
      const router = new Router({ context });
      const publisher = new Publisher({ context, sendHighWaterMark: 1 });
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 1 });
      await publisher.bind(stage.inproc());
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe('');
      await router.send(['nobody', 'message']);
      for (let i = 0; i < 5; i++) await publisher.send('message');
      const dropped = context.stats().sockets.map((socket) => [socket.type, socket.dropped]);
      expect(dropped).to.deep.equal([
        ['Router', 1],
        ['Publisher', 3],
        ['Subscriber', 0],
      ]);
    });
  });

  describe('list pipes', () => {
    it('over inproc: what went through them, and what lies in them', async () => {
      const pull = new Pull({ context, receiveHighWaterMark: 8 });
      const push = new Push({ context, sendHighWaterMark: 8 });
      push.connect('inproc://pipes');
      const early = context.stats().pipes;
      await pull.bind('inproc://pipes');
      expect(early).to.have.length(2);
      const from = { slot: 0, socket: 2, left: false };
      const to = { slot: 0, socket: 1, left: false };
      expect(early[0]).to.deep.include({ kind: 'inproc', from, to: undefined, highWaterMark: 8 });
      for (let i = 0; i < 10; i++) await push.send('12345678');
      for (let i = 0; i < 7; i++) await pull.receive();
      // What is read is given back before the thread returns to its event loop.
      const { pipes, sockets } = await statsWhen(context, (stats) => stats.pipes[0]!.read === 7);
      const [there, back] = pipes;
      expect(there).to.deep.include({ from, to, highWaterMark: 16, written: 10, queued: 3 });
      expect(there).to.include({ bytes: 3 * 10, full: false, waiting: undefined });
      expect(back).to.deep.include({
        pipe: there!.pipe,
        from: to,
        to: from,
        written: 0,
        queued: 0,
      });
      expect(sockets.map(({ sent, received }) => [sent, received])).to.deep.equal([
        [0, 7],
        [10, 0],
      ]);
      push.close();
      const ending = context.stats();
      expect(ending.pipes[0]).to.deep.include({ from: { ...from, left: true }, to, queued: 3 });
      expect(ending.sockets.map(({ id }) => id)).to.deep.equal([1]);
      for (let i = 0; i < 3; i++) await pull.receive();
      expect(pull.tryReceive()).to.equal(undefined);
      const after = await statsWhen(context, (stats) => stats.pipes.length === 0);
      // Of pipes that have ended, too.
      expect(after.sockets).to.have.length(1);
      expect(after.sockets[0]).to.include({ pipes: 0, received: 10 });
    });

    it('over tcp: by what each end counts', async () => {
      const pull = new Pull({ context });
      await pull.bind('tcp://127.0.0.1:*');
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      for (let i = 0; i < 10; i++) await push.send('message');
      for (let i = 0; i < 10; i++) await pull.receive();
      const { pipes, sockets } = await statsWhen(context, (stats) =>
        stats.pipes.every(({ bytes }) => bytes === 0),
      );
      const session = { slot: 1, socket: undefined, left: false };
      const sending = pipes.find(({ from }) => from?.socket === 2);
      expect(sending).to.deep.include({ kind: 'session', to: session, written: 10 });
      expect(sending).to.include({ read: undefined, queued: undefined });
      const receiving = pipes.find(({ to }) => to?.socket === 1);
      expect(receiving).to.deep.include({ from: session, written: 10, read: 10, queued: 0 });
      expect(pipes).to.have.length(4);
      expect(sockets.map(({ sent, received }) => [sent, received])).to.deep.equal([
        [0, 10],
        [10, 0],
      ]);
    });

    it('and tell which is full, and since when its writer waits', async () => {
      const before = performance.now();
      const pull = new Pull({ context, receiveHighWaterMark: 2 });
      await pull.bind('inproc://full');
      const thread = stage.thread(({ Context, Push }, _line, handle: ContextHandle) => {
        const push = new Push({ context: Context.attach(handle), sendHighWaterMark: 2 });
        push.connect('inproc://full');
        for (let i = 0; i < 5; i++) push.sendSync('message');
        push.close();
      }, context.handle);
      // It blocks at its own mark first, until this thread has taken the pipe in.
      const { threads, pipes } = await statsWhen(
        context,
        (stats) =>
          stats.threads.at(-1)!.state === 'blocked' &&
          stats.pipes.some(({ queued, waiting }) => queued === 4 && waiting !== undefined),
      );
      const writer = threads.at(-1)!;
      expect(writer.call).to.include({ name: 'sendSync', socket: 1 });
      const [pipe] = pipes.filter(({ from }) => from?.slot === writer.slot);
      expect(pipe).to.deep.include({ to: { slot: 0, socket: 1, left: false }, queued: 4 });
      expect(pipe).to.include({ full: true, highWaterMark: 4 });
      expect(pipe!.waiting).to.be.within(0, performance.now() - before + 1);
      for (let i = 0; i < 5; i++) await pull.receive();
      await thread.ended;
    });
  });
});

describe('formatStats', () => {
  it('tells people who waits for what since when', () => {
    const none = { call: undefined, idle: undefined, called: false, unlisted: 0 };
    const memory = { pages: 2, blocks: 5, classes: [{ size: 1024, blocks: 5, pages: 2 }] };
    const text = formatStats({
      state: 'terminated',
      arena: { size: 2 ** 26, pageSize: 65536, pages: 994, freePages: 988, orphanedPages: 2 },
      threads: [
        {
          ...none,
          slot: 0,
          threadId: 0,
          role: 'application',
          state: 'idle',
          idle: 61_000,
          called: true,
          sockets: 1,
          commands: 0,
          serving: 0,
          memory,
        },
        {
          ...none,
          slot: 17,
          threadId: 3,
          role: 'application',
          state: 'blocked',
          call: { name: 'sendSync', socket: 1, since: 5300 },
          sockets: 1,
          commands: 0,
          serving: 0,
          memory,
        },
      ],
      sockets: [
        {
          slot: 0,
          id: 1,
          type: 'Pull',
          endpoints: ['bound inproc://work', 'bound tcp://127.0.0.1:5555'],
          pipes: 1,
          sent: 0,
          received: 12,
          dropped: 0,
          awaiting: [{ direction: 'receive', calls: 2, since: 900 }],
        },
      ],
      pipes: [
        {
          pipe: 4096,
          kind: 'inproc',
          from: { slot: 17, socket: 1, left: false },
          to: { slot: 0, socket: 1, left: true },
          highWaterMark: 4,
          conflates: false,
          written: 16,
          read: 12,
          conflated: 0,
          queued: 4,
          bytes: 40,
          full: true,
          waiting: 5301,
        },
        {
          pipe: 4096,
          kind: 'inproc',
          from: { slot: 0, socket: 1, left: true },
          to: { slot: 17, socket: 1, left: false },
          highWaterMark: 4,
          conflates: false,
          written: 0,
          read: 0,
          conflated: 0,
          queued: 0,
          bytes: 0,
          full: false,
          waiting: undefined,
        },
      ],
      holders: [{ slot: 17, sockets: 1, commands: 0, serving: 0 }],
    });
    expect(text.split('\n')).to.deep.equal([
      'context terminated',
      'arena 64 MiB: 988 of 994 pages of 64 KiB free, 2 of threads that are gone',
      'terminate waits for 17 (1 open)',
      '',
      'slot  thread  role         state                                  sockets  commands  serving  pages  blocks',
      '   0       0  application  idle for 1.0 min, called                     1         0        0      2       5',
      '  17       3  application  blocked in sendSync of 17.1 for 5.3 s        1         0        0      2       5',
      '',
      'socket  type  pipes  sent  received  dropped  awaits                  endpoints',
      '0.1     Pull      1     0        12        0  2 × receive for 900 ms  bound inproc://work, bound tcp://127.0.0.1:5555',
      '',
      'from  to        kind    written  read  queued  bytes  mark  state',
      '17.1  0.1 left  inproc       16    12       4     40     4  full, its writer waits for 5.3 s',
      '',
    ]);
  });

  const stage = useTidyStage();

  it('tells it of a context that has nothing yet', () => {
    expect(formatStats(stage.context.stats())).to.match(
      /^context running\narena 64 MiB: .*\n\nslot .*\n {3}0 .* running .*\n$/,
    );
  });
});
