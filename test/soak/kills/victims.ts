import { expect } from 'chai';
import type {
  ActorHandle,
  ActorRef,
  Reason,
  SpawnOptions,
  Supervisor,
  System,
} from '../../../src/actors.js';
import type { Threads } from '../../actors/support/threads.js';
import { isEnd, load, noLoad } from './load.js';
import { Log } from './log.js';
import { forGood, markOf, markOfDeath } from './marks.js';
import type Victim from './victim.js';
import type Watcher from './watcher.js';
import type { LastWay, Way } from './ways.js';
import { BORN, HANDLED, newWords, spins, STILLBORN, THREAD } from './words.js';

const VICTIM = new URL('victim.js', import.meta.url);

/** What a victim lives in. */
export interface World {
  readonly sys: System;
  /** Of the watchers: it outlives the other. */
  readonly gallery: System;
  /** Watch from threads of their own. */
  readonly watchers: readonly ActorHandle<typeof Watcher>[];
  readonly threads: Threads;
  /** Whoever keeps victims at work is to stop. */
  readonly calm: AbortSignal;
  /** Goes on beside the kills; if it rejects the run has failed. */
  beside(work: Promise<void>): void;
  /** A number that no other kill has. */
  nextKill(): number;
}

export interface PreyOptions extends SpawnOptions {
  /** Nobody sends it anything but its killer. */
  readonly quiet?: boolean;
}

/** Whoever watches for a while. */
interface Visitor {
  readonly ref: ActorRef<typeof Victim>;
  readonly log: Log;
  /** How many deaths there had been before. */
  readonly from: number;
}

/** An actor that is killed again and again, those in the main thread who watch it, and what they must have heard. */
export class Prey {
  readonly words = newWords();
  /** Deaths, as each who watches must have heard of them. */
  readonly deaths: string[] = [];
  readonly loaded = noLoad();
  heardByVisitors = 0;
  /** How many have had its name. */
  lives = 0;
  handle!: ActorHandle<typeof Victim>;
  /** Of whoever has started it. */
  readonly #own: Log;
  /** Of another, whose reference does not end with the system. */
  readonly #other: Log;
  #visitor: Visitor | undefined;
  #abort = new AbortController();
  #over = false;

  private constructor(
    private readonly world: World,
    readonly name: string,
    private readonly options: PreyOptions,
    private readonly supervisor: Supervisor | undefined,
  ) {
    this.#own = new Log(`${name}, to its handle`);
    this.#other = new Log(`${name}, to a reference`);
  }

  static async start(
    world: World,
    name: string,
    options: PreyOptions,
    supervisor?: Supervisor,
  ): Promise<Prey> {
    const prey = new Prey(world, name, options, supervisor);
    await prey.live();
    return prey;
  }

  /** It comes into the world, for the first time or again. */
  async live(): Promise<void> {
    const { world, name } = this;
    this.#abort = new AbortController();
    this.#over = false;
    const { quiet = false, ...options } = this.options;
    const own = {
      at: `inproc://${name}`,
      ...options,
      ...{ name, data: this.words.buffer, signal: this.#abort.signal },
    };
    this.handle = await (this.supervisor === undefined
      ? world.sys.spawn<typeof Victim>(VICTIM, own)
      : this.supervisor.spawn<typeof Victim>(VICTIM, own));
    this.lives++;
    const { handle } = this;
    const { endpoint } = handle;
    expect(handle.name, 'name').to.equal(name);
    await this.#watch(handle, this.#own);
    await this.#watch(world.gallery.ref<typeof Victim>(endpoint), this.#other);
    const watch = { name, endpoint, quiet };
    await Promise.all(world.watchers.map((each) => each.ask('watch', watch)));
    if (quiet) return;
    const goesOn = (): boolean => !world.calm.aborted && this.handle === handle && !this.#over;
    world.beside(load(handle, this.loaded, goesOn));
  }

  /** Has it die in some way. @returns the death's mark */
  async hurt(way: Way, kill: number): Promise<string> {
    const { handle } = this;
    switch (way) {
      case 'terminate': {
        const worker = this.world.threads.find(Atomics.load(this.words, THREAD));
        expect(worker, `${this.name}: its thread`).to.not.equal(undefined);
        void worker!.terminate();
        return 'error worker exited with code: 1';
      }
      case 'leave': {
        const error: unknown = await handle.ask('leave', kill).catch((reason: unknown) => reason);
        if (!isEnd(error)) throw error as Error;
        return `exit ${kill}`;
      }
      case 'exit':
        await handle.tell('exit', kill);
        return `exit ${kill}`;
      default:
        await handle.tell(way, kill);
        return `error kill ${kill}`;
    }
  }

  /** Ends it for good. @returns the death's mark */
  async finish(way: LastWay): Promise<string> {
    const { handle } = this;
    let reason: Reason;
    switch (way) {
      case 'kill':
        reason = await handle.kill();
        expect(markOf(reason)).to.equal('killed by kill');
        break;
      case 'stopAtOnce':
        // Whichever comes first.
        reason = await handle.stop({ timeout: 0 });
        expect(markOf(reason)).to.be.oneOf(['stopped', 'killed by stop-timeout']);
        break;
      case 'spin':
        await this.spin();
        reason = await handle.stop({ timeout: 20 });
        expect(markOf(reason)).to.equal('killed by stop-timeout');
        break;
      case 'abort':
        this.#abort.abort();
        reason = await handle.done;
        expect(markOf(reason)).to.equal('killed by signal');
    }
    expect(markOf(await handle.done), `${this.name}: done`).to.equal(markOf(reason));
    return markOf(reason);
  }

  /** It computes for ever from now on. */
  async spin(): Promise<void> {
    await this.handle.tell('spin', null);
    await spins(this.words);
  }

  /** Its next incarnation dies in its `setup`. @returns the death's mark */
  stillbirth(kill: number): string {
    Atomics.store(this.words, STILLBORN, kill);
    return `error ${this.name} ended before it was ready: it called process.exit(${kill})`;
  }

  /** It has died so, and whoever watches in this thread has heard that. */
  async died(...marks: readonly string[]): Promise<void> {
    this.deaths.push(...marks);
    for (const log of [this.#own, this.#other]) {
      await log.reaches(this.deaths.length);
      expect(log.heard.slice(-marks.length), this.name).to.deep.equal(marks);
    }
  }

  /** It has died, in one of these ways; the first who has heard tells in which. */
  async diedOfOne(marks: readonly string[]): Promise<void> {
    const count = this.deaths.length + 1;
    await this.#own.reaches(count);
    const mark = this.#own.heard[count - 1]!;
    expect(mark, this.name).to.be.oneOf(marks);
    await this.died(mark);
  }

  /** It has died for good, so, and a new one takes its place. */
  async succeeded(mark: string): Promise<void> {
    await this.died(forGood(mark));
    await this.live();
  }

  /** Resolves when it is back from all its deaths. */
  async back(): Promise<void> {
    expect(await this.handle.ask('restarts', null), `${this.name}: restarts`).to.equal(
      this.handle.restarts,
    );
  }

  /** Somebody comes and watches from now on, in the place of whoever came before. */
  async visit(): Promise<void> {
    await this.seeOff();
    const ref = this.world.sys.ref<typeof Victim>(this.handle.endpoint);
    const log = new Log(`${this.name}, to a visitor`);
    this.#visitor = { ref, log, from: this.deaths.length };
    await this.#watch(ref, log);
  }

  /** Whoever has come has heard of each death since. */
  async seeOff(): Promise<void> {
    if (this.#visitor === undefined) return;
    const { ref, log, from } = this.#visitor;
    this.#visitor = undefined;
    // The answer comes behind what was told before.
    await ref.ask('restarts', null);
    ref.close();
    expect([...log.heard], `${this.name}, to a visitor`).to.deep.equal(this.deaths.slice(from));
    this.heardByVisitors += log.heard.length;
  }

  /** Both who have watched from the beginning have heard of each death once, and of nothing else. */
  check(): void {
    for (const { heard } of [this.#own, this.#other]) {
      expect([...heard], this.name).to.deep.equal(this.deaths);
    }
  }

  /**
   * Its system has ended. The references of that over a wire may have been closed before they heard of its last death.
   * @returns how often deaths of it were heard of in this thread
   */
  async checkLast(mark: string): Promise<number> {
    this.deaths.push(forGood(mark));
    await this.#other.reaches(this.deaths.length);
    expect([...this.#other.heard], this.name).to.deep.equal(this.deaths);
    const within = this.handle.endpoint.startsWith('inproc:');
    const least = this.deaths.length - (within ? 0 : 1);
    const { heard } = this.#own;
    expect(heard.length, this.name).to.be.at.least(least);
    expect([...heard], this.name).to.deep.equal(this.deaths.slice(0, heard.length));
    return this.#other.heard.length + heard.length + this.heardByVisitors;
  }

  get born(): number {
    return Atomics.load(this.words, BORN);
  }

  get handled(): number {
    return Atomics.load(this.words, HANDLED);
  }

  async #watch(ref: ActorRef<typeof Victim>, log: Log): Promise<void> {
    ref.watch((death) => {
      log.add(markOfDeath(death));
      this.#over ||= !death.comesBack;
    });
    // When it is answered, the mailbox knows who watches.
    await ref.ask('restarts', null);
  }
}
