import { expect } from 'chai';
import { pipeline, type LostItem, type PipelineStages, type System } from '../../src/actors.js';
import { failure } from '../support/expect-error.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Line } from './support/tasks.js';

type Tasks = typeof import('./pools/tasks.js');

const TASKS = module('pools/tasks');

describe('A pipeline', () => {
  let sys: System;
  const lines: Line[] = [];
  beforeEach(async () => {
    sys = await open({ arenaSize: 2 ** 26 });
  });
  afterEach(() => {
    for (const line of lines.splice(0)) line.close();
    return endSystems();
  });

  function newLine(): Line {
    const line = new Line();
    lines.push(line);
    return line;
  }

  it('takes items from the source through all stages to the sink', async () => {
    const results: number[] = [];
    const { accepted, delivered, lost, inFlight, stages, duration } = await sys
      .pipeline()
      .source(numbers(3000))
      .stage<Tasks['default']>(TASKS, { threads: 2, name: 'double' })
      .stage<Tasks['increment']>(TASKS, { task: 'increment' })
      .sink((number) => results.push(number))
      .run();
    expect(results.sort((a, b) => a - b)).to.deep.equal(numbers(3000).map((n) => n * 2 + 1));
    expect({ accepted, delivered, lost, inFlight }).to.deep.equal({
      ...{ accepted: 3000, delivered: 3000, lost: 0, inFlight: 0 },
    });
    expect(stages.map(({ name }) => name)).to.deep.equal(['double', 'tasks']);
    for (const { received, passed, queued, running, deaths } of stages) {
      expect({ received, passed, queued, running, deaths }).to.deep.equal({
        ...{ received: 3000, passed: 3000, queued: 0, running: 0, deaths: 0 },
      });
    }
    expect(stages[0]!.busy).to.be.greaterThan(0);
    expect(duration).to.be.greaterThan(0);
  });

  it('carries bytes as bytes, and anything else as a clone', async () => {
    const bodies = Array.from({ length: 500 }, (_, n) => Buffer.alloc(1024, n % 250));
    const seen: Uint8Array[] = [];
    await sys
      .pipeline({ ordered: true })
      .source(bodies)
      .stage<Tasks['shift']>(TASKS, { task: 'shift', threads: 2 })
      .stage<Tasks['shift']>(TASKS, { task: 'shift' })
      .sink((bytes) => seen.push(bytes))
      .run();
    expect(seen).to.have.lengthOf(500);
    seen.forEach((bytes, n) => expect(bytes).to.deep.equal(Buffer.alloc(1024, (n % 250) + 2)));
    const objects = [{ date: new Date(0) }, new Map([[1, 'a']]), undefined, 'text', 7n];
    const same: unknown[] = [];
    await sys
      .pipeline({ ordered: true })
      .source(objects)
      .stage(TASKS, { task: 'same' })
      .sink((value) => same.push(value))
      .run();
    expect(same).to.deep.equal(objects);
  });

  it('takes an asynchronous source, and waits for a sink that is one', async () => {
    let most = 0;
    let inside = 0;
    const seen: number[] = [];
    await sys
      .pipeline({ ordered: true })
      .source(later(100))
      .stage<Tasks['default']>(TASKS)
      .sink(async (number) => {
        most = Math.max(most, ++inside);
        await Promise.resolve();
        seen.push(number);
        inside--;
      })
      .run();
    expect(seen).to.deep.equal(numbers(100).map((n) => n * 2));
    expect(most).to.equal(1);
  });

  it('ends at once if there is nothing in the source', async () => {
    const { accepted } = await sys.pipeline().source([]).stage(TASKS).sink(nothing).run();
    expect(accepted).to.equal(0);
  });

  it('gives items in the order of the source, whatever each takes, if that is asked for', async () => {
    const seen: number[] = [];
    await sys
      .pipeline({ ordered: true })
      .source(numbers(500))
      .stage<Tasks['takeTime']>(TASKS, { task: 'takeTime', threads: 3, credit: 2 })
      .sink((number, index) => {
        expect(index).to.equal(seen.length);
        seen.push(number);
      })
      .run();
    expect(seen).to.deep.equal(numbers(500));
  });

  it('gives them in order to the next stage, if a stage is to', async () => {
    const counting = source(`let next = 0;
      export default (number) => {
        if (number !== next++) throw new Error(number + ' came in place of ' + (next - 1));
        return number;
      };`);
    const { delivered } = await sys
      .pipeline()
      .source(numbers(500))
      .stage<Tasks['takeTime']>(TASKS, { task: 'takeTime', threads: 3, credit: 2, ordered: true })
      .stage(counting)
      .sink(nothing)
      .run();
    expect(delivered).to.equal(500);
  });

  it('asks the source for no more than may be in flight', async () => {
    let taken = 0;
    let seen = 0;
    let most = 0;
    function* items(): Generator<number> {
      for (; taken < 300; taken++) {
        most = Math.max(most, taken + 1 - seen);
        yield taken;
      }
    }
    await sys
      .pipeline({ inFlight: 10 })
      .source(items())
      .stage(TASKS)
      .stage(TASKS)
      .sink(async () => {
        await Promise.resolve();
        seen++;
      })
      .run();
    expect(seen).to.equal(300);
    expect(most).to.be.within(2, 10);
  });

  it('counts what is in flight in bytes, too', async () => {
    let taken = 0;
    let seen = 0;
    let most = 0;
    function* bodies(): Generator<Buffer> {
      for (; taken < 50; taken++) {
        most = Math.max(most, taken + 1 - seen);
        yield Buffer.alloc(1000);
      }
    }
    await sys
      .pipeline({ inFlightBytes: 3000 })
      .source(bodies())
      .stage(TASKS, { task: 'same' })
      .sink(() => seen++)
      .run();
    expect(seen).to.equal(50);
    expect(most).to.equal(3);
  });

  it('gives less to a thread that takes longer', async () => {
    const line = newLine();
    const seen: unknown[] = [];
    const running = sys
      .pipeline()
      .source([line.channel, ...numbers(200)])
      .stage<Tasks['waitIfTold']>(TASKS, { task: 'waitIfTold', threads: 2, credit: 1 })
      .sink((item) => {
        seen.push(item);
        // All others came through while one thread was busy with the first.
        if (seen.length === 200) void line.begun().then(() => line.goOn());
      })
      .run();
    await running;
    expect(seen.slice(0, 200).sort(byNumber)).to.deep.equal(numbers(200));
    expect(seen[200]).to.equal(line.channel);
  });

  it('says how it goes while it runs', async () => {
    const line = newLine();
    const running = sys
      .pipeline()
      .source([line.channel])
      .stage<Tasks['waitIfTold']>(TASKS, { task: 'waitIfTold', name: 'waiting' })
      .sink(nothing);
    expect(running.stats()).to.include({ accepted: 0, inFlight: 0 });
    const report = running.run();
    await line.begun();
    const { inFlight, stages } = running.stats();
    expect(inFlight).to.equal(1);
    expect(stages[0]).to.include({
      name: 'waiting',
      threads: 1,
      received: 1,
      passed: 0,
      running: 1,
    });
    await failure('EBUSY', () => running.run());
    line.goOn();
    expect((await report).delivered).to.equal(1);
    expect(running.stats()).to.include({ delivered: 1, inFlight: 0 });
  });

  // ── Errors ───────────────────────────────────────────────────────────────────────────────────────

  it('fails with what a stage throws, says of which item, and ends the source', async () => {
    let ended = false;
    function* items(): Generator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        ended = true;
      }
    }
    const error = (await sys
      .pipeline()
      .source(items())
      .stage<Tasks['failAt']>(TASKS, { task: 'failAt', threads: 2, name: 'picky' })
      .sink(nothing)
      .run()
      .catch((thrown: unknown) => thrown)) as Error & { code: string };
    expect(error).to.be.instanceOf(RangeError).with.property('code', 'EWRONG');
    expect(error).to.have.property('item').that.deep.equals({ index: 300, stage: 'picky' });
    expect(ended).to.equal(true);
  });

  it('leaves out what a stage throws for, and tells of it, if losses are to be counted', async () => {
    const told: [unknown, LostItem][] = [];
    const seen: number[] = [];
    const { accepted, delivered, lost, stages } = await sys
      .pipeline({ ordered: true, lost: 'count', onLost: (error, item) => told.push([error, item]) })
      .source(numbers(600))
      .stage<Tasks['failAt']>(TASKS, { task: 'failAt', threads: 2 })
      .stage<Tasks['increment']>(TASKS, { task: 'increment', ordered: true })
      .sink((number) => seen.push(number))
      .run();
    expect({ accepted, delivered, lost }).to.deep.equal({ accepted: 600, delivered: 599, lost: 1 });
    expect(stages.map((stage) => stage.lost)).to.deep.equal([1, 0]);
    expect(seen).to.deep.equal(
      numbers(600)
        .filter((n) => n !== 300)
        .map((n) => n + 1),
    );
    expect(told).to.have.lengthOf(1);
    expect(told[0]![0]).to.be.instanceOf(RangeError);
    expect(told[0]![1]).to.deep.equal({ index: 300, stage: 'tasks' });
  });

  it('fails with what the sink throws, and with what the source throws', async () => {
    const wrong = new RangeError('no');
    const thrown = (running: PipelineStages<unknown>, sink: () => unknown): Promise<unknown> =>
      running
        .sink(sink)
        .run()
        .catch((error: unknown) => error);
    const throwing = (): never => {
      throw wrong;
    };
    expect(await thrown(sys.pipeline().source([1]).stage(TASKS), throwing)).to.equal(wrong);
    expect(
      await thrown(sys.pipeline().source([1]).stage(TASKS), () => Promise.reject(wrong)),
    ).to.equal(wrong);
    function* broken(): Generator<number> {
      yield 1;
      throwing();
    }
    expect(await thrown(sys.pipeline().source(broken()).stage(TASKS), nothing)).to.equal(wrong);
  });

  it('ends by its signal', async () => {
    const line = newLine();
    const controller = new AbortController();
    const running = sys
      .pipeline({ closeTimeout: 0 })
      .source([line.channel])
      .stage<Tasks['spin']>(TASKS, { task: 'spin' })
      .sink(nothing)
      .run({ signal: controller.signal });
    await line.begun();
    controller.abort();
    expect(await running.catch((error: unknown) => error)).to.equal(controller.signal.reason);
  });

  it('fails if a module cannot be loaded, or an item cannot be cloned', async () => {
    const nowhere = sys.pipeline().source([1]).stage(module('pools/nowhere')).sink(nothing);
    await actorFailure('ERR_ACTOR_LOAD', nowhere.run());
    const none = sys.pipeline().source([1]).stage(TASKS, { task: 'nothing' }).sink(nothing);
    await actorFailure('ERR_ACTOR_NOT_FUNCTION', none.run());
    const item = sys
      .pipeline()
      .source([() => 1])
      .stage(TASKS)
      .sink(nothing);
    await actorFailure('ERR_ACTOR_CLONE', item.run());
    const never = source('await new Promise((resolve) => setTimeout(resolve, 1e9))');
    const late = sys.pipeline().source([1]).stage(never, { startTimeout: 50 }).sink(nothing);
    await actorFailure('ERR_ACTOR_START_TIMEOUT', late.run());
  });

  it('gives a thread, or a stage elsewhere, any time to start, if it is told so', async () => {
    const startTimeout = Infinity;
    await sys.serveStage('inproc://patient', TASKS, { threads: 1, startTimeout });
    const results: unknown[] = [];
    await sys
      .pipeline()
      .source([1])
      .stage<Tasks['default']>(TASKS, { startTimeout })
      .stage<Tasks['default']>(TASKS, { startTimeout, at: 'inproc://patient' })
      .sink((result) => results.push(result))
      .run();
    expect(results).to.deep.equal([4]);
  });

  it('refuses what makes no sense', () => {
    const start = sys.pipeline().source([1]);
    expect(() => sys.pipeline().source('text' as never)).to.throw(TypeError);
    expect(() => start.stage('./stage.js')).to.throw(TypeError);
    expect(() => start.stage(TASKS, { threads: 0 })).to.throw(RangeError);
    expect(() => start.stage(TASKS, { retry: -1 })).to.throw(RangeError);
    expect(() => start.stage(TASKS, { at: 'somewhere' }))
      .to.throw()
      .with.property('code', 'EINVAL');
    expect(() => start.stage(TASKS).sink(7 as never)).to.throw(TypeError);
    expect(() => start.sink(nothing)).to.throw(RangeError);
    expect(() => sys.pipeline({ lost: 'ignore' as never })).to.throw(RangeError);
    expect(() => sys.pipeline({ inFlight: 0 })).to.throw(RangeError);
  });

  // ── Deaths ───────────────────────────────────────────────────────────────────────────────────────

  it('fails with the item whose thread died, if that is not to be tried again', async () => {
    const running = sys
      .pipeline()
      .source(numbers(500))
      // One at a time: those before it, whose results would not have been sent yet, would be lost, too.
      .stage<Tasks['dieOfHundreds']>(TASKS, { task: 'dieOfHundreds', name: 'deadly', credit: 1 })
      .sink(nothing)
      .run();
    const error = await actorFailure('ERR_WORKER_DIED', running);
    expect(error).to.have.property('item').that.deep.equals({ index: 50, stage: 'deadly' });
  });

  it('loses only those whose thread died, and gives every other once', async () => {
    const seen: number[] = [];
    const lost: number[] = [];
    const report = await sys
      .pipeline({ lost: 'count', onLost: (_, { index }) => lost.push(index) })
      .source(numbers(2000))
      // One at a time: a thread that dies takes results with it that it has not sent yet.
      .stage<Tasks['dieOfHundreds']>(TASKS, { task: 'dieOfHundreds', threads: 2, credit: 1 })
      .stage<Tasks['default']>(TASKS)
      .sink((number) => seen.push(number / 2))
      .run();
    const dead = numbers(2000).filter((n) => n % 100 === 50);
    expect(lost.sort(byNumber)).to.deep.equal(dead);
    expect(seen.sort(byNumber)).to.deep.equal(numbers(2000).filter((n) => n % 100 !== 50));
    expect(report).to.include({ accepted: 2000, delivered: 1980, lost: 20 });
    expect(report.stages[0]).to.include({ deaths: 20, retried: 0, lost: 20 });
  });

  it('begins nothing twice that is not to be tried again, however much a thread had', async () => {
    const seen = new Map<number, number>();
    const { delivered, lost } = await sys
      .pipeline({ lost: 'count' })
      .source(numbers(2000))
      .stage<Tasks['dieOfHundreds']>(TASKS, { task: 'dieOfHundreds', threads: 2, credit: 64 })
      .sink((number) => seen.set(number, (seen.get(number) ?? 0) + 1))
      .run();
    expect(delivered + lost).to.equal(2000);
    expect([...seen.values()].every((times) => times === 1)).to.equal(true);
    expect(seen.size).to.equal(delivered);
    // Those that the thread had not come to are with others: it takes no more than it had begun.
    expect(lost).to.be.within(20, 20 * 50);
  });

  it('processes every accepted item with retry, however many threads die under load', async () => {
    const seen = new Set<number>();
    const { accepted, lost, stages } = await sys
      .pipeline({ retry: 1000 })
      .source(numbers(1000))
      .stage<Tasks['dieAtRandom']>(TASKS, { task: 'dieAtRandom', threads: 2, credit: 8 })
      .stage<Tasks['dieAtRandom']>(TASKS, { task: 'dieAtRandom', threads: 2, credit: 8 })
      .sink((number) => seen.add(number))
      .run();
    expect(seen.size).to.equal(1000);
    expect({ accepted, lost }).to.deep.equal({ accepted: 1000, lost: 0 });
    for (const { deaths, retried } of stages) {
      expect(deaths).to.be.greaterThan(0);
      expect(retried).to.be.at.least(deaths);
    }
  });

  it('loses an item that needs more memory than a thread may have, and no other', async () => {
    const seen: unknown[] = [];
    const lost: [unknown, number][] = [];
    const { stages } = await sys
      .pipeline({
        ordered: true,
        lost: 'count',
        onLost: (why, { index }) => lost.push([why, index]),
      })
      .source(['a', 'b', 'devour', 'c'])
      .stage<Tasks['devourIfTold']>(TASKS, {
        ...{ task: 'devourIfTold', retry: 1, credit: 1 },
        resourceLimits: { maxOldGenerationSizeMb: 32 },
      })
      .sink((item) => seen.push(item))
      .run();
    expect(seen).to.deep.equal(['a', 'b', 'c']);
    expect(stages[0]).to.include({ deaths: 2, retried: 1, lost: 1 });
    expect(lost).to.have.lengthOf(1);
    const [[why, index]] = lost as [[Error, number]];
    expect(index).to.equal(2);
    expect(why).to.have.property('code', 'ERR_WORKER_DIED');
    expect(why.cause).to.have.property('code', 'ERR_WORKER_OUT_OF_MEMORY');
  });

  it('gives up an item that kills one thread after the other', async () => {
    const running = sys
      .pipeline({ retry: 2 })
      .source([1])
      .stage(TASKS, { task: 'exit' })
      .sink(nothing);
    await actorFailure('ERR_WORKER_DIED', running.run());
    expect(running.stats().stages[0]).to.include({ deaths: 3, retried: 2 });
  });

  it('fails if threads die without having begun anything, one after the other', async () => {
    const dying = source('process.exit(1)');
    const running = sys.pipeline({ retry: 1000 }).source(later(1)).stage(dying).sink(nothing);
    const error = await actorFailure('ERR_WORKER_DIED', running.run());
    expect(error.message).to.include('without having begun');
  });

  // ── In a system ──────────────────────────────────────────────────────────────────────────────────

  it('is stopped with its system: what is in flight goes through, and no more is taken', async () => {
    const line = newLine();
    let taken = 0;
    function* items(): Generator<number | string> {
      for (;;) yield taken++ === 0 ? line.channel : taken;
    }
    const seen: unknown[] = [];
    const running = sys
      .pipeline({ name: 'endless', inFlight: 3 })
      .source(items())
      .stage<Tasks['waitIfTold']>(TASKS, { task: 'waitIfTold' })
      .sink((item) => seen.push(item));
    const stopped = actorFailure('ERR_ACTOR_STOPPED', running.run());
    await line.begun();
    const shutdown = sys.shutdown({ timeout: 40_000 });
    line.goOn();
    await stopped;
    expect((await shutdown).drained).to.deep.equal(['endless']);
    expect(seen).to.have.lengthOf(running.stats().accepted);
  });

  it('is ended by force with its system, which tells what it had', async () => {
    const line = newLine();
    const running = sys
      .pipeline({ closeTimeout: 0 })
      .source([line.channel])
      .stage<Tasks['spin']>(TASKS, { task: 'spin' })
      .sink(nothing);
    const stopped = actorFailure('ERR_ACTOR_STOPPED', running.run());
    await line.begun();
    const { forced, dropped } = await sys.shutdown({ timeout: 10 });
    expect(forced).to.deep.equal(['pipeline']);
    expect(dropped).to.deep.equal([{ name: 'pipeline', messages: 1 }]);
    await stopped;
  });

  it("runs without a system of one's own", async () => {
    let sum = 0;
    await pipeline()
      .source([1, 2, 3])
      .stage<Tasks['default']>(TASKS)
      .sink((number) => (sum += number))
      .run();
    expect(sum).to.equal(12);
  });

  it('leaves no name behind: a thousand of them fit into a context', async () => {
    const names = (): number => sys.context.stats().sockets.length;
    for (let n = 0; n < 3; n++) {
      await sys.pipeline().source([1]).stage(TASKS).sink(nothing).run();
    }
    expect(names()).to.equal(0);
  });

  it('checks types from stage to stage', () => {
    const start = sys.pipeline().source([1, 2, 3]);
    const doubled: PipelineStages<number> = start.stage<Tasks['default']>(TASKS);
    // @ts-expect-error It takes bytes, and gets numbers.
    start.stage<Tasks['shift']>(TASKS, { task: 'shift' });
    // @ts-expect-error It gives numbers.
    doubled.sink((text: string) => text);
    const untyped: PipelineStages<unknown> = start.stage(TASKS);
    expect(untyped).to.be.an('object');
  });

  // ── Its plan ─────────────────────────────────────────────────────────────────────────────────────

  it('shows its plan as text and as a picture', () => {
    const { text, svg } = sys
      .pipeline({ ordered: true, retry: 1 })
      .source([1])
      .stage(TASKS, { threads: 4, name: 'read <&> "scale"' })
      .stage(TASKS, { at: ['tcp://a:1', 'tcp://b:2'], name: 'far', retry: 0, ordered: true })
      .stage(TASKS, { task: 'double', name: 'write', credit: 2 })
      .sink(function save() {
        // Never called.
      })
      .plan();
    expect(text.split('\n')).to.deep.equal([
      'source (at most 3328 items in flight)',
      '  ─▶ read <&> "scale" (4 threads, retry 1)',
      '  ─▶ far (at tcp://a:1, tcp://b:2, ordered)',
      '  ─▶ write (1 thread, function double, credit 2, retry 1)',
      '  ─▶ sink (save, ordered)',
    ]);
    expect(svg).to.match(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg.match(/<rect /g)).to.have.lengthOf(5);
    expect(svg).to.include('read &lt;&amp;&gt; &quot;scale&quot;');
    const open = sys.pipeline().source([1]).stage(TASKS).plan();
    expect(String(open)).to.equal('source (at most 256 items in flight)\n  ─▶ tasks (1 thread)');
  });
});

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

async function* later(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) {
    await Promise.resolve();
    yield n;
  }
}

function byNumber(a: unknown, b: unknown): number {
  return (a as number) - (b as number);
}

function nothing(): void {
  // What matters is elsewhere.
}
