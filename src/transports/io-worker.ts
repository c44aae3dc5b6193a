import { threadId, workerData } from 'node:worker_threads';
import { parseEndpoint } from '../runtime/base/endpoint.js';
import { ZmqError } from '../runtime/base/errors.js';
import { IO_THREADS_MAX } from '../runtime/base/limits.js';
import {
  type BindCommand,
  type BoundAnswer,
  COMMAND_BIND,
  COMMAND_CONNECT,
  COMMAND_CONNECT_IMMEDIATE,
  COMMAND_OBSERVE,
  COMMAND_TOPICS,
  COMMAND_UNBIND,
  COMMAND_UNOBSERVE,
  type ConnectCommand,
  type ConnectImmediateCommand,
  failedAnswer,
  type ObserveCommand,
  type ServedSocket,
  type TopicsCommand,
  type UnbindCommand,
} from '../runtime/context/commands.js';
import { countServed, reportProgress } from '../runtime/context/ending.js';
import { InprocNames } from '../runtime/context/inproc-names.js';
import type { IoWorkerData } from '../runtime/context/io-workers.js';
import { Ledger } from '../runtime/context/ledger.js';
import { Lifelines, watchLifelines } from '../runtime/context/lifelines.js';
import { Reaper } from '../runtime/context/reaper.js';
import { answerInspections, type IoStatistics } from '../runtime/control/inspection.js';
import { Arena } from '../runtime/memory/arena.js';
import { load } from '../runtime/memory/atomics.js';
import {
  CONTEXT_EXITING,
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  FIRST_IO_SLOT,
  HEADER_STATE,
} from '../runtime/memory/layout.js';
import { TURN_MILLISECONDS } from '../runtime/thread/idle-strategy.js';
import { claimSlot, freeSlot, isDead } from '../runtime/thread/slot.js';
import { type ReceivedCommand, Thread, type ThreadEvents } from '../runtime/thread/thread.js';
import { Account } from './account.js';
import type { ConnectionMaker } from './connection-session.js';
import { Connecter } from './connecter.js';
import type { Traffic } from './engine.js';
import { ImmediateConnecter } from './immediate-connecter.js';
import { Flow } from './flow.js';
import type { AccountedEndpoint, IoHost, Served } from './io-host.js';
import { Listener } from './listener.js';
import { Monitors } from './monitor.js';
import { Pace } from './pace.js';
import { Profiles } from './profiles.js';
import { EndpointReporter, peerDetails } from './reporter.js';
import { loadDatagrams, loadOwn } from './seldom.cjs';
import { ipc } from './stream/ipc.js';
import { whenEngines } from './stream-session.js';
import type { StreamTransport } from './stream/stream-transport.js';
import { tcp } from './stream/tcp.js';

/** Our transports by scheme. */
const TRANSPORTS: Readonly<Record<string, StreamTransport>> = { ipc, tcp };

type Datagrams = ReturnType<typeof loadDatagrams>;

/** Of a command, what says over what its endpoint is reached. */
type Carried = Pick<BindCommand, 'endpoint' | 'module'>;

/** Who makes pipes for a socket, as its commands know him. */
type Maker = Pick<ConnectionMaker, 'slot' | 'changeTopics' | 'close'>;

/**
 * An I/O worker: the thread in which connections live, apart from the application's, so that one that
 * computes for a minute loses none of them. It never blocks.
 */
class IoWorker implements ThreadEvents, IoHost {
  readonly thread: Thread;
  readonly traffic: Traffic = {
    handshakes: 0,
    bytesReceived: 0,
    bytesSent: 0,
    datagramsDropped: 0,
    datagramsIgnored: 0,
    datagramsUnsent: 0,
  };
  readonly monitors = new Monitors();
  readonly pace = new Pace();
  private readonly sessions = new Set<Served>();
  private readonly listeners = new Map<number, Maker>();
  private readonly connecters = new Map<number, Maker>();
  /** Of endpoints that are served, or were when the context began to end. */
  private readonly accounts = new Set<Account>();
  stopping = false;
  /** The process ends: nothing is begun any more, and what is there ends when it is drained. */
  private exiting = false;
  private accepted = 0;
  private connected = 0;
  private nextListener = 1;
  private readonly profiles = new Profiles();

  constructor(
    private readonly arena: Arena,
    private readonly slot: number,
  ) {
    if (!claimSlot(arena.words, slot, threadId)) {
      throw new Error(`Slot ${slot} of the context is taken`);
    }
    const flow = new Flow(this.traffic);
    this.thread = new Thread(arena, slot, this, TURN_MILLISECONDS, () => flow.trickles());
    // The doorbell alone does not keep the event loop alive; `STOPPED` ends it.
    this.thread.hold();
    this.thread.listen();
    if (slot === FIRST_IO_SLOT) {
      this.reap();
    } else {
      const lifelines = new Lifelines(arena.words);
      this.thread.watch(() => lifelines.tieToReaper());
    }
  }

  statistics(): IoStatistics {
    return {
      slot: this.slot,
      threadId,
      listeners: this.listeners.size,
      sessions: this.sessions.size,
      accepted: this.accepted,
      connected: this.connected,
      ...this.traffic,
    };
  }

  // ── For sessions ───────────────────────────────────────────────────────────────────────────────

  openAccount(command: ServedSocket & AccountedEndpoint): Account {
    const { endpoint, profile } = command;
    const account = new Account(command, profile.type, endpoint, this.accountOver);
    this.accounts.add(account);
    return account;
  }

  private readonly accountOver = (account: Account): void => {
    if (load(this.arena.words, HEADER_STATE) === CONTEXT_RUNNING) this.accounts.delete(account);
  };

  adopt(session: Served): void {
    this.sessions.add(session);
    countServed(this.arena.words, this.slot, 1);
  }

  release(session: Served): void {
    if (this.sessions.delete(session)) countServed(this.arena.words, this.slot, -1);
  }

  // ── For the thread ─────────────────────────────────────────────────────────────────────────────

  pipeArrived(): void {
    // Pipes for sessions come with a command; a node that no end waits for has lost its pipe.
  }

  pipeStranded(): void {
    throw new Error('An I/O worker makes no pipe for a thread that it does not know');
  }

  /** What the dead were served by makes no more connections. Those that stand end with their pipes. */
  deathsSeen(): void {
    const dead = (slot: number): boolean => isDead(this.arena.words, slot);
    for (const makers of [this.listeners, this.connecters]) {
      for (const [id, maker] of [...makers]) if (dead(maker.slot)) this.unbind({ listener: id });
    }
    this.monitors.forget(dead);
  }

  commandArrived(command: ReceivedCommand): void {
    try {
      switch (command.kind) {
        case COMMAND_BIND:
          this.bind(JSON.parse(command.text) as BindCommand, command);
          return;
        case COMMAND_UNBIND:
          this.unbind(JSON.parse(command.text) as UnbindCommand);
          break;
        case COMMAND_TOPICS:
          this.changeTopics(JSON.parse(command.text) as TopicsCommand);
          break;
        case COMMAND_CONNECT:
          this.connect(this.profiles.share(JSON.parse(command.text) as ConnectCommand));
          break;
        case COMMAND_CONNECT_IMMEDIATE:
          this.connectImmediate(JSON.parse(command.text) as ConnectImmediateCommand);
          break;
        case COMMAND_OBSERVE:
          this.monitors.observe(JSON.parse(command.text) as ObserveCommand, command);
          return;
        case COMMAND_UNOBSERVE:
          this.monitors.unobserve(JSON.parse(command.text) as ObserveCommand);
          break;
        default:
          throw new ZmqError('ENOTSUP');
      }
      command.answer('{}');
    } catch (error) {
      command.answer(JSON.stringify(failedAnswer(error)));
    }
  }

  stateRaised(state: number): void {
    if (state < CONTEXT_EXITING) return;
    for (const makers of [this.listeners, this.connecters]) {
      for (const id of [...makers.keys()]) this.unbind({ listener: id });
    }
    if (state >= CONTEXT_STOPPED) this.stop();
    else this.exit();
  }

  // ── Commands ───────────────────────────────────────────────────────────────────────────────────

  private bind(command: BindCommand, received: ReceivedCommand): void {
    // Whoever asked may not be able to take it back any more.
    if (this.exiting) throw new ZmqError('ETERM');
    const datagrams = datagramsFor(command);
    // Different in every worker, since a socket may listen in several.
    const id = this.nextListener++ * (IO_THREADS_MAX + 1) + this.slot;
    const reporter = new EndpointReporter(this.monitors, command, command.endpoint);
    const [listener, open] =
      datagrams === undefined
        ? this.streamListener(id, command, reporter)
        : datagrams.datagramListener(id, this, command, reporter);
    countServed(this.arena.words, this.slot, 1);
    this.listeners.set(id, listener);
    open().then(
      (answer) => received.answer(JSON.stringify(answer)),
      (error: unknown) => {
        this.unbind({ listener: id });
        reporter.failed('bind:error', error as Error);
        received.answer(JSON.stringify(failedAnswer(error)));
      },
    );
  }

  private streamListener(
    id: number,
    command: BindCommand,
    reporter: EndpointReporter,
  ): [Listener, open: () => Promise<BoundAnswer>] {
    const { endpoint, profile } = command;
    const transport = transportOf(command);
    const listener = new Listener(id, this, command, reporter);
    const open = async (): Promise<BoundAnswer> => {
      if (profile.raw !== null) await new Promise<void>((begin) => whenEngines(profile, begin));
      const bound = await transport.listen(endpoint, profile, {
        accepted: (link) => {
          this.accepted++;
          listener.accept(link);
        },
        acceptFailed: (error, peerAddress) =>
          reporter.failed('accept:error', error, peerDetails(peerAddress)),
        closeFailed: (error) => reporter.failed('close:error', error),
      });
      listener.listening(bound);
      return { endpoint: bound.endpoint, listener: id };
    };
    return [listener, open];
  }

  private unbind({ listener }: UnbindCommand): void {
    const makers = this.makers(listener);
    const found = makers.get(listener);
    if (found === undefined) return;
    found.close();
    makers.delete(listener);
    countServed(this.arena.words, this.slot, -1);
  }

  private changeTopics(command: TopicsCommand): void {
    this.makers(command.listener).get(command.listener)?.changeTopics(command);
  }

  private connect(command: ConnectCommand): void {
    this.connected++;
    const datagrams = datagramsFor(command);
    const session =
      datagrams === undefined
        ? new Connecter(this, transportOf(command), command)
        : new datagrams.DatagramConnecter(this, command);
    if (this.exiting) session.exit();
  }

  private makers(id: number): Map<number, Maker> {
    return id > 0 ? this.listeners : this.connecters;
  }

  private connectImmediate(command: ConnectImmediateCommand): void {
    if (this.exiting) return;
    const transport = transportOf(command);
    this.connected++;
    countServed(this.arena.words, this.slot, 1);
    const connecter = new ImmediateConnecter(this, transport, command);
    this.connecters.set(connecter.id, connecter);
  }

  private exit(): void {
    this.exiting = true;
    for (const session of [...this.sessions]) session.exit();
  }

  private reap(): void {
    const reaper = new Reaper(this.arena, this.slot, new InprocNames(this.arena));
    watchLifelines((threadId) => reaper.threadEnded(threadId));
    reaper.start();
    this.thread.watch(() => reaper.work());
  }

  private stop(): void {
    this.stopping = true;
    for (const session of [...this.sessions]) session.stop();
    const ledger = new Ledger(this.thread);
    for (const { report } of this.accounts) ledger.noteServed(report);
    this.monitors.stop();
    this.thread.detach();
    freeSlot(this.arena.words, this.slot);
    reportProgress(this.arena.words);
    // Whatever still holds the event loop belongs to connections that nobody waits for.
    setImmediate(() => process.exit(0));
  }
}

function datagramsFor({ endpoint, module }: Carried): Datagrams | undefined {
  if (module !== undefined || !endpoint.startsWith('udp://')) return undefined;
  return loadDatagrams();
}

function transportOf({ endpoint, module }: Carried): StreamTransport {
  if (module !== undefined) return loadOwn().ownTransport(module);
  const { scheme } = parseEndpoint(endpoint);
  const transport = TRANSPORTS[scheme];
  if (transport === undefined) throw new ZmqError('EPROTONOSUPPORT', { address: endpoint });
  return transport;
}

const { handle, slot } = workerData as IoWorkerData;
const worker = new IoWorker(Arena.open(handle), slot);
answerInspections(() => worker.statistics());
