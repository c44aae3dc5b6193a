import {
  Context,
  context as processContext,
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
  type MessageLike,
  type Readable,
  type Socket,
} from '../../src/index.js';
import {
  Channel,
  Client,
  Datagram,
  Dish,
  Gather,
  Peer,
  Radio,
  Scatter,
  Server,
} from '../../src/draft.js';
import type { ContextHandle } from '../../src/runtime/memory/arena.js';
import type { Line } from './elsewhere.js';
import { Envelopes, type Address } from './envelopes.js';

const OURS = {
  Channel,
  Client,
  Datagram,
  Dealer,
  Dish,
  Gather,
  Pair,
  Peer,
  Publisher,
  Pull,
  Push,
  Radio,
  Reply,
  Request,
  Router,
  Scatter,
  Server,
  Stream,
  Subscriber,
  XPublisher,
  XSubscriber,
};

export type TypeName = keyof typeof OURS;
/** The forms in which a message can be sent and received. */
export type Form = 'await' | 'sync' | 'try' | 'for await';
/** A message, as anything that can be posted to a thread or a process. */
export type Recipe = MessageLike | readonly MessageLike[];

const NUMBER = /^\d+$/;
const SUBSCRIBE = 6;

/** Whatever any of the types can do. The draft ones take an address with a message, and give one with it. */
interface AnySocket
  extends
    Socket,
    Readable<(Buffer | Address)[]>,
    Pick<Subscriber, 'subscribe' | 'unsubscribe'>,
    Pick<Dish, 'join' | 'leave'> {
  send(...message: Addressed): Promise<void>;
  sendSync(...message: Addressed): void;
  trySend(...message: Addressed): boolean;
  readonly connectPeer?: Peer['connectPeer'];
  connect(endpoint: string, ...options: ConnectOptions): void;
}

export type ConnectOptions = [options?: { routingId: string }];
type Addressed = [message: Recipe, address?: Address];

/** The socket classes of a library: ours, or another that is called in the same way and may lack some. */
type Types = Partial<Record<TypeName, new (options: never) => unknown>>;

/**
 * Sockets by number, each used as it is told: so that the same test can use them from anywhere. Whom a message
 * of a draft type is for, or comes from, is a first part here, as it is with a ROUTER.
 */
export class Performer {
  private readonly sockets = new Map<number, AnySocket>();
  private readonly envelopes = new Envelopes();

  /** @param common options of every socket */
  constructor(
    private readonly common: object,
    private readonly types: Types = OURS,
  ) {}

  /** @param options those whose names are numbers are set by libzmq's number, as nobody has a property for them */
  open(id: number, type: TypeName, options: object): void {
    const all = Object.entries({ ...this.common, ...options });
    const named = all.filter(([name]) => !NUMBER.test(name));
    const made = new this.types[type]!(Object.fromEntries(named) as never);
    for (const [name, value] of all.filter(([key]) => NUMBER.test(key))) {
      const numbered = made as Record<string, (number: number, value: unknown) => void>;
      const set = typeof value === 'boolean' ? 'setBoolOption' : 'setStringOption';
      numbered[set]!(Number(name), value);
    }
    this.sockets.set(id, made as AnySocket);
    this.envelopes.open(id, type);
  }

  /** Answers the endpoint bound. */
  async bind(id: number, endpoint: string): Promise<string> {
    await this.get(id).bind(endpoint);
    return this.get(id).lastEndpoint!;
  }

  /** @param options of the connect, for types that take some */
  connect(id: number, endpoint: string, ...options: ConnectOptions): void {
    const socket = this.get(id);
    if (socket.connectPeer === undefined) socket.connect(endpoint, ...options);
    else this.envelopes.connected(id, socket.connectPeer(endpoint));
  }

  disconnect(id: number, endpoint: string): void {
    this.get(id).disconnect(endpoint);
  }

  subscribe(id: number, prefixes: readonly MessageLike[]): void {
    const socket = this.get(id);
    if ((socket.subscribe as unknown) !== undefined) {
      socket.subscribe(...prefixes);
      return;
    }
    // An XPUB of zeromq.js, with `manual`.
    const numbered = socket as unknown as { setStringOption(number: number, text: unknown): void };
    for (const prefix of prefixes) numbered.setStringOption(SUBSCRIBE, prefix);
  }

  unsubscribe(id: number, prefixes: readonly MessageLike[]): void {
    this.get(id).unsubscribe(...prefixes);
  }

  join(id: number, groups: readonly string[]): void {
    this.get(id).join(...groups);
  }

  leave(id: number, groups: readonly string[]): void {
    this.get(id).leave(...groups);
  }

  async send(id: number, form: Form, recipe: Recipe): Promise<void> {
    const socket = this.get(id);
    const message = this.envelopes.take(id, recipe);
    if (form === 'sync') socket.sendSync(...message);
    else if (form === 'await' || form === 'for await') await socket.send(...message);
    else while (!socket.trySend(...message)) await turn();
  }

  async receive(id: number, form: Form): Promise<Uint8Array[]> {
    return this.envelopes.give(await this.next(this.get(id), form));
  }

  private async next(socket: AnySocket, form: Form): Promise<(Buffer | Address)[]> {
    switch (form) {
      case 'await':
        return socket.receive();
      case 'sync':
        return socket.receiveSync();
      case 'try':
        for (;;) {
          const message = socket.tryReceive();
          if (message !== undefined) return message;
          await turn();
        }
      case 'for await':
        for await (const message of socket) return message;
        throw new Error('The socket was closed');
    }
  }

  close(id: number): void {
    this.get(id).close();
    this.sockets.delete(id);
  }

  /** Whatever of the above is ordered. */
  async carryOut({ method, parameters }: Order): Promise<unknown> {
    const methods = this as unknown as Record<string, (...parameters: unknown[]) => unknown>;
    return await methods[method]!(...parameters);
  }

  private get(id: number): AnySocket {
    return this.sockets.get(id)!;
  }
}

/** Where the event loop goes on in between. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface Order {
  readonly method:
    | 'open'
    | 'bind'
    | 'connect'
    | 'disconnect'
    | 'subscribe'
    | 'unsubscribe'
    | 'join'
    | 'leave'
    | 'send'
    | 'receive'
    | 'close';
  readonly parameters: readonly unknown[];
}

export type Answer =
  { readonly value: unknown } | { readonly error: string; readonly code: string | undefined };

/** Performs what the test orders over the line, until it orders nothing more. */
export async function perform(line: Line, performer: Performer): Promise<void> {
  for (;;) {
    const order = (await line.next()) as Order | null;
    if (order === null) return;
    try {
      line.post({ value: await performer.carryOut(order) } satisfies Answer);
    } catch (error) {
      const { code } = error as { code?: string };
      line.post({ error: String(error), code } satisfies Answer);
    }
  }
}

/** The same with our own sockets, in the context with this handle or the default one. */
export function performHere(line: Line, handle: ContextHandle | undefined): Promise<void> {
  const context = handle === undefined ? processContext : Context.attach(handle);
  // A test that failed leaves messages behind; nobody is to wait for them.
  return perform(line, new Performer({ context, linger: 0 }));
}
