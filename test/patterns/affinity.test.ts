import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Dealer, ioStatistics, Pull, Push, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

/** Bits of I/O workers, by their number. */
const [FIRST, SECOND, THIRD] = [1, 2, 4];

describe('affinity', () => {
  const stage = useTidyStage();
  const workers: Worker[] = [];
  const started = (worker: Worker): void => void workers.push(worker);

  beforeEach(() => {
    workers.length = 0;
    process.on('worker', started);
  });
  afterEach(() => {
    process.off('worker', started);
  });

  /** What each I/O worker that runs has been given: by its slot, its listeners and the connects so far. */
  async function load(
    context: Context,
  ): Promise<[slot: number, listeners: number, connected: number][]> {
    const found = await ioStatistics(context);
    return found.map(({ slot, listeners, connected }) => [slot, listeners, connected]);
  }

  /** Ends the I/O worker in a slot. */
  async function kill(context: Context, slot: number): Promise<void> {
    const found = (await ioStatistics(context)).find((one) => one.slot === slot)!;
    await workers.find(({ threadId }) => threadId === found.threadId)!.terminate();
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`names the I/O workers of binds and connects over ${transport}; no other is started`, async () => {
      const context = stage.newContext({ ioThreads: 3 });
      const pull = new Pull({ context, affinity: THIRD });
      await pull.bind(stage.wildcard(transport));
      pull.bindSync(stage.wildcard(transport));
      for (const immediate of [false, true]) {
        const push = new Push({ context, affinity: SECOND, immediate });
        push.connect(pull.lastEndpoint!);
        await push.send('through both');
        expect(String(await pull.receive())).to.equal('through both');
      }
      expect(await load(context)).to.deep.equal([
        [2, 0, 2],
        [3, 2, 0],
      ]);
    });
  }

  it('of several bits has those workers take turns', async () => {
    const context = stage.newContext({ ioThreads: 3 });
    const pull = new Pull({ context, affinity: FIRST | THIRD });
    for (let i = 0; i < 6; i++) await pull.bind('tcp://127.0.0.1:*');
    expect(await load(context)).to.deep.equal([
      [1, 3, 0],
      [3, 3, 0],
    ]);
  });

  it('of 0 has all workers take turns', async () => {
    const context = stage.newContext({ ioThreads: 3 });
    const pull = new Pull({ context, affinity: 0 });
    for (let i = 0; i < 6; i++) await pull.bind('tcp://127.0.0.1:*');
    expect((await load(context)).map(([, listeners]) => listeners)).to.deep.equal([2, 2, 2]);
  });

  it('counts for later binds and connects', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    const pull = new Pull({ context, affinity: FIRST });
    await pull.bind('tcp://127.0.0.1:*');
    pull.affinity = SECOND;
    await pull.bind('tcp://127.0.0.1:*');
    await pull.bind('tcp://127.0.0.1:*');
    expect((await load(context)).map(([, listeners]) => listeners)).to.deep.equal([1, 2]);
  });

  it('without a worker is EMTHREAD, and leaves nothing behind', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    const dealer = new Dealer({ context, affinity: THIRD });
    const endpoint = await stage.freeEndpoint();
    await failure('EMTHREAD', () => dealer.bind(endpoint));
    failureNow('EMTHREAD', () => dealer.bindSync(endpoint));
    failureNow('EMTHREAD', () => dealer.connect(endpoint));
    dealer.immediate = true;
    failureNow('EMTHREAD', () => dealer.connect(endpoint));
    failureNow('ENOENT', () => dealer.disconnect(endpoint));
    await failure('ENOENT', () => dealer.unbind(endpoint));
    expect(dealer.lastEndpoint).to.equal(null);
    // Some of the bits have one.
    dealer.affinity = THIRD | SECOND;
    await dealer.bind(endpoint);
    expect(await load(context)).to.deep.equal([[2, 1, 0]]);
  });

  it('means nothing to inproc', async () => {
    const pull = new Pull({ context: stage.context, affinity: THIRD });
    await pull.bind('inproc://anywhere');
    const push = new Push({ context: stage.context, affinity: THIRD });
    push.connect('inproc://anywhere');
    await push.send('between threads');
    expect(String(await pull.receive())).to.equal('between threads');
  });

  it('is a number of at most 53 bits', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const loose = pull as unknown as Record<string, unknown>;
    expect(() => (loose.affinity = 1n)).to.throw(TypeError);
    for (const value of [-1, 0.5, 2 ** 53]) failureNow('EINVAL', () => (pull.affinity = value));
    expect(pull.affinity).to.equal(0);
    pull.affinity = 2 ** 52;
    await failure('EMTHREAD', () => pull.bind('tcp://127.0.0.1:*'));
    pull.affinity = 2 ** 52 + FIRST;
    await pull.bind('tcp://127.0.0.1:*');
    expect(pull.affinity).to.equal(2 ** 52 + 1);
  });

  it('names whoever comes in the place of a worker that has died', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    const pull = new Pull({ context, affinity: FIRST });
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint!;
    pull.affinity = SECOND;
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context: stage.newContext(), reconnectInterval: 1 });
    const { events } = push;
    const until = async (type: string): Promise<void> => {
      while ((await events.receive()).type !== type);
    };
    push.connect(endpoint);
    await until('handshake');
    // What is bound is bound again where it was to be, and not where later binds go.
    for (const [slot, successor] of [
      [1, 3],
      [3, 4],
    ] as const) {
      await kill(context, slot);
      await until('disconnect');
      await until('handshake');
      await push.send('to the successor');
      expect(String(await pull.receive())).to.equal('to the successor');
      expect(await load(context)).to.deep.equal([
        [2, 1, 0],
        [successor, 1, 0],
      ]);
    }
    pull.affinity = FIRST;
    await pull.bind('tcp://127.0.0.1:*');
    expect(await load(context)).to.deep.equal([
      [2, 1, 0],
      [4, 2, 0],
    ]);
  });

  it('whose worker has died for good holds up no endpoint of others', async () => {
    // Sixteen are as many as there can be: nobody comes in the place of a dead one.
    const context = stage.newContext({ ioThreads: 16 });
    const pull = new Pull({ context, affinity: FIRST });
    await pull.bind('tcp://127.0.0.1:*');
    pull.affinity = FIRST | SECOND;
    const push = new Push({ context: stage.newContext(), reconnectInterval: 1 });
    for (let i = 0; i < 2; i++) {
      await pull.bind('tcp://127.0.0.1:*');
      push.connect(pull.lastEndpoint!);
    }
    expect((await load(context)).map(([, listeners]) => listeners)).to.deep.equal([2, 1]);
    await kill(context, 1);
    while ((await load(context))[0]![1] !== 2) await setImmediate();
    pull.affinity = FIRST;
    await failure('EMTHREAD', () => pull.bind('tcp://127.0.0.1:*'));
    for (let i = 0; i < 4; i++) await push.send('heard');
    for (let i = 0; i < 4; i++) expect(String(await pull.receive())).to.equal('heard');
  });
});
