import { Deadline } from '../../runtime/actor/deadline.js';
import type { Reason } from '../../runtime/actor/reason.js';
import { Router } from '../router.js';
import { checkCount } from './check.js';
import { diedError } from './codec.js';
import { type CallOptions, ControlChannel } from './control-channel.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { type Instance, type InstanceOptions, lingerOf, startInstance } from './instance.js';
import { Link } from './link.js';
import { Mailbox } from './mailbox.js';
import { type Member, type MemberEnd, outcomeOf } from './members.js';
import type { RefOptions } from './actor-ref.js';
import type { Supervision } from './supervision.js';
import type { SystemCore } from './system-core.js';
import { ownEndpoint } from './thread-names.js';

export interface ActorOptions extends InstanceOptions, RefOptions {
  /** The endpoint that the actor is bound to. Default: one within the system's context. */
  readonly at?: string | undefined;
  /** Instances of it behind the one mailbox, each with a state of its own. Default 1. */
  readonly threads?: number | undefined;
}

interface Incarnation extends Instance {
  readonly link: Link;
  /** It is ready, and gets messages. */
  works: boolean;
  /** It is being stopped, to be started again. */
  halting: boolean;
  /** Made for the first call. */
  controls?: ControlChannel;
  /** Resolves when it has ended, and the mailbox has back what it had not begun. */
  settled: Promise<void>;
}

/** Instances at most behind one mailbox. */
const INSTANCES_MOST = 256;

/** An actor, whatever happens to its threads: its mailbox, and the instances that take messages from it. */
export class ActorCell implements Member {
  readonly done: Promise<Reason>;
  /** What it is bound to, as soon as it is; if it cannot be, `start` says why. */
  readonly bound: Promise<string>;
  private readonly router: Router;
  private readonly mailbox: Mailbox;
  /** Also those that are starting: whoever ends the actor ends them, too. */
  private readonly incarnations = new Set<Incarnation>();
  private readonly wanted: number;
  private starts = 0;
  private stopping = false;
  /** Of its end: the earliest of those that whoever wants it over gives. */
  private readonly deadline = new Deadline();
  /** How its instances have ended since. */
  private readonly ends: Reason[] = [];
  private ended = false;
  private dropped = 0;
  private settleDone!: (reason: Reason) => void;
  private settleBound!: (endpoint: string) => void;

  /** @param supervision restarts it when it dies; undefined if nobody does */
  constructor(
    private readonly core: SystemCore,
    private readonly module: URL | string,
    readonly name: string,
    private readonly options: ActorOptions,
    private readonly supervision: Supervision | undefined,
  ) {
    this.wanted = checkCount('threads', options.threads ?? 1, 1, INSTANCES_MOST);
    this.done = new Promise((resolve) => (this.settleDone = resolve));
    this.bound = new Promise((resolve) => (this.settleBound = resolve));
    this.router = new Router({
      context: core.context,
      linger: lingerOf(core.linger),
      // A peer that is gone must be told from one that takes nothing.
      mandatory: true,
    });
    this.mailbox = new Mailbox(this.router, name, core.deadLetters);
  }

  /**
   * Binds its endpoint, and starts it.
   * @param first an instance that is starting already
   */
  start(first?: Instance): Promise<void> {
    const start = this.begin(first);
    this.supervision?.add(this, start);
    return start;
  }

  private async begin(first: Instance | undefined): Promise<void> {
    const running = first === undefined ? undefined : this.adopt(first);
    try {
      // Never given back: whoever has heard of it may connect to it at any time, and is not to reach another.
      const at = this.options.at ?? ownEndpoint(this.core.context, 'actor').endpoint;
      await this.router.bind(at);
      this.settleBound(this.router.lastEndpoint!);
      if (running !== undefined) {
        await this.ready(running);
      }
      await this.fill();
    } catch (error) {
      // Otherwise whoever stops it sees it off.
      if (!this.stopping) {
        this.stopping = true;
        await this.all(({ thread }) => thread.kill());
        this.finish({ kind: 'error', error });
        throw error;
      }
      const reason = await this.done;
      // An instance has died that had been ready, and with it all: that is why, and not that this one was ended.
      throw reason.kind === 'error' ? diedError(this.name, reason) : error;
    }
    if (this.stopping) throw diedError(this.name, await this.done);
  }

  /** Calls a method of an instance that runs. */
  async call(method: string, args: readonly unknown[], options: CallOptions): Promise<unknown> {
    const instance = [...this.incarnations].find(({ works }) => works);
    if (instance === undefined) {
      throw new ActorError('ERR_ACTOR_DIED', { message: `${this.name} does not run now` });
    }
    instance.controls ??= new ControlChannel(this.core.context, this.name, instance);
    return instance.controls.call(method, args, options);
  }

  get restarts(): number {
    return Math.max(0, this.starts - this.wanted);
  }

  async stop(timeout: number): Promise<Reason> {
    this.deadline.hasten(timeout);
    if (this.stopping) return this.done;
    this.stopping = true;
    this.mailbox.announceEnd();
    await this.deadline.within(Promise.race([this.mailbox.drained(), this.allEnded()]));
    await this.stopAll(this.deadline);
    // One that was killed, or died of what it still had to do, is no actor that was stopped.
    const otherwise = this.ends.find(({ kind }) => kind !== 'stopped' && kind !== 'finished');
    this.finish(otherwise ?? { kind: 'stopped' });
    return this.done;
  }

  async kill(): Promise<Reason> {
    this.stopping = true;
    await this.all(({ thread }) => thread.kill());
    this.finish({ kind: 'killed', by: 'kill' });
    return this.done;
  }

  async end(timeout: number): Promise<MemberEnd> {
    const reason = await this.stop(timeout);
    return { outcome: outcomeOf(reason), dropped: this.dropped };
  }

  /** For a restart of others' making: its instances end, and its mailbox stays. */
  async halt(): Promise<void> {
    for (const each of this.incarnations) each.halting = true;
    await this.stopAll(new Deadline(this.core.linger));
  }

  /** Starts what is missing. What fails is another death. */
  async revive(): Promise<void> {
    if (this.stopping || this.ended) return;
    try {
      await this.fill();
    } catch (error) {
      this.died(this.aborted ? { kind: 'killed', by: 'signal' } : { kind: 'error', error });
    }
  }

  /** It is restarted no more. */
  async giveUp(reason: Reason): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.deadline.hasten(this.core.linger);
    await this.stopAll(this.deadline);
    this.finish(reason);
  }

  private stopAll(deadline: Deadline): Promise<void> {
    return this.all(({ thread, link }) => thread.stop(() => link.stop(), deadline));
  }

  /** Ends all instances. Resolves when the mailbox has back what they had not begun. */
  private async all(end: (each: Incarnation) => Promise<Reason>): Promise<void> {
    const each = [...this.incarnations];
    await Promise.all(each.map(end));
    await Promise.all(each.map(({ settled }) => settled));
  }

  private async fill(): Promise<void> {
    if (this.stopping) return;
    const missing = this.wanted - this.incarnations.size;
    const starting = Array.from({ length: missing }, () => this.startOne());
    // All of them are waited for, so that none is left that nobody knows of.
    const outcomes = await Promise.allSettled(starting);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async startOne(): Promise<void> {
    const { core, module, name, options } = this;
    // A task is refused where it is loaded: on a shared thread nothing could end it without its neighbours.
    const runs = { restarts: this.starts, onlyActor: true };
    const incarnation = this.adopt(startInstance(core, module, name, options, runs));
    await this.ready(incarnation);
  }

  /** From now on its thread is seen off, however early that comes. */
  private adopt(instance: Instance): Incarnation {
    const { pipe } = instance;
    pipe.sendHighWaterMark = 0;
    pipe.receiveHighWaterMark = 0;
    const incarnation: Incarnation = {
      ...instance,
      link: new Link(this.mailbox, pipe, this.wanted > 1),
      works: false,
      halting: false,
      settled: Promise.resolve(),
    };
    this.incarnations.add(incarnation);
    incarnation.settled = this.follow(incarnation);
    return incarnation;
  }

  private async ready(incarnation: Incarnation): Promise<void> {
    await incarnation.thread.ready;
    // It may have been, and be gone.
    if (!this.incarnations.has(incarnation)) {
      throw diedError(this.name, await incarnation.thread.done);
    }
    this.employ(incarnation);
  }

  private employ(incarnation: Incarnation): void {
    this.starts++;
    incarnation.works = true;
    this.mailbox.link(incarnation.link);
  }

  private async follow(incarnation: Incarnation): Promise<void> {
    const { link, done } = incarnation;
    // The reports first: they say what it had begun.
    const [, reason] = await Promise.all([link.listen(), done]);
    this.incarnations.delete(incarnation);
    this.mailbox.unlink(link, reason);
    if (this.stopping) {
      this.ends.push(reason);
      this.noneLeft?.();
      return;
    }
    // Whoever starts it hears that it did not get there.
    if (!incarnation.works) return;
    if (incarnation.halting) this.mailbox.tellDeath(reason, true);
    else this.died(reason);
  }

  private died(reason: Reason): void {
    if (this.stopping || this.ended) return;
    // The signal would end at once whatever is started in its place.
    if (this.supervision === undefined || this.aborted) {
      this.stopping = true;
      void this.all(({ thread }) => thread.kill()).then(() => this.finish(reason));
    } else if (this.supervision.died(this, reason)) this.mailbox.tellDeath(reason, true);
  }

  private get aborted(): boolean {
    return this.options.signal?.aborted === true;
  }

  private noneLeft: (() => void) | undefined;

  private allEnded(): Promise<void> {
    return this.incarnations.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => (this.noneLeft = () => this.incarnations.size === 0 && resolve()));
  }

  private finish(reason: Reason): void {
    if (this.ended) return;
    this.ended = true;
    this.dropped = this.mailbox.close(reason);
    this.settleDone(reason);
  }
}
