import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Pull,
  Push,
  type Context,
  type ContextHandle,
  type ContextStats,
  type ThreadStats,
} from '../../src/index.js';
import { SLOT_BELL, SLOT_SLEEPING, SLOT_WORDS, slotAt } from '../../src/runtime/memory/layout.js';
import { joinedSlots, othersAsleep } from '../support/asleep.js';
import type { Program } from '../support/elsewhere.js';
import { useStage } from '../support/stage.js';

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
  const stage = useStage();
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
    await pause(2);
    expect(joined(context).idle).to.be.greaterThan(other.idle!);
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
    await statsWhen(context, ({ threads }) => threads[0]!.memory.blocks < memory.blocks);
    expect(span(context.stats())).to.equal(undefined);
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
});
