import { threadId, workerData } from 'node:worker_threads';
import { parseEndpoint } from '../runtime/base/endpoint.js';
import { ZmqError } from '../runtime/base/errors.js';
import { IO_THREADS_MAX } from '../runtime/base/limits.js';
import {
  type BindCommand,
  type BoundAnswer,
  COMMAND_BIND,
  COMMAND_CONNECT,
  COMMAND_TOPICS,
  COMMAND_UNBIND,
  type ConnectCommand,
  failedAnswer,
  type TopicsCommand,
  type UnbindCommand,
} from '../runtime/context/commands.js';
import type { IoWorkerData } from '../runtime/context/io-workers.js';
import { answerInspections, type IoStatistics } from '../runtime/control/inspection.js';
import { Arena } from '../runtime/memory/arena.js';
import { add, load } from '../runtime/memory/atomics.js';
import {
  CONTEXT_EXITING,
  CONTEXT_RUNNING,
  CONTEXT_STOPPED,
  HEADER_STATE,
  SLOT_SERVING,
  slotAt,
} from '../runtime/memory/layout.js';
import { TURN_MILLISECONDS } from '../runtime/thread/idle-strategy.js';
import { claimSlot, freeSlot, ringEveryone } from '../runtime/thread/slot.js';
import { type ReceivedCommand, Thread, type ThreadEvents } from '../runtime/thread/thread.js';
import { Connecter } from './connecter.js';
import type { Traffic } from './engine.js';
import type { IoHost, Served } from './io-host.js';
import { AcceptedSession, Listener } from './listener.js';
import { ipc } from './stream/ipc.js';
import type { StreamTransport } from './stream/stream-transport.js';
import { tcp } from './stream/tcp.js';

/** Transports by scheme. */
const TRANSPORTS: Readonly<Record<string, StreamTransport>> = { ipc, tcp };

/**
 * An I/O worker: the thread in which connections live, apart from the application's, so that one that
 * computes for a minute loses none of them. It never blocks.
 */
class IoWorker implements ThreadEvents, IoHost {
  readonly thread: Thread;
  readonly traffic: Traffic = { bytesReceived: 0, bytesSent: 0 };
  private readonly sessions = new Set<Served>();
  private readonly listeners = new Map<number, Listener>();
  private accepted = 0;
  private connected = 0;
  private nextListener = 1;

  constructor(
    private readonly arena: Arena,
    private readonly slot: number,
  ) {
    if (!claimSlot(arena.words, slot, threadId)) {
      throw new Error(`Slot ${slot} of the context is taken`);
    }
    this.thread = new Thread(arena, slot, this, TURN_MILLISECONDS);
    // The doorbell alone does not keep the event loop alive; `STOPPED` ends it.
    this.thread.hold();
    this.thread.listen();
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

  adopt(session: Served): void {
    this.sessions.add(session);
    this.count(1);
  }

  release(session: Served): void {
    if (this.sessions.delete(session)) this.count(-1);
  }

  // ── For the thread ─────────────────────────────────────────────────────────────────────────────

  pipeArrived(): void {
    // Pipes for sessions come with a command; a node that no end waits for has lost its pipe.
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
          this.connect(JSON.parse(command.text) as ConnectCommand);
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
    if (state >= CONTEXT_EXITING) {
      for (const id of [...this.listeners.keys()]) this.unbind({ listener: id });
      for (const session of [...this.sessions]) session.exit();
    }
    if (state >= CONTEXT_STOPPED) this.stop();
  }

  // ── Commands ───────────────────────────────────────────────────────────────────────────────────

  private bind(command: BindCommand, received: ReceivedCommand): void {
    // Different in every worker, since a socket may listen in several.
    const listener = new Listener(this.nextListener++ * (IO_THREADS_MAX + 1) + this.slot);
    this.count(1);
    this.listeners.set(listener.id, listener);
    transportOf(command.endpoint)
      .listen(command.endpoint, command.profile, (open) => {
        this.accepted++;
        new AcceptedSession(this, command, listener, open);
      })
      .then(
        (bound) => {
          listener.listening(bound);
          const answer: BoundAnswer = { endpoint: bound.endpoint, listener: listener.id };
          received.answer(JSON.stringify(answer));
        },
        (error: unknown) => {
          this.listeners.delete(listener.id);
          this.count(-1);
          received.answer(JSON.stringify(failedAnswer(error)));
        },
      );
  }

  private unbind({ listener }: UnbindCommand): void {
    const found = this.listeners.get(listener);
    if (found === undefined) return;
    found.close();
    this.listeners.delete(listener);
    this.count(-1);
  }

  private changeTopics(command: TopicsCommand): void {
    this.listeners.get(command.listener)?.changeTopics(command);
  }

  private connect(command: ConnectCommand): void {
    this.connected++;
    new Connecter(this, transportOf(command.endpoint), command);
  }

  /** Counts what is served, and tells whoever terminates when there is less of it. */
  private count(change: number): void {
    const { words } = this.arena;
    add(words, slotAt(this.slot) + SLOT_SERVING, change);
    if (change < 0 && load(words, HEADER_STATE) !== CONTEXT_RUNNING) ringEveryone(words);
  }

  private stop(): void {
    for (const session of [...this.sessions]) session.abort();
    this.thread.detach();
    freeSlot(this.arena.words, this.slot);
    ringEveryone(this.arena.words);
    // Whatever still holds the event loop belongs to connections that nobody waits for.
    setImmediate(() => process.exit(0));
  }
}

function transportOf(text: string): StreamTransport {
  const { scheme } = parseEndpoint(text);
  const transport = TRANSPORTS[scheme];
  if (transport === undefined) throw new ZmqError('EPROTONOSUPPORT', { address: text });
  return transport;
}

const { handle, slot } = workerData as IoWorkerData;
const worker = new IoWorker(Arena.open(handle), slot);
answerInspections(() => worker.statistics());
