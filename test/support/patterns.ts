import type { MessageLike } from '../../src/index.js';
import type { ConnectOptions, Form, Recipe, TypeName } from './performer.js';
import type { AnySocket } from './places.js';
import { onceReachable, untilHeard } from './reaching.js';

/** A direction in which messages go from one of two sockets to the other. */
export interface Way {
  send(form: Form, message: Recipe): Promise<void>;
  /** The next message, as it was given to `send`. */
  receive(form: Form): Promise<Buffer[]>;
}

/** A pair of socket types, and how messages go between the two. */
export interface Pattern {
  readonly name: string;
  readonly types: readonly [TypeName, TypeName];
  readonly options?: readonly [object, object];
  /** Each message has to go all the ways, in their order, before the next one. */
  readonly alternates?: boolean;
  /** Its messages have exactly one part, but for what tells whom they are for. */
  readonly onePart?: boolean;
  /** An empty message of it is none. */
  readonly neverEmpty?: boolean;
  /** What the socket that connects is told. */
  readonly connects?: ConnectOptions;
  /** Resolves once messages can go all the ways between two such sockets, with nothing under way. */
  ways(first: AnySocket, second: AnySocket): readonly Way[] | Promise<readonly Way[]>;
}

/** For those that drop at their high-water mark, where a test sends that many. */
export const NEVER_DROPS = { sendHighWaterMark: 0 };

export const PATTERNS: readonly Pattern[] = [
  {
    name: 'PUSH–PULL',
    types: ['Push', 'Pull'],
    ways: (push, pull) => [way(push, pull)],
  },
  {
    name: 'REQ–REP',
    types: ['Request', 'Reply'],
    alternates: true,
    ways: (request, reply) => [way(request, reply), way(reply, request)],
  },
  {
    name: 'PUB–SUB',
    types: ['Publisher', 'Subscriber'],
    options: [NEVER_DROPS, {}],
    ways: async (publisher, subscriber) => {
      await subscriber.subscribe();
      await untilHeard(publisher, subscriber);
      return [way(publisher, subscriber)];
    },
  },
  {
    name: 'PUB–XSUB',
    types: ['Publisher', 'XSubscriber'],
    options: [NEVER_DROPS, {}],
    ways: async (publisher, subscriber) => {
      await subscriber.send('await', SUBSCRIBE_TO_ALL);
      await untilHeard(publisher, subscriber);
      return [way(publisher, subscriber)];
    },
  },
  {
    name: 'XPUB–SUB',
    types: ['XPublisher', 'Subscriber'],
    options: [NEVER_DROPS, {}],
    ways: async (publisher, subscriber) => {
      await subscriber.subscribe();
      await greet(publisher, subscriber);
      return [way(publisher, subscriber)];
    },
  },
  {
    name: 'XPUB–XSUB',
    types: ['XPublisher', 'XSubscriber'],
    options: [NEVER_DROPS, {}],
    ways: async (publisher, subscriber) => {
      await subscriber.send('await', SUBSCRIBE_TO_ALL);
      await greet(publisher, subscriber);
      return [way(publisher, subscriber)];
    },
  },
  {
    name: 'DEALER–ROUTER',
    types: ['Dealer', 'Router'],
    options: [{}, NEVER_DROPS],
    ways: async (dealer, router) => {
      await dealer.send('await', 'hello');
      const [id] = await router.receive('await');
      return [way(dealer, router, [], [id!]), way(router, dealer, [id!])];
    },
  },
  {
    name: 'DEALER–DEALER',
    types: ['Dealer', 'Dealer'],
    ways: (first, second) => [way(first, second), way(second, first)],
  },
  {
    name: 'ROUTER–ROUTER',
    types: ['Router', 'Router'],
    options: [
      { routingId: 'first', mandatory: true },
      { routingId: 'second', mandatory: true },
    ],
    ways: async (first, second) => {
      await onceReachable(first, ['second', 'hello']);
      expectParts(await second.receive('await'), ['first', 'hello']);
      return [way(first, second, ['second'], ['first']), way(second, first, ['first'], ['second'])];
    },
  },
  {
    name: 'REQ–ROUTER',
    types: ['Request', 'Router'],
    options: [{}, NEVER_DROPS],
    alternates: true,
    ways: async (request, router) => {
      await request.send('await', 'hello');
      const [id] = await router.receive('await');
      await router.send('await', [id!, '', 'hello']);
      await request.receive('await');
      return [way(request, router, [], [id!, '']), way(router, request, [id!, ''])];
    },
  },
  {
    name: 'DEALER–REP',
    types: ['Dealer', 'Reply'],
    alternates: true,
    ways: (dealer, reply) => [way(dealer, reply, ['']), way(reply, dealer, [], [''])],
  },
  {
    name: 'PAIR–PAIR',
    types: ['Pair', 'Pair'],
    ways: (first, second) => [way(first, second), way(second, first)],
  },
];

const SUBSCRIBE_TO_ALL = Buffer.of(1);

/**
 * From an XPUB that hears of the subscription. The subscriber is receiving meanwhile, because libzmq's
 * says nothing to those who come to it unless somebody calls it.
 */
async function greet(publisher: AnySocket, subscriber: AnySocket): Promise<void> {
  const greeting = async (): Promise<void> => {
    expectParts(await publisher.receive('await'), [SUBSCRIBE_TO_ALL]);
    await publisher.send('await', 'hello');
  };
  await Promise.all([subscriber.receive('await'), greeting()]);
}

/**
 * @param adds parts that the sending socket is given before those of the message
 * @param arrives parts that the receiving one gives before them
 */
export function way(
  from: AnySocket,
  to: AnySocket,
  adds: readonly MessageLike[] = [],
  arrives: readonly (string | Buffer)[] = [],
): Way {
  return {
    send: async (form, message) => {
      const parts = (Array.isArray(message) ? message : [message]) as readonly MessageLike[];
      await from.send(form, adds.length === 0 ? message : [...adds, ...parts]);
    },
    receive: async (form) => {
      const message = await to.receive(form);
      expectParts(message.splice(0, arrives.length), arrives);
      return message;
    },
  };
}

function expectParts(came: readonly Buffer[], expected: readonly (string | Buffer)[]): void {
  const hex = (parts: readonly (string | Buffer)[]): string =>
    parts.map((part) => Buffer.from(part as string).toString('hex')).join(', ');
  if (hex(came) !== hex(expected)) throw new Error(`Not ${hex(expected)} came, but ${hex(came)}`);
}
