import {
  Context,
  type ContextHandle,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  type Readable,
  Router,
  type Socket,
  Subscriber,
  type Writable,
} from '../../src/index.js';
import { Random } from '../support/random.js';
import { collectGarbage } from './garbage.js';
import { serve } from './threads.js';

/**
 * A thread that joins one context after another and does whatever comes to its mind there, until the
 * context is terminated under its hands, or it terminates it itself.
 */

export interface Race {
  readonly handle: ContextHandle;
  readonly seed: number;
  /** What may be connected to. */
  readonly endpoints: readonly string[];
  /** What may be bound. */
  readonly wildcards: readonly string[];
  /** After so many operations it terminates the context; never if negative. */
  readonly terminatesAfter: number;
  readonly collect: boolean;
}

export interface RaceReport {
  /** The operation that the end came upon. */
  readonly endedIn: Operation | 'terminate';
  readonly operations: number;
}

export type Operation = 'open' | 'bind' | 'connect' | 'send' | 'receive' | 'close';

const SOCKETS_MOST = 5;
/** For the thread that is to terminate: nobody else would end its wait. */
const SHORT_MILLISECONDS = 1;
/** Codes of what may go wrong without being wrong. */
const FAIR = new Set(['EAGAIN', 'EADDRINUSE', 'EBUSY']);

const TYPES = [Push, Pull, Pair, Dealer, Router, Publisher, Subscriber] as const;
const OPERATIONS: readonly Operation[] = [
  'open',
  'open',
  'bind',
  'connect',
  'connect',
  'send',
  'send',
  'send',
  'receive',
  'receive',
  'receive',
  'close',
];

serve(async (race: Race) => {
  const report = await new Racer(race).run();
  if (race.collect) collectGarbage();
  return report;
});

class Racer {
  private readonly random: Random;
  private readonly context: Context;
  private readonly sockets: (Socket & Partial<Readable & Writable>)[] = [];
  /** Awaiting calls; each of them must end. */
  private readonly pending = new Set<Promise<unknown>>();
  /** Makes blocking calls, rather than awaiting ones. */
  private readonly blocks: boolean;
  private operation: Operation = 'open';

  constructor(private readonly race: Race) {
    this.random = new Random(race.seed);
    this.blocks = this.random.below(2) === 0;
    this.context = Context.attach(race.handle);
  }

  async run(): Promise<RaceReport> {
    let operations = 0;
    let endedIn: RaceReport['endedIn'] = 'terminate';
    while (operations !== this.race.terminatesAfter) {
      operations++;
      this.operation = this.random.pick(OPERATIONS);
      try {
        this.carryOut(this.operation);
        if (!this.blocks) await this.pause();
      } catch (error) {
        const code = codeOf(error);
        if (FAIR.has(code)) continue;
        if (code !== 'ETERM') throw error;
        endedIn = this.operation;
        break;
      }
    }
    await this.end(endedIn === 'terminate');
    return { endedIn, operations };
  }

  /** Leaves the context's end to others, or brings it about, in one of its forms. */
  private async end(terminates: boolean): Promise<void> {
    if (terminates && this.blocks) {
      this.closeAll();
      this.context.terminateSync();
    } else {
      const ended = terminates ? this.context.terminate() : Promise.resolve();
      this.closeAll();
      await ended;
    }
    await Promise.all(this.pending);
  }

  private closeAll(): void {
    for (const socket of this.sockets.splice(0)) socket.close(this.random.pick([0, undefined]));
  }

  private carryOut(operation: Operation): void {
    if (operation === 'open' || this.sockets.length === 0) {
      if (this.sockets.length < SOCKETS_MOST) this.open();
      return;
    }
    const index = this.random.below(this.sockets.length);
    const socket = this.sockets[index]!;
    switch (operation) {
      case 'bind':
        if (this.blocks) socket.bindSync(this.random.pick(this.race.wildcards));
        else this.await(socket.bind(this.random.pick(this.race.wildcards)));
        break;
      case 'connect':
        socket.connect(this.random.pick(this.race.endpoints));
        break;
      case 'send':
        this.send(socket);
        break;
      case 'receive':
        this.receive(socket);
        break;
      case 'close':
        this.sockets.splice(index, 1);
        socket.close(0);
    }
  }

  private open(): void {
    const Type = this.random.pick(TYPES);
    const socket: Socket & Partial<Readable & Writable> = new Type({ context: this.context });
    this.sockets.push(socket);
    // What nobody takes must not keep the context for ever.
    socket.linger = 0;
    if (socket instanceof Subscriber) socket.subscribe();
    if (this.race.terminatesAfter < 0) return;
    if (!(socket instanceof Pull || socket instanceof Subscriber)) {
      (socket as Writable).sendTimeout = SHORT_MILLISECONDS;
    }
    if (!(socket instanceof Push || socket instanceof Publisher)) {
      (socket as Readable).receiveTimeout = SHORT_MILLISECONDS;
    }
  }

  private send(socket: Socket & Partial<Writable>): void {
    if (socket instanceof Pull || socket instanceof Subscriber) return;
    const message = socket instanceof Router ? ['nobody', 'message'] : 'message';
    if (this.random.below(2) === 0) socket.trySend!(message);
    else if (this.blocks) socket.sendSync!(message);
    else this.await(socket.send!(message));
  }

  private receive(socket: Socket & Partial<Readable>): void {
    if (socket instanceof Push || socket instanceof Publisher) return;
    if (this.random.below(2) === 0) socket.tryReceive!();
    else if (this.blocks) socket.receiveSync!();
    else this.await(socket.receive!());
  }

  /** Lets the call go on beside the others; how it may end is known. */
  private await(call: Promise<unknown>): void {
    const { operation } = this;
    const pending = call
      .catch((error: unknown) => {
        const code = codeOf(error);
        if (code !== 'ETERM' && !FAIR.has(code)) {
          throw new Error(`${operation} ended with ${code}`, { cause: error });
        }
      })
      .finally(() => this.pending.delete(pending));
    this.pending.add(pending);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? error);
}
