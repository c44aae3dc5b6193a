import { assert } from '../base/assert.js';
import { Allocator } from '../memory/allocator.js';
import type { Arena } from '../memory/arena.js';
import { load, store, type Words } from '../memory/atomics.js';
import { Bodies } from '../memory/bodies.js';
import { Counts } from '../memory/counts.js';
import { Hands } from '../memory/hands.js';
import {
  CONTEXT_RUNNING,
  HEADER_DEATHS,
  HEADER_STATE,
  SLOT_DEATHS,
  SLOT_EPOCH,
  SLOT_RETURNED,
  SLOT_TOP,
  slotAt,
} from '../memory/layout.js';
import { ownerMark, PageTable } from '../memory/pages.js';
import { Activity, CALL_OTHER } from './activity.js';
import { Batch } from './batch.js';
import { Directory } from './directory.js';
import { Doorbell, ringAlways } from './doorbell.js';
import { Holds } from './holds.js';
import { CORES, IdleStrategy } from './idle-strategy.js';
import { Leases } from './leases.js';
import {
  answerCommand,
  commandKind,
  commandSender,
  isAnswered,
  postCommand,
  readText,
  RECEIVER_IS_DEAD,
  refuseCommand,
  writeCommand,
} from './mailbox.js';
import { PostedCommand } from './posted-command.js';
import { NODE_COMMAND, nodeBlock, nodeKind, takeAll } from './ready-list.js';
import { Shortage, tellHungry } from './shortage.js';
import { isDead, moreAwake, tellReaper } from './slot.js';
import type { Tie } from './tie.js';

/** Something that waits on the ready list; called when a node of its was taken from it. */
export interface Ready {
  ready(node: number): void;
}

/** A pipe end that both ends have left, but whose block the other may still touch. */
export interface Leaving {
  /** Frees the block and answers true once the other end will never touch it again. */
  checkReturned(): boolean;
}

/** A command that arrived. `answer` must be called once, now or later. */
export interface ReceivedCommand {
  readonly kind: number;
  readonly text: string;
  answer(text: string): void;
}

/** A ring's consumer that rests, and has asked something of whoever writes to the ring. */
export interface Asker {
  /** Rests no longer, so that no node is pushed, and the ring has to be looked at. False: there is something, and its node comes. */
  lookOut(): boolean;
  /** While it looks out: has anything been published? */
  hears(): boolean;
  /** Rests again. False: something has been published, and nobody tells but `answered`. */
  lookAway(): boolean;
  /** Acts as if its node had been taken from the list. Called from the thread's duty cycle. */
  answered(): void;
}

/** What the thread's owner does with what no registered node explains. */
export interface ThreadEvents {
  /** Another thread has made a pipe and pushed the data node of the end that is ours. */
  pipeArrived(pipe: number, node: number): void;
  commandArrived(command: ReceivedCommand): void;
  /** The context's state has been raised. */
  stateRaised(state: number): void;
  /** A pipe of this thread's is with nobody: the thread that it was sent to died before it took it. */
  pipeStranded(pipe: number): void;
  /** Threads have died. What of theirs is here, other than pipes and commands, must go. */
  deathsSeen(): void;
}

/** Something that was put off while the thread is busy. */
export interface Unsettled {
  settle(): void;
}

const FOREVER = 2 ** 30;

/**
 * How long a thread may look for work between two turns of its event loop, in milliseconds: timers and
 * I/O of others are late by as much, where without looking the loop would have turned at once.
 */
const LOOKING_MILLISECONDS = 0.5;

/**
 * A thread's membership in a context: its slot, its memory, and its duty cycle. A cycle takes the
 * ready list and lets each ring end and command on it act. It runs when the owner calls the library
 * and finds nothing ready, when the doorbell wakes the event loop, and around blocking waits.
 */
export class Thread {
  readonly words: Words;
  readonly allocator: Allocator;
  readonly bodies: Bodies;
  readonly shortage: Shortage;
  readonly hands: Hands;
  readonly leases: Leases;
  readonly directory: Directory;
  readonly batch = new Batch();
  private readonly slotAddress: number;
  private readonly doorbell: Doorbell;
  private readonly activity: Activity;
  private readonly idle = new IdleStrategy();
  private readonly nodes = new Map<number, Ready>();
  private readonly answers = new Map<number, PostedCommand>();
  private readonly ties = new Set<Tie>();
  /** Commands of other threads that are not answered yet, with their senders' slots. */
  private readonly unansweredHere = new Map<number, number>();
  /** Whose memory, of the dead, this thread uses. */
  readonly deadHolds: Holds;
  private readonly taken: number[] = [];
  private readonly leaving = new Set<Leaving>();
  private unsettled: Unsettled[] = [];
  private settlingScheduled = false;
  /** Asked after each cycle. */
  private readonly watches = new Set<() => void>();
  /** A watch has left off with more to do: the next cycle must not wait for a ring. */
  private unfinished = false;
  private listening = false;
  /** A promise of the doorbell is out. At most one ever is: abandoned ones stay in memory. */
  private armed = false;
  private turnScheduled = false;
  private tickScheduled = false;
  private listenScheduled = false;
  /** When a cycle last came from the event loop, and not from a tick. */
  private turned = 0;
  /** Awaiting calls that another thread of this process may end without an I/O worker. */
  private hopes = 0;
  private lastActivity = 0;
  /** Whose ring the thread looks at while it looks for work. */
  private asker: Asker | undefined;
  /** There was something in it: the next cycle acts on that. */
  private heard: Asker | undefined;
  private holds = 0;
  private keepAlive: NodeJS.Timeout | undefined;
  private detached = false;

  /**
   * @param slot number of a slot that this thread has claimed
   * @param turnFor milliseconds that the event loop goes on turning after activity; for I/O workers
   * @param trickles asked at the end of a cycle that would sleep: is there soon more, of which it is better to
   * move much at once?
   */
  constructor(
    readonly arena: Arena,
    readonly slot: number,
    readonly events: ThreadEvents,
    private readonly turnFor = 0,
    private readonly trickles?: () => boolean,
  ) {
    this.words = arena.words;
    this.slotAddress = slotAt(slot);
    this.doorbell = new Doorbell(this.words, this.slotAddress);
    this.activity = new Activity(this.words, this.slotAddress);
    // What was raised before this thread came is news to it.
    this.doorbell.stateSeen = CONTEXT_RUNNING;
    this.doorbell.deathsSeen = load(this.words, this.slotAddress + SLOT_DEATHS);
    this.deadHolds = new Holds(this.words, this.slotAddress);
    const epoch = load(this.words, this.slotAddress + SLOT_EPOCH);
    const table = new PageTable(this.words, arena.size, ownerMark(slot, epoch));
    const counts = new Counts(this.words, this.slotAddress);
    this.allocator = new Allocator(table, () => tellHungry(this.words), counts);
    this.directory = new Directory(this.words, this.allocator, this.slotAddress);
    this.bodies = new Bodies(arena, this.allocator);
    this.shortage = new Shortage(this.words, this.allocator, this.bodies);
    this.hands = new Hands(this.words, slot);
    this.leases = new Leases(arena, this.bodies, this.hands, this.shortage);
  }

  // ── The duty cycle ─────────────────────────────────────────────────────────────────────────────

  /** One cycle. True if there was anything to do. */
  turn(): boolean {
    // The slot may be another thread's by now.
    if (this.detached) return false;
    this.unfinished = false;
    const acted = this.takeAndDispatch();
    this.observeState();
    this.observeDeaths();
    this.observeReturned();
    this.shortage.observe();
    for (const watch of this.watches) watch();
    return acted;
  }

  /**
   * Blocks until `done()`, which is asked after each cycle. False if `timeout` milliseconds passed
   * first; negative means for ever.
   * @param local may the answer come from a thread of this process without an I/O worker?
   * @param call one of the CALL_ values of activity.ts, for observers
   * @param socket number of the socket that is called
   */
  blockUntil(
    done: () => boolean,
    timeout: number,
    local: boolean,
    call = CALL_OTHER,
    socket = 0,
  ): boolean {
    const deadline = timeout < 0 ? Infinity : performance.now() + timeout;
    for (;;) {
      // `done` may ask for what only an unconditional ring announces, so the bell is read before it.
      const bell = this.doorbell.read();
      this.turn();
      if (done()) break;
      this.settleAll();
      const { unfinished } = this;
      this.activity.wait(call, socket);
      if (!unfinished && this.spin(local)) continue;
      const rest = deadline === Infinity ? FOREVER : deadline - performance.now();
      if (rest <= 0) {
        this.activity.goOn();
        this.scheduleListen();
        return false;
      }
      if (unfinished) continue;
      this.activity.sleep();
      this.doorbell.sleep(bell, rest);
    }
    this.activity.goOn();
    this.scheduleListen();
    return true;
  }

  /** The same for a thread with an event loop: resolves to false if `timeout` passed first. */
  until(done: () => boolean, timeout: number): Promise<boolean> {
    if (done()) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.hold();
      const finish = (result: boolean): void => {
        this.watches.delete(watch);
        clearTimeout(timer);
        this.unhold();
        resolve(result);
      };
      const watch = (): void => {
        if (done()) finish(true);
      };
      const timer = timeout < 0 ? undefined : setTimeout(() => finish(false), timeout);
      this.watches.add(watch);
    });
  }

  /** Calls `watch` at the end of each cycle, blocking calls' cycles too. It must not throw. */
  watch(watch: () => void): void {
    this.watches.add(watch);
  }

  unwatch(watch: () => void): void {
    this.watches.delete(watch);
  }

  /** Runs another cycle soon, whether or not somebody rings: a watch has something to do in it. */
  again(): void {
    this.unfinished = true;
    this.scheduleTurn();
  }

  /** From now on the doorbell also wakes the event loop. */
  listen(): void {
    this.listening = true;
    this.listenAgain(this.doorbell.read());
  }

  /** Keeps the event loop alive while calls are pending: the doorbell's promise alone does not. */
  hold(): void {
    this.keepAlive ??= setInterval(() => undefined, FOREVER);
    if (this.holds++ === 0) this.keepAlive.ref();
  }

  unhold(): void {
    if (--this.holds === 0) this.keepAlive?.unref();
  }

  /**
   * An awaiting call waits for threads of this process: while one does, the thread looks for work before
   * it sleeps, as a blocked one does, once all that is ready to run has run.
   */
  hope(): void {
    this.hopes++;
    if (!this.listening) return;
    // Nobody need ring who comes before it has looked.
    this.doorbell.awake();
    this.scheduleTick();
  }

  unhope(): void {
    this.hopes--;
  }

  /**
   * What comes next is likely to come to `asker`. Whenever this thread looks for work, it looks at its ring, too: there it finds
   * a message that is published, without a node that goes from core to core first, and then the list with it.
   */
  expect(asker: Asker): void {
    this.asker = asker;
  }

  /** It is no likelier than others. */
  expectNothing(asker: Asker): void {
    if (this.asker === asker) this.asker = undefined;
  }

  // ── The ready list ─────────────────────────────────────────────────────────────────────────────

  register(node: number, ready: Ready): void {
    this.nodes.set(node, ready);
  }

  unregister(node: number): void {
    this.nodes.delete(node);
  }

  /** Asks `checkReturned` whenever a peer reports, until it is true. */
  awaitReturn(what: Leaving): void {
    if (!what.checkReturned()) this.leaving.add(what);
  }

  /** Links what is there for threads that have yet to come. Answers the address of the first, or 0. */
  linkUnjoined(): number {
    let first = 0;
    for (const tie of this.ties) first = tie.linkUnjoined(first);
    return first;
  }

  /** Its other end is dead, and touches nothing any more. */
  returnNeverComes(what: Leaving): void {
    this.leaving.delete(what);
  }

  /**
   * The context is at its end: no longer waits for anything from threads that have left, or from ones that had yet to
   * come. As with the dead, who has left is found out before the list is taken, so that what they pushed last has been
   * acted on when their ties are cut.
   */
  endForsakenTies(): void {
    let forsaken = this.forsakenTies();
    while (forsaken.length > 0) {
      this.takeAndDispatch();
      for (const tie of forsaken) if (this.ties.has(tie) && tie.isForsaken()) tie.forsake();
      // What they refuse themselves lies on the list, and may bring new ones.
      this.takeAndDispatch();
      forsaken = this.forsakenTies();
    }
  }

  /** Pipes whose other end may still touch this thread's memory or push onto its list. */
  get lingering(): number {
    return this.leaving.size + this.nodes.size;
  }

  /** Asks `lostPeer` whenever threads have died, until `untie`. */
  tie(tie: Tie): void {
    this.ties.add(tie);
  }

  untie(tie: Tie): void {
    this.ties.delete(tie);
  }

  // ── What is put off ────────────────────────────────────────────────────────────────────────────

  /** Has `what` settled before this thread sleeps or its event loop turns. */
  settleLater(what: Unsettled): void {
    this.unsettled.push(what);
    if (!this.listening || this.settlingScheduled) return;
    this.settlingScheduled = true;
    setImmediate(() => {
      this.settlingScheduled = false;
      this.settleAll();
    });
  }

  settleAll(): void {
    if (this.unsettled.length === 0) return;
    const all = this.unsettled;
    this.unsettled = [];
    for (const what of all) what.settle();
  }

  // ── Commands ───────────────────────────────────────────────────────────────────────────────────

  /**
   * Posts a command to another thread's mailbox; `answered` is called in a later cycle of this one.
   * @throws ZmqError ENOMEM if the arena is exhausted
   */
  post(receiver: number, kind: number, text: string, answered: (text: string) => void): void {
    const at = writeCommand(this.arena, this.allocator, this.slot, kind, text);
    const posted = new PostedCommand(this.arena, at, receiver, answered);
    this.answers.set(at, posted);
    if (isDead(this.words, receiver)) {
      refuseCommand(this.arena, at, RECEIVER_IS_DEAD);
      return;
    }
    this.tie(posted);
    postCommand(this.words, at, receiver);
  }

  /** Commands of this thread that were not answered yet. */
  get unanswered(): number {
    return this.answers.size;
  }

  /** Has the thread left the context? */
  get over(): boolean {
    return this.detached;
  }

  /** Stops everything that could wake this thread's event loop. */
  detach(): void {
    this.detached = true;
    this.hands.drop();
    this.listening = false;
    if (this.keepAlive !== undefined) clearInterval(this.keepAlive);
    // A promise that is never fulfilled would keep the whole arena alive.
    ringAlways(this.words, this.slotAddress);
  }

  /**
   * A cycle if one seems due. Two plain reads, so that every call can afford it: they may be late, but
   * every wait looks again with atomic loads.
   */
  poll(): void {
    if (
      this.words[this.slotAddress + SLOT_TOP] !== 0 ||
      this.words[HEADER_STATE] !== this.doorbell.stateSeen ||
      this.words[HEADER_DEATHS] !== this.doorbell.deathsSeen
    ) {
      this.turn();
    }
  }

  /**
   * Something happened that more may follow: the event loop turns for `turnFor` milliseconds before
   * the thread sleeps. A sleeping thread is found by a notify, at 5 to 8 µs for whoever calls it and
   * 60 for the answer; a turning one at once.
   */
  readonly touch = (): void => {
    this.lastActivity = performance.now();
    if (!this.turnScheduled) this.doorbell.awake();
    this.scheduleTurn();
  };

  /** Runs a cycle in this thread's event loop soon. */
  scheduleTurn(): void {
    if (this.turnScheduled || !this.listening) return;
    this.turnScheduled = true;
    setImmediate(() => {
      this.turnScheduled = false;
      this.cycleInTurn();
    });
  }

  /**
   * Runs a cycle before the event loop goes on, behind what is ready to run: behind the code that awaited what
   * the last cycle brought. If the loop has not turned for a while, it does first.
   */
  private scheduleTick(): void {
    if (this.tickScheduled || this.turnScheduled || !this.listening) return;
    if (performance.now() - this.turned > LOOKING_MILLISECONDS) {
      this.scheduleTurn();
      return;
    }
    this.tickScheduled = true;
    // From a tick, another would come before the microtasks. From a microtask it comes behind all of them.
    queueMicrotask(() => process.nextTick(this.tick));
  }

  private readonly tick = (): void => {
    this.tickScheduled = false;
    this.cycle();
  };

  private cycleInTurn(): void {
    if (this.hopes > 0) this.turned = performance.now();
    this.cycle();
  }

  private cycle(): void {
    if (this.detached) return;
    const hoped = this.hopes > 0;
    const bell = this.doorbell.read();
    const acted = this.turn();
    if (this.turnFor > 0) {
      const now = performance.now();
      if (acted) this.lastActivity = now;
      if (now - this.lastActivity < this.turnFor) {
        this.scheduleTurn();
        return;
      }
    }
    if (hoped && this.listening && (acted || (this.lookOn() && this.turn()))) {
      // Whoever awaited what was found may have an answer for it, and await the next.
      this.scheduleTick();
      return;
    }
    if (this.trickles?.() === true) {
      this.doorbell.nap();
      this.scheduleTurn();
      return;
    }
    this.listenAgain(bell);
  }

  /** Looks for work that an awaiting call hopes for. True if there is some. */
  private lookOn(): boolean {
    if (this.hopes === 0 || this.turnScheduled) return false;
    // A peer may be waiting for what was put off.
    this.settleAll();
    return this.spin(true);
  }

  /**
   * Listens again once the event loop turns. Not at once: a thread that makes one blocking call after
   * another would say that it sleeps while it works, and cost its peers a notify each time.
   */
  private scheduleListen(): void {
    if (this.listenScheduled || !this.listening) return;
    this.listenScheduled = true;
    setImmediate(() => {
      this.listenScheduled = false;
      this.cycleInTurn();
    });
  }

  /** @param bell as it was before the cycle that found nothing more to do */
  private listenAgain(bell: number): void {
    if (!this.listening) return;
    this.activity.rest();
    if (this.armed) {
      if (!this.doorbell.listenOn()) this.scheduleTurn();
      return;
    }
    const rung = this.doorbell.listen(bell);
    if (rung === undefined) {
      this.scheduleTurn();
      return;
    }
    this.armed = true;
    void rung.then(() => {
      this.armed = false;
      this.cycleInTurn();
    });
  }

  private spin(local: boolean): boolean {
    const looks = this.idle.budget(local);
    if (looks === 0 || moreAwake(this.words, CORES)) return false;
    const { asker } = this;
    const found = asker?.lookOut() === true ? this.lookFor(asker, looks >>> 1) : this.look(looks);
    if (found) this.idle.succeeded();
    else this.idle.failed();
    return found;
  }

  private look(looks: number): boolean {
    while (looks-- > 0) {
      if (load(this.words, this.slotAddress + SLOT_TOP) !== 0) return true;
    }
    return false;
  }

  /** The same for two places. Whatever ends it, the ring rests again, or it is known that there is something in it. */
  private lookFor(asker: Asker, looks: number): boolean {
    let found = false;
    while (!found && looks-- > 0) {
      found = asker.hears() || load(this.words, this.slotAddress + SLOT_TOP) !== 0;
    }
    if (asker.lookAway()) return found;
    this.heard = asker;
    return true;
  }

  private takeAndDispatch(): boolean {
    const { heard } = this;
    if (heard !== undefined) {
      this.heard = undefined;
      heard.answered();
    }
    if (load(this.words, this.slotAddress + SLOT_TOP) === 0) return heard !== undefined;
    const taken = this.taken;
    assert(taken.length === 0, 'a duty cycle is not entered twice');
    takeAll(this.words, this.slotAddress, taken);
    // Oldest first, so that commands of one sender are carried out in order.
    while (taken.length > 0) this.dispatch(taken.pop()!);
    return true;
  }

  private dispatch(node: number): void {
    const ready = this.nodes.get(node);
    if (ready !== undefined) ready.ready(node);
    else if (nodeKind(this.words, node) === NODE_COMMAND) this.command(node);
    else this.events.pipeArrived(nodeBlock(this.words, node), node);
  }

  private command(at: number): void {
    const text = readText(this.arena, at);
    if (!isAnswered(this.words, at)) {
      const kind = commandKind(this.words, at);
      this.unansweredHere.set(at, commandSender(this.words, at));
      // If its sender has died meanwhile, nobody waits for it, and the memory may be somebody else's.
      const answer = (reply: string): void => {
        if (this.unansweredHere.delete(at)) answerCommand(this.arena, at, reply);
      };
      this.events.commandArrived({ kind, text, answer });
      return;
    }
    const posted = this.answers.get(at);
    assert(posted !== undefined, 'an answer belongs to a command of this thread');
    this.answers.delete(at);
    this.untie(posted);
    this.allocator.release(at << 2);
    posted.answered(text);
  }

  private observeState(): void {
    const state = load(this.words, HEADER_STATE);
    if (state === this.doorbell.stateSeen) return;
    this.doorbell.stateSeen = state;
    this.events.stateRaised(state);
  }

  /**
   * Threads have died. In this order: the round is read before anything is looked at, so that a death that
   * comes later is looked at again; whose thread is dead is found out before the list is taken, so that what
   * the dead pushed last has been acted on when their ties are cut; and only then, with everything in SLOT_HOLDS that is
   * still needed, the round counts as acted on.
   */
  private observeDeaths(): void {
    const deaths = load(this.words, HEADER_DEATHS);
    if (deaths === this.doorbell.deathsSeen) return;
    this.doorbell.deathsSeen = deaths;
    let lost = this.lostTies();
    do {
      this.takeAndDispatch();
      // What the list brought may have ended them in order.
      for (const tie of lost) if (this.ties.has(tie) && tie.lostPeer()) tie.peerDied();
      // What the list brought may be theirs, too.
      lost = this.lostTies();
    } while (lost.length > 0);
    for (const [at, sender] of this.unansweredHere) {
      if (isDead(this.words, sender)) this.unansweredHere.delete(at);
    }
    this.events.deathsSeen();
    store(this.words, this.slotAddress + SLOT_DEATHS, deaths);
    tellReaper(this.words);
  }

  private forsakenTies(): Tie[] {
    const forsaken: Tie[] = [];
    for (const tie of this.ties) if (tie.isForsaken()) forsaken.push(tie);
    return forsaken;
  }

  private lostTies(): Tie[] {
    const lost: Tie[] = [];
    for (const tie of this.ties) if (tie.lostPeer()) lost.push(tie);
    return lost;
  }

  private observeReturned(): void {
    const returned = load(this.words, this.slotAddress + SLOT_RETURNED);
    if (returned === this.doorbell.returnedSeen) return;
    this.doorbell.returnedSeen = returned;
    for (const end of this.leaving) if (end.checkReturned()) this.leaving.delete(end);
  }
}
