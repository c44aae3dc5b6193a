import { expect } from 'chai';
import { pipeline, serveStage, type System } from '../../src/actors.js';
import { Dealer, Router } from '../../src/index.js';
import { failure } from '../support/expect-error.js';
import { useStage, type Stage } from '../support/stage.js';
import type { ProcessElsewhere } from '../support/elsewhere.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open } from './support/systems.js';
import { Line } from './support/tasks.js';

type Tasks = typeof import('./pools/tasks.js');

const TASKS = module('pools/tasks');
const ACTORS = new URL('../../src/actors.js', import.meta.url).href;

/** A process that serves a stage, and the endpoint where it does. */
async function serveElsewhere(
  stage: Stage,
  task: string,
  endpoint = 'tcp://127.0.0.1:*',
): Promise<{ server: ProcessElsewhere; endpoint: string }> {
  const server = stage.process(
    async (_library, line, { actors, url, task, endpoint }) => {
      const { serveStage } = (await import(actors)) as typeof import('../../src/actors.js');
      const served = await serveStage(endpoint, url, { task, threads: 2 });
      line.post(served.endpoint);
      await line.next();
      line.post(await served.close());
    },
    { actors: ACTORS, url: TASKS.href, task, endpoint },
  );
  return { server, endpoint: await server.next<string>() };
}

describe('A stage that is served elsewhere', () => {
  const stage = useStage();
  let sys: System;
  beforeEach(async () => {
    sys = await open({ arenaSize: 2 ** 26 });
  });
  afterEach(endSystems);

  it('is used by a pipeline as one that is here', async () => {
    const { server, endpoint } = await serveElsewhere(stage, 'default');
    const seen: number[] = [];
    const { stages, delivered } = await sys
      .pipeline({ ordered: true })
      .source(numbers(2000))
      .stage<Tasks['increment']>(TASKS, { task: 'increment' })
      .stage<Tasks['default']>(TASKS, { at: endpoint, name: 'far' })
      .stage<Tasks['increment']>(TASKS, { task: 'increment' })
      .sink((number) => seen.push(number))
      .run();
    expect(delivered).to.equal(2000);
    expect(seen).to.deep.equal(numbers(2000).map((n) => (n + 1) * 2 + 1));
    expect(stages[1]).to.include({ name: 'far', received: 2000, passed: 2000, deaths: 0 });
    server.post('end');
    expect(await server.next()).to.deep.equal({ drained: 0, dropped: 0, forced: 0 });
  });

  it('may be in several places, by ipc and tcp', async () => {
    const first = await serveElsewhere(stage, 'takeTime');
    const second = await serveElsewhere(stage, 'takeTime', 'ipc://*');
    const seen: number[] = [];
    const { stages } = await sys
      .pipeline()
      .source(numbers(500))
      .stage<Tasks['takeTime']>(TASKS, { at: [first.endpoint, second.endpoint] })
      .sink((number) => seen.push(number))
      .run();
    expect(seen.sort((a, b) => a - b)).to.deep.equal(numbers(500));
    expect(stages[0]!.threads).to.equal(2);
  });

  it('serves several pipelines at once, over inproc too', async () => {
    await using served = await sys.serveStage('inproc://double', TASKS, { threads: 2 });
    const run = async (from: number): Promise<number> => {
      let sum = 0;
      await sys
        .pipeline()
        .source(numbers(300).map((n) => n + from))
        .stage<Tasks['default']>(TASKS, { at: served.endpoint })
        .sink((number) => (sum += number))
        .run();
      return sum;
    };
    const sum = 300 * 299;
    expect(await Promise.all([run(0), run(1), run(2)])).to.deep.equal([sum, sum + 600, sum + 1200]);
    expect(served.stats()).to.include({ threads: 2, completed: 900, failed: 0, queued: 0 });
  });

  it('passes on what its function throws', async () => {
    const { endpoint } = await serveElsewhere(stage, 'failAt');
    const error = await sys
      .pipeline()
      .source(numbers(600))
      .stage<Tasks['failAt']>(TASKS, { at: endpoint, name: 'far' })
      .sink(nothing)
      .run()
      .catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RangeError).with.property('code', 'EWRONG');
    expect(error).to.have.property('item').that.deep.equals({ index: 300, stage: 'far' });
  });

  it('loses threads, whose items are tried again there', async () => {
    const { endpoint } = await serveElsewhere(stage, 'dieAtRandom');
    const seen = new Set<number>();
    const { stages, lost } = await sys
      .pipeline({ retry: 1000 })
      .source(numbers(1000))
      .stage<Tasks['dieAtRandom']>(TASKS, { at: endpoint, credit: 4 })
      .sink((number) => seen.add(number))
      .run();
    expect(seen.size).to.equal(1000);
    expect(lost).to.equal(0);
    expect(stages[0]!.retried).to.be.greaterThan(0);
  });

  it('loses a thread for want of memory, and goes on', async () => {
    await using served = await sys.serveStage('tcp://127.0.0.1:*', TASKS, {
      ...{ task: 'devourIfTold', threads: 1, credit: 1 },
      resourceLimits: { maxOldGenerationSizeMb: 32 },
    });
    const run = (items: string[]): Promise<unknown> =>
      sys
        .pipeline()
        .source(items)
        .stage<Tasks['devourIfTold']>(TASKS, { at: served.endpoint })
        .sink(nothing)
        .run();
    const { cause } = await actorFailure('ERR_WORKER_DIED', run(['devour']));
    expect(cause).to.have.property('code', 'ERR_WORKER_OUT_OF_MEMORY');
    await run(['a', 'b']);
    expect(served.stats()).to.include({ deaths: 1, failed: 1, completed: 2, threads: 1 });
  });

  it('is lost with its process, and the pipeline fails', async () => {
    const { server, endpoint } = await serveElsewhere(stage, 'spin');
    const line = new Line();
    const running = sys
      .pipeline()
      .source([line.channel])
      .stage<Tasks['spin']>(TASKS, { at: endpoint })
      .sink(nothing);
    const died = actorFailure('ERR_WORKER_DIED', running.run());
    while (running.stats().stages[0]!.running === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await server.kill();
    const { cause } = await died;
    expect(cause).to.have.property('code', 'ERR_STAGE_UNREACHABLE');
    line.close();
  });

  it('is lost with its thread, and the pipeline fails', async () => {
    const server = stage.thread(
      async (_library, line, [actors, tasks]: string[]) => {
        const { serveStage } = (await import(actors!)) as typeof import('../../src/actors.js');
        await serveStage('inproc://of-a-thread', tasks!, { threads: 1, task: 'spin' });
        line.post('serving');
        await line.next();
      },
      [ACTORS, TASKS.href],
    );
    expect(await server.next()).to.equal('serving');
    const line = new Line();
    const running = pipeline({ closeTimeout: 0 })
      .source([line.channel])
      .stage<Tasks['spin']>(TASKS, { at: 'inproc://of-a-thread' })
      .sink(nothing);
    const died = actorFailure('ERR_WORKER_DIED', running.run());
    await line.begun();
    await server.kill();
    expect((await died).cause).to.have.property('code', 'ERR_STAGE_UNREACHABLE');
    line.close();
  });

  it('is lost with its process, and another takes its place, if items may be tried again', async () => {
    const { server, endpoint } = await serveElsewhere(stage, 'takeTime');
    const seen = new Set<number>();
    let successor: Promise<unknown> | undefined;
    const { stages, accepted, lost } = await sys
      .pipeline({ retry: 3, inFlight: 100 })
      .source(numbers(1000))
      .stage<Tasks['takeTime']>(TASKS, { at: endpoint })
      .sink((number) => {
        seen.add(number);
        if (seen.size !== 200) return;
        successor = server.kill().then(() => serveElsewhere(stage, 'takeTime', endpoint));
      })
      .run();
    await successor;
    expect(seen.size).to.equal(1000);
    expect({ accepted, lost }).to.deep.equal({ accepted: 1000, lost: 0 });
    expect(stages[0]!.deaths).to.be.greaterThan(0);
  });

  it('that cannot be reached in time fails the pipeline', async () => {
    const endpoint = await stage.freeEndpoint();
    const running = sys
      .pipeline()
      .source([1])
      .stage(TASKS, { at: endpoint, startTimeout: 50 })
      .sink(nothing);
    await actorFailure('ERR_STAGE_UNREACHABLE', running.run());
  });

  it('is not what answers something else', async () => {
    const other = new Router({ context: stage.context, linger: 0 });
    await other.bind('tcp://127.0.0.1:*');
    const running = sys
      .pipeline()
      .source([1])
      .stage(TASKS, { at: other.lastEndpoint! })
      .sink(nothing);
    const refused = actorFailure('ERR_STAGE_UNREACHABLE', running.run());
    const [id] = await other.receive();
    await other.send([id!, 'Welcome!']);
    await refused;
    other.close();
  });

  it('goes on whatever strangers send', async () => {
    await using served = await sys.serveStage('tcp://127.0.0.1:*', TASKS, { threads: 1 });
    const stranger = new Dealer({ context: stage.context, linger: 0 });
    stranger.connect(served.endpoint);
    const header = Buffer.alloc(8 + 8);
    header.writeInt32LE(1, 4);
    const named = Buffer.from(header);
    named.writeInt32LE(2, 12);
    for (const message of [
      [''],
      ['', 'no JSON'],
      ['', 'null'],
      [Buffer.alloc(7)],
      [Buffer.alloc(1000, 0xff)],
      [header],
      [header, 'no values'],
      [header, Buffer.from([0xff, 0x0f, 0x41])],
      [named, 'no values', 'more'],
    ]) {
      await stranger.send(message);
    }
    await stranger.send(['', JSON.stringify({ protocol: 'loomwire.stage/0' })]);
    expect(String((await stranger.receive())[1])).to.include('refused');
    let sum = 0;
    await sys
      .pipeline()
      .source([1, 2, 3])
      .stage<Tasks['default']>(TASKS, { at: served.endpoint })
      .sink((number) => (sum += number))
      .run();
    expect(sum).to.equal(12);
    expect(served.stats().refused).to.be.greaterThan(5);
    stranger.close();
  });

  it('rejects what cannot be served', async () => {
    await actorFailure('ERR_ACTOR_LOAD', sys.serveStage('inproc://a', module('pools/nowhere')));
    await actorFailure(
      'ERR_ACTOR_NOT_FUNCTION',
      sys.serveStage('inproc://a', TASKS, { task: 'nothing', threads: 1 }),
    );
    await failure('EINVAL', () => sys.serveStage('nowhere', TASKS, { threads: 1 }));
    await using first = await sys.serveStage('inproc://a', TASKS, { threads: 1 });
    expect(first.endpoint).to.equal('inproc://a');
    await failure('EADDRINUSE', () => sys.serveStage('inproc://a', TASKS, { threads: 1 }));
  });

  it('is closed with its system', async () => {
    const served = await sys.serveStage('inproc://a', TASKS, { threads: 1, name: 'far' });
    const { drained } = await sys.shutdown();
    expect(drained).to.deep.equal(['far']);
    expect(await served.ended).to.deep.equal({ drained: 0, dropped: 0, forced: 0 });
  });

  it("is served without a system of one's own", async () => {
    await using served = await serveStage('inproc://of-the-process', TASKS, { threads: 1 });
    expect(served.endpoint).to.equal('inproc://of-the-process');
  });
});

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

function nothing(): void {
  // What matters is elsewhere.
}
