import { Stream } from '../../../../src/patterns/stream.js';
import type { ZmqError } from '../../../../src/runtime/base/errors.js';
import { EMPTY } from '../../../../src/runtime/base/message.js';
import {
  COMMAND_CONNECT,
  type ConnectCommand,
  type SocketProfile,
} from '../../../../src/runtime/context/commands.js';
import type { Arena } from '../../../../src/runtime/memory/arena.js';
import { load } from '../../../../src/runtime/memory/atomics.js';
import { copyIn } from '../../../../src/runtime/memory/copy.js';
import * as memoryLayout from '../../../../src/runtime/memory/layout.js';
import * as pipeLayout from '../../../../src/runtime/pipe/layout.js';
import { Pipe } from '../../../../src/runtime/pipe/pipe.js';
import * as ringLayout from '../../../../src/runtime/ring/layout.js';
import { claimSlot } from '../../../../src/runtime/thread/slot.js';
import type { ReceivedCommand } from '../../../../src/runtime/thread/thread.js';
import { Account } from '../../../../src/transports/account.js';
import { Connecter } from '../../../../src/transports/connecter.js';
import type { ConnectionEngine } from '../../../../src/transports/connection-engine.js';
import {
  ConnectionMaker,
  ConnectionSession,
} from '../../../../src/transports/connection-session.js';
import type { Traffic } from '../../../../src/transports/engine.js';
import type { IoHost } from '../../../../src/transports/io-host.js';
import { RawEngine } from '../../../../src/transports/raw/raw-engine.js';
import { EndpointReporter } from '../../../../src/transports/reporter.js';
import type { StreamSession } from '../../../../src/transports/stream-session.js';
import type { Link as EngineLink, LinkReader } from '../../../../src/transports/stream/link.js';
import type {
  LinkOpened,
  StreamTransport,
} from '../../../../src/transports/stream/stream-transport.js';
import type { Scenario } from '../explore.js';
import { exhaust, label, makeArena, passTime, timersSet } from '../world.js';
import type { BareCore } from './bare-socket.js';
import { CountingThread } from './pipes.js';
import { Unexpected } from './unexpected.js';

/**
 * A STREAM and the I/O worker that has its connections, which come and go: thread 0 is the application, with the
 * shipped pattern on a bare socket, thread 1 the worker, with the shipped sessions and engines on links whose kernel
 * and peer do what the scenario says. What the application hears is compared with what the peers did.
 */

const { slotAt } = memoryLayout;
const ARENA_SIZE = 2 ** 20;
const OWNER_SLOT = 0;
const WORKER_SLOT = 1;
const PEER = 'peer';
const NOTHING = (): void => undefined;
/** A connection that its peer has broken off, which no read of a link that is paused would tell, but a write does. */
const RESET = new Error('The peer has reset the connection');
/** Milliseconds; a pause before a connection is made again is no longer, and how long a peer has to close one is. */
const RECONNECT = 1;
/** What a new pipe's ring has, as long as there is no more memory. */
const RING_BYTES = 4096;
/** What is read beside a ring, where no more fits, and the header before it. */
const ASIDE_BYTES = 1024;
const HEADER = 9;
const NOTICE = 2;

interface Options {
  /** Messages that may lie in the direction to the application, 0 for any number. */
  readonly receiveMark?: number;
  readonly sendMark?: number;
  readonly linger?: number;
}

/** Calls what a call alone does not tell to take steps. */
function run(step: () => void): void {
  step();
}

function give(opened: LinkOpened, link: EngineLink): void {
  opened(link, undefined);
}

/** One connection. What its kernel and its peer do, the scenario says. */
class Link {
  /** What the kernel has taken. */
  readonly sent: number[] = [];
  /** What the peer has sent, message by message. */
  readonly told: string[] = [];
  readonly peerHost = undefined;
  written = 0;
  accepted = 0;
  paused = false;
  /** The peer has been told that there is no more. */
  ended = false;
  /** Nothing comes or goes any more. */
  gone = false;
  private untaken: number[] = [];
  private done: (() => void) | undefined;

  constructor(
    private readonly arena: Arena,
    private readonly reader: LinkReader,
  ) {}

  // ── For the engine, as its link ─────────────────────────────────────────────────────────────────

  write(pieces: readonly Uint8Array[], done: () => void): void {
    for (const piece of pieces) {
      this.written += piece.length;
      for (const byte of piece) this.untaken.push(byte);
    }
    this.done = done;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.gone = true;
  }

  // ── What happens to it ─────────────────────────────────────────────────────────────────────────

  /** The kernel takes what it was given, and has not said so yet. */
  take(): void {
    this.accepted += this.untaken.length;
    for (const byte of this.untaken) this.sent.push(byte);
    this.untaken = [];
  }

  /** The kernel has taken what it was given. False if that was nothing. */
  flush(): boolean {
    const { done } = this;
    if (done === undefined || this.gone) return false;
    this.take();
    this.done = undefined;
    run(done);
    return true;
  }

  /** Is a write under way? */
  get busy(): boolean {
    return this.done !== undefined;
  }

  /** How much the next read takes at most. */
  space(): number {
    return this.reader.space().length;
  }

  /** Something has come: so many bytes, all of which are `mark`. */
  come(length: number, mark: number): void {
    if (this.paused || this.gone) throw new Error('nothing is read');
    const space = this.reader.space();
    if (space.length < length) throw new Error(`${length} bytes do not fit into ${space.length}`);
    const bytes = new Uint8Array(length).fill(mark);
    if (space.buffer !== this.arena.handle) space.set(bytes);
    else copyIn(this.arena, space.byteOffset, bytes, 0, length);
    this.told.push(nameOf(length, mark));
    if (!this.reader.received(length)) this.paused = true;
  }

  /** The peer closes the connection. */
  close(): void {
    if (this.paused) throw new Error('nobody hears that the peer has closed');
    this.lose(undefined);
  }

  /** The peer breaks the connection off. */
  reset(): void {
    if (this.paused && !this.busy) throw new Error('nobody hears that the connection is broken');
    this.lose(RESET);
  }

  private lose(error: Error | undefined): void {
    this.gone = true;
    this.reader.closed(error);
  }
}

function nameOf(length: number, mark: number): string {
  return length === 1 ? `${mark}` : `${length} of ${mark}`;
}

const RAW = { raw: { notify: true } } as unknown as SocketProfile;

/** The engine that `StreamSession.newEngine` gives, had it been loaded. */
function rawEngine(host: IoHost, session: StreamSession): ConnectionEngine {
  return new RawEngine(host.thread.arena, RAW, session, host.traffic, NOTHING);
}

/** Nothing else may go wrong with a connection. */
function checkLoss(error: Error | undefined): void {
  if (error !== undefined && error !== RESET) throw error;
}

/** What reports say of a pipe is stored plainly, and late is early enough: it is not what is searched. */
function withoutFigures(pipe: Pipe): Pipe {
  return Object.defineProperty(pipe, 'peerWritten', { value: 0 });
}

/** As a Listener makes it. */
class Accepted extends ConnectionSession {
  begin(): Link {
    const { arena } = this.host.thread;
    const engine = this.newEngine();
    this.engine = engine;
    const link = new Link(arena, engine);
    engine.open(link as unknown as EngineLink);
    return link;
  }

  override opened(address: string | undefined): Pipe {
    return withoutFigures(super.opened(address));
  }

  override disconnected(error: Error | undefined): void {
    checkLoss(error);
    super.disconnected(error);
  }

  protected override newEngine(): ConnectionEngine {
    return rawEngine(this.host, this);
  }
}

/** Goes on connecting, as it is shipped. */
class Lasting extends Connecter {
  override opened(address: string | undefined): Pipe {
    return withoutFigures(super.opened(address));
  }

  override disconnected(error: Error | undefined): void {
    checkLoss(error);
    super.disconnected(error);
  }

  protected override newEngine(): ConnectionEngine {
    return rawEngine(this.host, this);
  }
}

/** As a Listener, of which nobody takes anything back. */
class Door extends ConnectionMaker {
  override readonly id = 1;
  override readonly slot = OWNER_SLOT;
  override readonly connects = false;

  constructor(
    override readonly reporter: EndpointReporter,
    override readonly account: Account,
  ) {
    super();
  }

  override lost(): void {
    // Whoever connected connects again.
  }

  override close(): void {
    throw new Error('nobody unbinds');
  }
}

/** The I/O worker. */
class Worker extends Unexpected implements IoHost {
  readonly thread: CountingThread;
  readonly traffic = { bytesSent: 0, bytesReceived: 0 } as Traffic;
  /** No turn of an event loop comes here. */
  readonly pace: IoHost['pace'] = { keep: (begin) => begin() };
  readonly monitors = { observed: () => false } as unknown as IoHost['monitors'];
  readonly stopping = false;
  readonly links: Link[] = [];
  private readonly profile: SocketProfile;
  private readonly door: Door;
  private sessions = 0;
  /** Connections that somebody wants, and that do not stand yet. */
  private readonly wanted: { readonly reader: LinkReader; readonly opened: LinkOpened }[] = [];
  private readonly transport: Pick<StreamTransport, 'connect' | 'addressInEvents'> = {
    connect: (_endpoint, _profile, reader, opened) => {
      this.wanted.push({ reader, opened });
      return { cancel: () => void this.wanted.splice(0) };
    },
    addressInEvents: (endpoint) => endpoint,
  };

  constructor(
    private readonly arena: Arena,
    { receiveMark = 0, sendMark = 0, linger = -1 }: Options,
  ) {
    super();
    claimSlot(arena.words, WORKER_SLOT, WORKER_SLOT + 1);
    this.thread = new CountingThread(arena, WORKER_SLOT, this);
    // Of observers and their directory there are other scenarios.
    Object.assign(this.thread, { directory: { enlist: () => 0, leave: NOTHING, strike: NOTHING } });
    const profile = { raw: null, subscribes: null, hiccupMessage: null, linger };
    const reconnecting = { reconnectInterval: RECONNECT, reconnectMaxInterval: 0 };
    const marks = { receiveHighWaterMark: receiveMark, sendHighWaterMark: sendMark };
    this.profile = { ...profile, ...reconnecting, ...marks } as unknown as SocketProfile;
    const reporter = new EndpointReporter(this.monitors, { socket: 1, slot: OWNER_SLOT }, '');
    this.door = new Door(reporter, this.openAccount());
  }

  openAccount(): Account {
    const socket = { socket: 1, slot: OWNER_SLOT, thread: 1 };
    return new Account(socket, 'STREAM', '', NOTHING);
  }

  adopt(): void {
    this.sessions++;
  }

  release(): void {
    this.sessions--;
  }

  override commandArrived(command: ReceivedCommand): void {
    const { pipe } = JSON.parse(command.text) as ConnectCommand;
    const socket = { socket: 1, slot: OWNER_SLOT, thread: 1, endpoint: '' };
    new Lasting(this, this.transport as StreamTransport, {
      ...socket,
      pipe,
      profile: this.profile,
    });
    command.answer('{}');
  }

  /** Somebody connects. */
  accept(): Link {
    const socket = { socket: 1, slot: OWNER_SLOT, thread: 1 };
    const link = new Accepted(this, { ...socket, profile: this.profile }, this.door).begin();
    this.links.push(link);
    return link;
  }

  /** The connection stands that somebody wanted, perhaps after a pause. */
  connected(): Link {
    this.pass(RECONNECT);
    const { reader, opened } = this.wanted.shift()!;
    const link = new Link(this.arena, reader);
    this.links.push(link);
    give(opened, link as unknown as EngineLink);
    return link;
  }

  until(condition: () => boolean): void {
    this.thread.blockUntil(condition, -1, true);
  }

  /** Goes on until somebody wants a connection, which then stands. */
  untilConnected(): Link {
    this.until(() => this.isWanted());
    return this.connected();
  }

  /** Connects, sends, and ends, until nothing is left of any connection. */
  serve(): void {
    this.until(() => {
      while (this.goOn());
      return this.isOver();
    });
  }

  /** True if there was anything to do. */
  private goOn(): boolean {
    if (this.isWanted()) {
      this.connected();
      return true;
    }
    for (const link of this.links) {
      if (link.flush()) return true;
      if (link.ended && !link.gone && !link.paused) {
        link.close();
        return true;
      }
    }
    return false;
  }

  private isWanted(): boolean {
    this.pass(RECONNECT);
    return this.wanted.length > 0;
  }

  private pass(milliseconds: number): void {
    for (const due of passTime(milliseconds)) run(due);
  }

  private isOver(): boolean {
    const { registered, allocator } = this.thread;
    return (
      registered === 0 &&
      allocator.blocks === 0 &&
      this.sessions === 0 &&
      timersSet() === 0 &&
      this.links.every(({ gone }) => gone)
    );
  }
}

/** What the application hears over one connection. */
interface Talk {
  readonly id: Buffer;
  readonly heard: string[];
}

/** The application: a thread with a STREAM. */
class Owner extends Unexpected {
  readonly thread: CountingThread;
  readonly talks: Talk[] = [];
  /** Connections of whose end it has heard. */
  ends = 0;
  private readonly stream: Stream;
  /** By routing id, what has begun and not ended. */
  private readonly standing = new Map<string, Talk>();
  /** Routing ids of connections that it has closed itself. */
  private readonly closed = new Set<string>();

  constructor(arena: Arena, { receiveMark = 0, sendMark = 0, linger = -1 }: Options) {
    super();
    claimSlot(arena.words, OWNER_SLOT, OWNER_SLOT + 1);
    const thread = new CountingThread(arena, OWNER_SLOT, this);
    this.thread = thread;
    const core: BareCore = {
      thread,
      linger,
      openSession: () => {
        const marks = { send: sendMark, receive: receiveMark };
        const pipe = Pipe.create(thread, pipeLayout.PIPE_SESSION, marks, WORKER_SLOT, 0);
        labelPipe('pipe', pipe.at);
        thread.post(WORKER_SLOT, COMMAND_CONNECT, JSON.stringify({ pipe: pipe.at }), NOTHING);
        return pipe;
      },
    };
    this.stream = new Stream(core);
  }

  override pipeArrived(at: number): void {
    labelPipe(`pipe ${at}`, at);
    this.stream.attachPipe(Pipe.accept(this.thread, at));
  }

  /** Connects to whom it calls PEER. */
  connect(): void {
    this.closed.delete(PEER);
    this.stream.connect('there', { routingId: PEER });
  }

  /** Waits for the next message. Answers what has come over the same connection before, and now. */
  hear(): Talk {
    const came: { message?: Buffer[] | undefined } = {};
    this.thread.blockUntil(
      () => {
        came.message = this.stream.xrecv();
        return came.message !== undefined;
      },
      -1,
      true,
    );
    const [id, data] = came.message!;
    const key = id!.toString('latin1');
    if (this.closed.has(key)) throw new Error('a connection is heard of that was closed');
    const talk = this.standing.get(key);
    if (data!.length === 0) return talk === undefined ? this.begun(key, id!) : this.over(key, talk);
    if (talk === undefined) throw new Error('a connection that does not stand says something');
    const [mark] = data!;
    if (data!.some((byte) => byte !== mark)) throw new Error('a torn message');
    talk.heard.push(nameOf(data!.length, mark!));
    return talk;
  }

  hearEnds(count: number): void {
    while (this.ends < count) this.hear();
  }

  /** Hears until this message has come. */
  hearMessage(name: string): Talk {
    for (;;) {
      const talk = this.hear();
      if (talk.heard.at(-1) === name) return talk;
    }
  }

  /** Hears until a connection is gone over which this message was the last. */
  hearEndBehind(name: string): void {
    for (;;) {
      const { ends } = this;
      const talk = this.hear();
      if (this.ends > ends && talk.heard.at(-1) === name) return;
    }
  }

  /** Sends a byte. False if nobody has the id. */
  say(id: Buffer | string, mark: number): boolean {
    return this.send(id, Uint8Array.of(mark));
  }

  /** Closes a connection. False if it is gone. */
  close(id: Buffer | string): boolean {
    if (!this.send(id, EMPTY)) return false;
    const key = id.toString('latin1');
    this.standing.delete(key);
    this.closed.add(key);
    if (this.send(id, EMPTY)) throw new Error('a connection can be closed twice');
    return true;
  }

  /** Closes the socket, and blocks until nothing is left of it. */
  leave(): void {
    this.stream.close();
    this.untilOver();
  }

  /** Blocks until nothing is left of all connections, and hears nothing more. */
  untilOver(): void {
    const { thread } = this;
    thread.blockUntil(
      () => {
        if (this.stream.xrecv() !== undefined) throw new Error('something is heard behind the end');
        return thread.registered === 0 && thread.allocator.blocks === 0;
      },
      -1,
      true,
    );
  }

  private send(id: Buffer | string, data: Uint8Array): boolean {
    try {
      this.thread.blockUntil(() => this.stream.xsend([id, data], true), -1, true);
      return true;
    } catch (error) {
      if ((error as Partial<ZmqError>).code !== 'EHOSTUNREACH') throw error;
      return false;
    }
  }

  private begun(key: string, id: Buffer): Talk {
    const talk = { id, heard: [] };
    this.talks.push(talk);
    this.standing.set(key, talk);
    return talk;
  }

  private over(key: string, talk: Talk): Talk {
    this.standing.delete(key);
    this.ends++;
    // A connecter's next connection has the same name, and can be sent to.
    if (key !== PEER && this.say(talk.id, 1)) throw new Error('somebody is sent to who is gone');
    return talk;
  }
}

interface Ends {
  readonly arena: Arena;
  readonly owner: Owner;
  readonly worker: Worker;
}

function labelPipe(name: string, at: number): void {
  label(`${name} A→B`, at + pipeLayout.PIPE_RING_A, ringLayout, 'RING_');
  label(`${name} B→A`, at + pipeLayout.PIPE_RING_B, ringLayout, 'RING_');
  label(name, at, pipeLayout, 'PIPE_');
}

function start(options: Options = {}): Ends {
  const arena = makeArena(ARENA_SIZE);
  label('slot of the owner', slotAt(OWNER_SLOT), memoryLayout, 'SLOT_');
  label('slot of the worker', slotAt(WORKER_SLOT), memoryLayout, 'SLOT_');
  label('header', 0, memoryLayout, 'HEADER_');
  return { arena, owner: new Owner(arena, options), worker: new Worker(arena, options) };
}

/** The owner has connected, and what it has sent is on its way to a kernel that has not taken it yet. */
function connected(mark: number): Ends & { link: Link } {
  const ends = start();
  const { owner, worker } = ends;
  owner.connect();
  owner.say(PEER, mark);
  worker.thread.turn();
  // Takes the answer back, so that no memory is freed when there is none.
  owner.thread.turn();
  return { ...ends, link: worker.connected() };
}

/** Have these connections, and no others, said something that was heard, and everything that they said? */
function checkHeard({ arena, owner, worker }: Ends, links: readonly Link[]): void {
  for (const slot of [OWNER_SLOT, WORKER_SLOT]) {
    const top = load(arena.words, slotAt(slot) + memoryLayout.SLOT_TOP);
    if (top !== 0) throw new Error(`a node was left on the list of slot ${slot}`);
  }
  if (owner.thread.allocator.blocks !== 0) throw new Error('the owner has not freed everything');
  if (worker.thread.allocator.blocks !== 0) throw new Error('the worker has not freed everything');
  const heard: string[] = [];
  for (const talk of owner.talks) if (talk.heard.length > 0) heard.push(talk.heard.join(', '));
  const told = links.map((link) => link.told.join(', '));
  check('heard', heard.sort().join('; '), told.sort().join('; '));
}

function checkSent(link: Link, ...marks: number[]): void {
  check('sent', link.sent.join(', '), marks.join(', '));
}

function check(what: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${what}: ${found}, and not: ${expected}`);
}

/** Two connections say something and go, one in order. */
export function comeAndGo(): Scenario {
  const ends = start();
  const { owner, worker } = ends;
  const one = worker.accept();
  const other = worker.accept();
  return {
    threads: [
      () => {
        owner.hearEnds(2);
        owner.untilOver();
      },
      () => {
        one.come(1, 11);
        other.come(1, 21);
        one.close();
        other.come(1, 22);
        other.reset();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, [one, other]),
  };
}

/** One connection is answered and closed, which does not wait for `linger`, and the other goes by itself. */
export function answeredAndClosed(): Scenario {
  const ends = start({ linger: 0 });
  const { owner, worker } = ends;
  const one = worker.accept();
  const other = worker.accept();
  return {
    threads: [
      () => {
        const { id } = owner.hearMessage('11');
        owner.say(id, 91);
        if (!owner.close(id)) throw new Error('it is gone, and has not been closed');
        owner.hearEnds(1);
        owner.untilOver();
      },
      () => {
        one.come(1, 11);
        other.come(1, 21);
        other.close();
        worker.serve();
      },
    ],
    check: () => {
      checkHeard(ends, [one, other]);
      checkSent(one, 91);
    },
  };
}

/** A connection is closed from both sides: it is closed, or its end is heard. */
export function closedByBoth(): Scenario {
  const ends = start();
  const { owner, worker } = ends;
  const link = worker.accept();
  return {
    threads: [
      () => {
        const { id } = owner.hearMessage('11');
        owner.say(id, 91);
        if (!owner.close(id)) owner.hearEnds(1);
        owner.untilOver();
      },
      () => {
        link.come(1, 11);
        link.close();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, [link]),
  };
}

/** The owner closes a connection of which it has not received everything, and which is not read on for that. */
export function closedUnread(): Scenario {
  const ends = start({ receiveMark: 1 });
  const { owner, worker } = ends;
  const link = worker.accept();
  return {
    threads: [
      () => {
        const { id } = owner.hear();
        owner.say(id, 91);
        owner.close(id);
        owner.untilOver();
      },
      () => {
        worker.until(() => !link.paused || link.ended);
        if (!link.ended && !link.gone) link.come(1, 11);
        worker.serve();
      },
    ],
    check: () => {
      checkHeard(ends, []);
      checkSent(link, 91);
    },
  };
}

/** Above the mark the connection is not read, and is read on when there is room. */
export function atTheMark(): Scenario {
  const ends = start({ receiveMark: 1 });
  const { owner, worker } = ends;
  const link = worker.accept();
  return {
    threads: [
      () => {
        owner.hearEnds(1);
        owner.untilOver();
      },
      () => {
        for (const mark of [11, 12]) {
          worker.until(() => !link.paused);
          link.come(1, mark);
        }
        worker.until(() => !link.paused);
        link.close();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, [link]),
  };
}

/** The owner waits for room in a connection that is lost. */
export function lostWhileFull(): Scenario {
  const ends = start({ sendMark: 1 });
  const { owner, worker } = ends;
  const link = worker.accept();
  return {
    threads: [
      () => {
        const { id } = owner.hear();
        owner.say(id, 91);
        if (owner.say(id, 92)) throw new Error('there was no room');
        owner.hearEnds(1);
        owner.untilOver();
      },
      () => {
        worker.until(() => link.busy);
        link.reset();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, []),
  };
}

/** A read takes all the room that there is in the ring, and the connection is lost. */
export function fullInPlace(): Scenario {
  const { link, ...ends } = connected(91);
  const { owner, worker } = ends;
  exhaust();
  return {
    threads: [
      () => {
        owner.hearEnds(1);
        owner.leave();
      },
      () => {
        link.come(link.space(), 11);
        link.reset();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, [link]),
  };
}

/** The room in the ring is a notice less than one read beside it needs. */
export function fullBesideTheRing(): Scenario {
  const { link, ...ends } = connected(91);
  const { owner, worker } = ends;
  exhaust();
  const first = 2000;
  const rest = RING_BYTES - NOTICE - (HEADER + first) - HEADER - (HEADER + ASIDE_BYTES);
  return {
    threads: [
      () => {
        owner.hearEnds(1);
        owner.leave();
      },
      () => {
        link.come(first, 11);
        link.come(rest, 12);
        if (!link.paused) link.come(ASIDE_BYTES, 13);
        link.reset();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, [link]),
  };
}

/** A connection stands when there is room for one notice more, and is lost before there is any for two. */
export function noRoomToBegin(): Scenario {
  const { link, ...ends } = connected(91);
  const { owner, worker } = ends;
  exhaust();
  const most = RING_BYTES - NOTICE - HEADER - NOTICE - NOTICE;
  return {
    threads: [
      () => {
        owner.hearEndBehind('31');
        owner.leave();
      },
      () => {
        link.come(most, 11);
        link.reset();
        worker.connected().reset();
        const last = worker.connected();
        worker.until(() => !last.paused);
        last.come(1, 31);
        last.flush();
        last.close();
        worker.serve();
      },
    ],
    check: () => checkHeard(ends, [link, worker.links[2]!]),
  };
}

/** What is sent after a loss goes over the next connection, which bears the same name; closed, it is not made again. */
export function connectedAgain(): Scenario {
  const ends = start();
  const { owner, worker } = ends;
  owner.connect();
  worker.thread.turn();
  const link = worker.connected();
  return {
    threads: [
      () => {
        owner.hearEndBehind('11');
        owner.say(PEER, 91);
        owner.hearMessage('21');
        if (!owner.close(PEER)) throw new Error('its name is lost');
        owner.untilOver();
      },
      () => {
        link.come(1, 11);
        link.close();
        worker.connected().come(1, 21);
        worker.serve();
      },
    ],
    check: () => {
      checkHeard(ends, worker.links);
      check('connections', `${worker.links.length}`, '2');
      checkSent(worker.links[0]!);
      checkSent(worker.links[1]!, 91);
    },
  };
}

/** A connection is lost of which nothing is left to do but to end it, and its name is another's by then. */
export function nameOfAnother(): Scenario {
  const { link, ...ends } = connected(91);
  const { owner, worker } = ends;
  owner.close(PEER);
  return {
    threads: [
      () => {
        owner.connect();
        owner.say(PEER, 92);
        owner.hearMessage('21');
        owner.leave();
      },
      () => {
        link.come(1, 11);
        link.take();
        link.reset();
        worker.untilConnected().come(1, 21);
        worker.serve();
      },
    ],
    check: () => {
      checkHeard(ends, [worker.links[1]!]);
      check('connections', `${worker.links.length}`, '2');
      checkSent(link, 91);
      checkSent(worker.links[1]!, 92);
    },
  };
}

/** The owner closes its socket while the connection is lost that has sent everything. */
export function leftInPassing(): Scenario {
  const { link, ...ends } = connected(91);
  const { owner, worker } = ends;
  return {
    threads: [
      () => owner.leave(),
      () => {
        link.take();
        worker.thread.turn();
        link.reset();
        worker.serve();
      },
    ],
    check: () => {
      checkHeard(ends, []);
      checkSent(link, 91);
      for (const next of worker.links.slice(1)) checkSent(next);
    },
  };
}
