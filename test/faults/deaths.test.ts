import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import type { ResourceLimits } from 'node:worker_threads';
import { Pull, Push, XPublisher, type Context } from '../../src/index.js';
import { type Elsewhere, type Program, threadSource } from '../support/elsewhere.js';
import { joinedPages, nothingRemains } from '../support/remains.js';
import { joinedSlots } from '../support/asleep.js';
import { useTidyStage, type Stage } from '../support/stage.js';

/** What a victim is told. It dies by itself after `after` messages, if it is not killed. */
interface Plan {
  readonly handle: SharedArrayBuffer;
  readonly endpoint: string;
  /** Word 0: messages that its calls have sent or received so far. */
  readonly count: SharedArrayBuffer;
  readonly after: number;
  readonly how: 'exit' | 'throw' | 'memory' | 'killed';
}

/** Sends numbered messages of all sizes, as fast as it can. */
const sender: Program<Plan> = ({ Context, Push }, line, plan) => {
  const push = new Push({ context: Context.attach(plan.handle) });
  push.connect(plan.endpoint);
  const count = new Int32Array(plan.count);
  line.post('ready');
  for (let number = 0; ; number++) {
    const body = Buffer.alloc(4 + ((number * 37) % 3000), number);
    body.writeInt32LE(number);
    push.sendSync([body, String(number)]);
    Atomics.store(count, 0, number + 1);
    if (number + 1 !== plan.after) continue;
    if (plan.how === 'exit') process.exit(3);
    if (plan.how === 'throw') throw new Error('as planned');
    if (plan.how === 'memory') {
      const kept: unknown[] = [];
      for (;;) kept.push(new Array(100_000).fill(1.5));
    }
  }
};

/** Receives, and blocks when there is nothing. */
const receiver: Program<Plan> = ({ Context, Pull }, line, plan) => {
  const pull = new Pull({ context: Context.attach(plan.handle) });
  pull.connect(plan.endpoint);
  const count = new Int32Array(plan.count);
  line.post('ready');
  for (let number = 0; ; number++) {
    if (number === plan.after) {
      if (plan.how === 'exit') process.exit(3);
      if (plan.how === 'throw') throw new Error('as planned');
      if (plan.how === 'memory') {
        const kept: unknown[] = [];
        for (;;) kept.push(new Array(100_000).fill(1.5));
      }
    }
    pull.receiveSync();
    Atomics.store(count, 0, number + 1);
  }
};

/** Starts the victim as its own child, and never does anything else. */
const parent: Program<{ source: string; plan: Plan }> = async (
  _library,
  line,
  { source, plan },
) => {
  const { Worker } = await import('node:worker_threads');
  const child = new Worker(source, { eval: true, workerData: plan });
  child.on('message', (message) => line.post(message));
  await line.next();
};

interface Death {
  readonly name: string;
  readonly how: Plan['how'];
  /** Starts the victim. */
  readonly start: (stage: Stage, program: Program<Plan>, plan: Plan) => Elsewhere;
}

/**
 * What is kept comes in large pieces: of small ones V8 may collect for minutes, at full speed, before it gives up
 * (seen on Node 24, where not even terminate() ends such a thread).
 */
const SMALL: ResourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

function own(stage: Stage, program: Program<Plan>, plan: Plan): Elsewhere {
  return stage.thread(program, plan);
}

const DEATHS: readonly Death[] = [
  { name: 'worker.terminate()', how: 'killed', start: own },
  { name: 'an uncaught error', how: 'throw', start: own },
  { name: 'process.exit()', how: 'exit', start: own },
  {
    name: 'want of memory',
    how: 'memory',
    start: (stage, program, plan) => stage.thread(program, plan, SMALL),
  },
  {
    name: 'the death of its parent',
    how: 'killed',
    start: (stage, program, plan) =>
      stage.thread(parent, { source: threadSource(program as never), plan }),
  },
];

describe('A thread that dies', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'tcp'] as const) {
    for (const { name, how, start } of DEATHS) {
      it(`by ${name} while it sends: all of it arrives, whole, and nothing of it remains (${transport})`, async () => {
        const { context } = stage;
        const pull = new Pull({ context });
        await pull.bind(stage.wildcard(transport));
        const plan = planFor(context, pull.lastEndpoint!, how);
        const victim = start(stage, sender, plan);
        expect(await victim.next()).to.equal('ready');
        const sent = new Int32Array(plan.count);
        let received = 0;
        const take = (message: Buffer[]): void => {
          checkMessage(message, received);
          received++;
        };
        while (received < plan.after) take(await pull.receive());
        if (how === 'killed') await victim.kill();
        await victim.ended;
        for (;;) {
          const message = pull.tryReceive();
          if (message !== undefined) take(message);
          else if (received >= Atomics.load(sent, 0) && isGone(context)) break;
          else await setImmediate();
        }
        await goesOn(stage, context);
        await context.destroy();
      });

      it(`by ${name} while it receives: its peer goes on, and nothing of it remains (${transport})`, async () => {
        const { context } = stage;
        const push = new Push({ context, linger: 0 });
        await push.bind(stage.wildcard(transport));
        const plan = planFor(context, push.lastEndpoint!, how);
        const victim = start(stage, receiver, plan);
        expect(await victim.next()).to.equal('ready');
        const received = new Int32Array(plan.count);
        while (Atomics.load(received, 0) < plan.after) {
          if (!push.trySend('message')) await setImmediate();
        }
        if (how === 'killed') await victim.kill();
        await victim.ended;
        await nothingRemains(context);
        // The one peer is gone: nobody takes another message.
        while (push.trySend('message')) await setImmediate();
        const next = new Pull({ context });
        next.connect(push.lastEndpoint!);
        await push.send('for the next');
        expect(String(await next.receive())).to.be.oneOf(['message', 'for the next']);
        next.close();
        push.close();
        await context.destroy();
      });
    }
  }

  it('is one end to a publisher, however it subscribed', async () => {
    const { context } = stage;
    const publisher = new XPublisher({ context });
    await publisher.bind('inproc://ends');
    const heard: string[] = [];
    const threads = [1, 2, 3].map((number) =>
      stage.thread(
        (
          { Context, Subscriber },
          line,
          { handle, number }: { handle: SharedArrayBuffer; number: number },
        ) => {
          const subscriber = new Subscriber({ context: Context.attach(handle) });
          subscriber.subscribe(`topic ${number}`);
          subscriber.connect('inproc://ends');
          line.post('ready');
          subscriber.receiveSync();
        },
        { handle: context.handle, number },
      ),
    );
    for (let i = 0; i < 3; i++) heard.push(String((await publisher.receive())[0]));
    await Promise.all(threads.map((thread) => thread.kill()));
    for (let i = 0; i < 3; i++) heard.push(String((await publisher.receive())[0]));
    await nothingRemains(context);
    expect(publisher.tryReceive()).to.equal(undefined);
    const topics = [1, 2, 3].map((number) => `topic ${number}`);
    expect(heard.slice(0, 3).sort()).to.deep.equal(topics.map((topic) => `\x01${topic}`));
    expect(heard.slice(3).sort()).to.deep.equal(topics.map((topic) => `\0${topic}`));
  });

  it('leaves its inproc name to whoever binds it next, and those who had connected go with it', async () => {
    const { context } = stage;
    const push = new Push({ context });
    for (let round = 0; round < 3; round++) {
      const binder = stage.thread(({ Context, Pull }, line, handle: SharedArrayBuffer) => {
        const pull = new Pull({ context: Context.attach(handle) });
        pull.bindSync('inproc://bound');
        line.post('bound');
        line.post(String(pull.receiveSync()[0]));
        pull.receiveSync();
      }, context.handle);
      expect(await binder.next()).to.equal('bound');
      push.connect('inproc://bound');
      await push.send(`round ${round}`);
      expect(await binder.next()).to.equal(`round ${round}`);
      await binder.kill();
    }
    const pull = new Pull({ context });
    await pull.bind('inproc://bound');
    await nothingRemains(context);
  });

  it('without having joined a pipe that was sent to it gives it back: the next binder gets it', async () => {
    const { context } = stage;
    const binder = stage.thread(({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const pull = new Pull({ context: Context.attach(handle) });
      pull.bindSync('inproc://busy');
      line.post('bound');
      // Computes, and takes nothing in.
      for (;;);
    }, context.handle);
    expect(await binder.next()).to.equal('bound');
    const push = new Push({ context });
    push.connect('inproc://busy');
    await push.send('for whoever comes');
    await binder.kill();
    const pull = new Pull({ context });
    await pull.bind('inproc://busy');
    expect(String(await pull.receive())).to.equal('for whoever comes');
    await nothingRemains(context);
  });

  it('in order leaves what it sent to a name that nobody has bound, until somebody has read it', async () => {
    const { context } = stage;
    const thread = stage.thread(({ Context, Push }, _line, handle: SharedArrayBuffer) => {
      const push = new Push({ context: Context.attach(handle) });
      push.connect('inproc://later');
      for (let i = 0; i < 3; i++) push.sendSync(String(i));
    }, context.handle);
    await thread.ended;
    expect(joinedSlots(context).length).to.equal(1);
    const pull = new Pull({ context });
    await pull.bind('inproc://later');
    for (let i = 0; i < 3; i++) expect(String(await pull.receive())).to.equal(String(i));
    // A receive is what comes upon the end.
    expect(pull.tryReceive()).to.equal(undefined);
    await nothingRemains(context);
  });

  it('while its parent blocks is noticed all the same', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('inproc://answers');
    const observer = stage.thread(
      ({ Context, XPublisher, Push }, line, handle: SharedArrayBuffer) => {
        const context = Context.attach(handle);
        const publisher = new XPublisher({ context });
        publisher.bindSync('inproc://watched');
        line.post(String(publisher.receiveSync()[0]));
        const push = new Push({ context });
        push.connect('inproc://answers');
        push.sendSync(publisher.receiveSync());
        publisher.close();
        push.close();
      },
      context.handle,
    );
    const turn = new Int32Array(new SharedArrayBuffer(4));
    const argument = { handle: context.handle, turn };
    const victim = stage.thread(
      ({ Context, Subscriber }, _line, { handle, turn }: typeof argument) => {
        const subscriber = new Subscriber({ context: Context.attach(handle) });
        subscriber.connect('inproc://watched');
        subscriber.subscribe('news');
        Atomics.wait(turn, 0, 0);
        process.exit(1);
      },
      argument,
    );
    expect(await observer.next()).to.equal('\u0001news');
    Atomics.store(turn, 0, 1);
    Atomics.notify(turn, 0);
    // From here to the answer this thread, which started the victim, does not turn its event loop.
    expect(String(pull.receiveSync()[0])).to.equal('\u0000news');
    await victim.ended;
  });

  it('with open sockets does not hold terminate', async () => {
    const { context } = stage;
    const victim = stage.thread(({ Context, Pull }, line, handle: SharedArrayBuffer) => {
      const pull = new Pull({ context: Context.attach(handle) });
      pull.bindSync('tcp://127.0.0.1:*');
      line.post('bound');
      pull.receiveSync();
    }, context.handle);
    expect(await victim.next()).to.equal('bound');
    await victim.kill();
    await context.terminate();
  });
});

function planFor(context: Context, endpoint: string, how: Plan['how']): Plan {
  return { handle: context.handle, endpoint, count: new SharedArrayBuffer(4), after: 2000, how };
}

function isGone(context: Context): boolean {
  return joinedSlots(context).length === 0 && joinedPages(context) === 0;
}

function checkMessage([body, text]: Buffer[], number: number): void {
  expect(body!.readInt32LE()).to.equal(number);
  expect(String(text)).to.equal(String(number));
  const rest = body!.subarray(4);
  expect(rest.length).to.equal((number * 37) % 3000);
  expect(rest.every((byte) => byte === (number & 255))).to.equal(true);
}

/** Another thread finds the context as it should be. */
async function goesOn(stage: Stage, context: Context): Promise<void> {
  const pull = new Pull({ context });
  await pull.bind('inproc://goes on');
  const thread = stage.thread(({ Context, Push }, line, handle: SharedArrayBuffer) => {
    const push = new Push({ context: Context.attach(handle) });
    push.connect('inproc://goes on');
    for (let i = 0; i < 100; i++) push.sendSync(String(i));
    push.close();
    line.post('done');
  }, context.handle);
  for (let i = 0; i < 100; i++) expect(String((await pull.receive())[0])).to.equal(String(i));
  expect(await thread.next()).to.equal('done');
  await thread.ended;
  pull.close();
  await nothingRemains(context);
}
