import { expect } from 'chai';
import { type ActorHandle, type ShutdownReport, type System, system } from '../../../src/actors.js';
import { Context, formatStats } from '../../../src/index.js';
import { Threads } from '../../actors/support/threads.js';
import { Random } from '../../support/random.js';
import { nothingRemains, remainsOf } from '../../support/remains.js';
import { heldBy } from '../held.js';
import type { Chain } from './chains.js';
import { Flow } from './flow.js';
import type { Plan } from './plan.js';
import { Prey, type World } from './victims.js';
import type Watcher from './watcher.js';
import type { Report } from './watcher.js';

const WATCHER = new URL('watcher.js', import.meta.url);
/** Threads beside the main one from which everyone is watched. */
const WATCHERS = 2;
/** What actors of a group have to stop in before they are killed, in milliseconds. */
const LINGER = 2_000;
/** Actors that spin when the system is shut down, and messages that lie in the mailbox of each. */
const SPINNING = 2;
const BEHIND = 3;
/** What the system may take to shut down, in milliseconds, and how late it may be on a machine that has more to do. */
const TIMEOUT = 4_000;
const MARGIN = 10_000;
/** Milliseconds until what is not given back counts as lost. */
const PATIENCE = 10_000;
/** Blocks of this thread that stay, however many were killed: up to 4 were seen after 50, 100 and 1,000 kills. */
const BLOCKS_KEPT = 8;
/** Messages of each thread that may be on their way when a mailbox is closed: it tells, and then asks. */
const UNDER_WAY = 2;

export interface Found {
  readonly kills: number;
  /** Incarnations of actors that ended. */
  readonly deaths: number;
  /** By all who watched. */
  readonly heard: number;
  readonly answered: number;
  /** Of pipelines. */
  readonly items: number;
  readonly stages: number;
  readonly retried: number;
  /** Milliseconds of the shutdown, of which all but the spinning needed less. */
  readonly shutdown: number;
}

/**
 * Kills actors and tasks in one system under load, chain by chain, all chains at once, while pipelines lose threads; then
 * shuts the system down, still under load. Rejects with whatever is not as it has to be.
 * @param advance told how many kills have been made
 */
export async function killAll(
  plan: Plan,
  seed: number,
  advance: (killed: number) => void = () => undefined,
): Promise<Found> {
  const threads = new Threads();
  const context = new Context();
  // Whoever watches outlives the system that is shut down.
  const gallery = await system({ context, warm: 0, linger: 30_000 });
  const sys = await system({ context, warm: 2, linger: LINGER });
  try {
    const found = await new Scene(plan, seed, { gallery, sys, threads }, advance).run();
    await gallery.shutdown();
    await nothingRemains(context);
    await freed(context, BLOCKS_KEPT);
    await context.destroy();
    await threads.ended();
    expect(remainsOf(context, new Set()), 'what remains').to.deep.equal([]);
    return found;
  } finally {
    await Promise.all([sys, gallery].map((each) => each.shutdown({ timeout: 0 })));
    await context.destroy({ timeout: 0 });
    threads.close();
  }
}

/** Resolves when this thread uses no more blocks of the arena than so many. */
async function freed(context: Context, blocks: number): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (heldBy(context).blocks > blocks) {
    if (performance.now() > until) {
      const held = heldBy(context).blocks;
      expect.fail(`${held} blocks, not ${blocks}, in use:\n${formatStats(context.stats())}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class Scene {
  private readonly random: Random;
  private readonly world: World;
  private readonly watchers: ActorHandle<typeof Watcher>[] = [];
  private readonly calm = new AbortController();
  private readonly beside: Promise<void>[] = [];
  private fail!: (error: unknown) => void;
  private readonly failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
  /** Messages `count` that nobody has handled, by the actor's name. */
  private readonly dead = new Map<string, number>();
  private kills = 0;

  constructor(
    private readonly plan: Plan,
    seed: number,
    { gallery, sys, threads }: { gallery: System; sys: System; threads: Threads },
    private readonly advance: (killed: number) => void,
  ) {
    this.random = new Random(seed);
    let numbers = 0;
    this.world = {
      ...{ sys, gallery, threads, watchers: this.watchers, calm: this.calm.signal },
      nextKill: () => ++numbers,
      beside: (work) => {
        this.beside.push(work);
        work.catch(this.fail);
      },
    };
    sys.deadLetters.on(({ to, message }) => {
      if (message === 'count') this.dead.set(to, (this.dead.get(to) ?? 0) + 1);
    });
  }

  async run(): Promise<Found> {
    return Promise.race([this.play(), this.failed]);
  }

  private async play(): Promise<Found> {
    const { gallery, sys, threads } = this.world;
    for (let number = 0; number < WATCHERS; number++) {
      this.watchers.push(
        await gallery.spawn<typeof Watcher>(WATCHER, { name: `watcher-${number}` }),
      );
    }
    const chains: Chain[] = [];
    for (const { name, start } of this.plan.chains) {
      chains.push(await start(this.world, this.nextRandom(), name));
    }
    const flows = (['unordered', 'ordered'] as const).map(
      (name) => new Flow(sys, threads, this.nextRandom(), name),
    );
    const flowing = flows.map((flow) => flow.run());
    const advance = (): void => this.advance(++this.kills);
    const killing = chains.map((each, at) => each.run(this.plan.chains[at]!.kills, advance));
    const killed = Promise.all(killing).then(() => {
      for (const flow of flows) flow.end();
    });
    await Promise.all([killed, ...flowing]);
    return this.shutDown(
      chains.flatMap(({ preys }) => preys),
      flows,
    );
  }

  /** The end, with everyone at work, and some that never stop. */
  private async shutDown(preys: readonly Prey[], flows: readonly Flow[]): Promise<Found> {
    const { sys, threads } = this.world;
    const spinning: Prey[] = [];
    for (let number = 0; number < SPINNING; number++) {
      const prey = await Prey.start(this.world, `spinning-${number}`, { quiet: true });
      await prey.spin();
      for (let behind = 0; behind < BEHIND; behind++) await prey.handle.tell('count', null);
      spinning.push(prey);
    }
    const endless = new Flow(sys, threads, this.nextRandom(), 'endless');
    const ending = endless.run().then(
      () => expect.fail('the endless pipeline has come to an end'),
      (error: unknown) => expect(error).to.have.property('code', 'ERR_ACTOR_STOPPED'),
    );
    await endless.delivered(1);
    const began = performance.now();
    const report = await sys.shutdown({ timeout: TIMEOUT });
    const shutdown = Math.round(performance.now() - began);
    expect(shutdown, 'milliseconds of the shutdown').to.be.below(TIMEOUT + MARGIN);
    await ending;
    this.calm.abort();
    await Promise.all(this.beside);
    checkReport(report, namesOf(preys), namesOf(spinning));
    const all = [...preys, ...spinning];
    let heard = 0;
    for (const prey of all) {
      heard += await prey.checkLast(spinning.includes(prey) ? 'killed by stop-timeout' : 'stopped');
    }
    const reports = await this.reports();
    for (const each of reports) heard += checkHeard(each, all);
    for (const prey of preys) this.checkTold(prey, reports.flat());
    const deaths = all.reduce((sum, prey) => sum + prey.deaths.length, 0);
    const loads = [...all, ...reports.flat()].map(({ loaded }) => loaded.answered);
    const through = [...flows, endless].map((flow) => flow.check());
    const sum = (of: 'items' | 'stages' | 'retried'): number =>
      through.reduce((whole, each) => whole + each[of], 0);
    return {
      ...{ kills: this.kills, deaths, heard, shutdown },
      answered: loads.reduce((whole, each) => whole + each, 0),
      ...{ items: sum('items'), stages: sum('stages'), retried: sum('retried') },
    };
  }

  /** What each watcher has heard. */
  private async reports(): Promise<Report[][]> {
    for (const watcher of this.watchers) await watcher.ask('rest', null);
    return Promise.all(this.watchers.map((watcher) => watcher.ask('report', null)));
  }

  /**
   * What it was told it has handled at most once, and what it has not handled is a dead letter: all but what was on
   * its way at the end of a life.
   */
  private checkTold({ name, lives, loaded, handled }: Prey, reports: readonly Report[]): void {
    const own = reports.filter((report) => report.name === name);
    const told = own.reduce((sum, report) => sum + report.loaded.told, loaded.told);
    expect(handled, `${name}: handled of ${told} that were told`).to.be.at.most(told);
    const lost = told - handled - (this.dead.get(name) ?? 0);
    expect(lost, `${name}: lost of ${told} that were told`).to.be.at.most(lives * (1 + WATCHERS));
  }

  private nextRandom(): Random {
    return new Random(this.random.next());
  }
}

function namesOf(preys: readonly Prey[]): string[] {
  return preys.map(({ name }) => name);
}

/** What the shutdown says is what has happened. */
function checkReport(
  { drained, dropped, forced }: ShutdownReport,
  orderly: readonly string[],
  spinning: readonly string[],
): void {
  expect([...forced].sort(), 'forced').to.deep.equal([...spinning].sort());
  expect([...drained].sort(), 'drained').to.deep.equal([...orderly, 'endless'].sort());
  for (const name of spinning) {
    expect(dropped, 'dropped').to.deep.include({ name, messages: BEHIND });
  }
  for (const { name, messages } of dropped) {
    if (spinning.includes(name)) continue;
    expect(orderly, 'dropped').to.include(name);
    expect(messages, `${name}: dropped`).to.be.at.most(UNDER_WAY * (1 + WATCHERS));
  }
}

/** A watcher has heard of each death once. @returns how often */
function checkHeard(reports: readonly Report[], preys: readonly Prey[]): number {
  expect(reports.map(({ name }) => name).sort()).to.deep.equal(namesOf(preys).sort());
  let times = 0;
  for (const { name, heard } of reports) {
    const { deaths } = preys.find((prey) => prey.name === name)!;
    expect(heard, `${name}, to a watcher`).to.deep.equal(deaths);
    times += heard.length;
  }
  return times;
}
