import {
  Context,
  type ContextHandle,
  Dealer,
  Pair,
  Poller,
  Publisher,
  Pull,
  Push,
  type Readable,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  type Writable,
  XPublisher,
  XSubscriber,
} from '../../src/index.js';
import { load, notify, store, wait } from '../../src/runtime/memory/atomics.js';
import { makeNumbered, readNumbered } from './numbered.js';

/** What each end of a pattern does in a soak of it, in a thread of its own. */

export interface EndPlan {
  readonly handle: ContextHandle;
  readonly pattern: PatternName;
  /** 0 binds, 1 connects. */
  readonly side: 0 | 1;
  readonly endpoint: string;
  readonly messages: number;
  readonly mark: number;
  readonly seed: number;
  /** One word, from 0 to 1 when a subscriber has heard something. */
  readonly signal: SharedArrayBuffer;
}

/** A plan in the thread that carries it out. */
interface Joined extends EndPlan {
  readonly context: Context;
}

export interface EndReport {
  readonly sent: number;
  readonly received: number;
  /** Messages that the sender has counted as dropped. */
  readonly dropped: number;
  /** How often a message found its pipe at the high-water mark. */
  readonly full: number;
}

/** What an end tells while it works. */
export interface EndEvents {
  bound(endpoint: string): void;
  advanced(messages: number): void;
}

const STRIDE = 10_000;
/** A socket of two directions sends and receives this many in turn. */
const BURST = 100;
/** Requests under way at once: of one REQ there is only one. */
const REQUESTERS = 100;
/** Messages with numbers from here on say that nothing follows; all else is counted up from 0. */
const LAST = 0xf000_0000;
/** The connecting end of a router says who it is. */
const HELLO = 'hello';

type End = (plan: Joined, events: EndEvents) => EndReport;

const NOTHING: EndReport = { sent: 0, received: 0, dropped: 0, full: 0 };

const ENDS = {
  'PUSH–PULL': [
    (plan, events) => receiveAll(bind(new Pull(receives(plan)), plan, events), plan, events),
    (plan, events) => sendAll(connect(new Push(sends(plan)), plan), plan, events),
  ],
  'PUB–SUB': [
    (plan, events) => {
      const publisher = bind(new Publisher(sends(plan)), plan, events);
      const signal = new Int32Array(plan.signal);
      while (load(signal, 0) === 0) {
        publisher.sendSync('');
        wait(signal, 0, 0, 1);
      }
      return distributeAll(publisher, [], plan, events);
    },
    (plan, events) => {
      const subscriber = new Subscriber(receives(plan));
      subscriber.subscribe();
      connect(subscriber, plan);
      subscriber.receiveSync();
      const signal = new Int32Array(plan.signal);
      store(signal, 0, 1);
      notify(signal, 0);
      return receiveUntilLast(subscriber, plan, events);
    },
  ],
  'XPUB–XSUB': [
    (plan, events) => {
      const publisher = bind(new XPublisher(doesBoth(plan)), plan, events);
      publisher.receiveSync();
      return distributeAll(publisher, [], plan, events);
    },
    (plan, events) => {
      const subscriber = connect(new XSubscriber(doesBoth(plan)), plan);
      subscriber.sendSync(Buffer.of(1));
      return receiveUntilLast(subscriber, plan, events);
    },
  ],
  'ROUTER–DEALER': [
    (plan, events) => {
      const router = bind(new Router(doesBoth(plan)), plan, events);
      const [id] = router.receiveSync();
      return distributeAll(router, [id!], plan, events);
    },
    (plan, events) => {
      const dealer = connect(new Dealer(doesBoth(plan)), plan);
      dealer.sendSync(HELLO);
      return receiveUntilLast(dealer, plan, events);
    },
  ],
  'DEALER–ROUTER, both ways': [
    (plan, events) => {
      const router = bind(new Router({ ...doesBoth(plan), mandatory: true }), plan, events);
      const [id] = router.receiveSync();
      return exchangeAll(router, [id!], plan, events);
    },
    (plan, events) => {
      const dealer = connect(new Dealer(doesBoth(plan)), plan);
      dealer.sendSync(HELLO);
      return exchangeAll(dealer, [], plan, events);
    },
  ],
  'PAIR–PAIR': [
    (plan, events) => exchangeAll(bind(new Pair(doesBoth(plan)), plan, events), [], plan, events),
    (plan, events) => exchangeAll(connect(new Pair(doesBoth(plan)), plan), [], plan, events),
  ],
  'REQ–REP': [
    (plan, events) => replyToAll(bind(new Reply(doesBoth(plan)), plan, events), plan, events),
    requestAll,
  ],
} as const satisfies Record<string, readonly [End, End]>;

export type PatternName = keyof typeof ENDS;

export const PATTERN_NAMES = Object.keys(ENDS) as PatternName[];

/** Requests are one at a time, so no number of them comes to a high-water mark. */
export const LOCKSTEP: PatternName = 'REQ–REP';

/** All plans of a thread are of one context. */
let joined: Context | undefined;

/** Does what is to be done at one end, and closes its sockets. */
export function playEnd(plan: EndPlan, events: EndEvents): EndReport {
  joined ??= Context.attach(plan.handle);
  return ENDS[plan.pattern][plan.side]({ ...plan, context: joined }, events);
}

function sends({ context, mark }: Joined): { context: Context; sendHighWaterMark: number } {
  return { context, sendHighWaterMark: mark };
}

function receives({ context, mark }: Joined): { context: Context; receiveHighWaterMark: number } {
  return { context, receiveHighWaterMark: mark };
}

function doesBoth(plan: Joined): ReturnType<typeof sends> & ReturnType<typeof receives> {
  return { ...sends(plan), receiveHighWaterMark: plan.mark };
}

function bind<S extends Socket>(socket: S, { endpoint }: Joined, events: EndEvents): S {
  socket.bindSync(endpoint);
  events.bound(socket.lastEndpoint!);
  return socket;
}

function connect<S extends Socket>(socket: S, { endpoint }: Joined): S {
  socket.connect(endpoint);
  return socket;
}

/** Loses none: waits for room. */
function sendAll(socket: Socket & Writable, plan: Joined, events: EndEvents): EndReport {
  let full = 0;
  for (let sent = 0; sent < plan.messages; sent++) {
    const body = makeNumbered(sent, plan.seed);
    if (!socket.trySend(body)) {
      full++;
      socket.sendSync(body);
    }
    if (sent % STRIDE === 0) events.advanced(sent);
  }
  socket.close();
  return { ...NOTHING, sent: plan.messages, full };
}

function receiveAll(socket: Socket & Readable, plan: Joined, events: EndEvents): EndReport {
  for (let received = 0; received < plan.messages; received++) {
    expectNumber(numberOf(socket.receiveSync(), plan), received);
    if (received % STRIDE === 0) events.advanced(received);
  }
  socket.close();
  return { ...NOTHING, received: plan.messages };
}

/** Sends without waiting for anybody; what finds no room is dropped and counted by the socket. */
function distributeAll(
  socket: Socket & Writable & { readonly dropped: number },
  envelope: readonly Buffer[],
  plan: Joined,
  events: EndEvents,
): EndReport {
  const before = socket.dropped;
  let sent = 0;
  for (; sent < plan.messages; sent++) {
    socket.sendSync([...envelope, makeNumbered(sent, plan.seed)]);
    if (sent % STRIDE === 0) events.advanced(sent);
  }
  // Whoever never waits for room is not told of it: the last word is said until it is not lost.
  for (let last = LAST, lost = -1; lost !== socket.dropped; last++, sent++) {
    lost = socket.dropped;
    socket.sendSync([...envelope, makeNumbered(last, plan.seed)]);
  }
  const dropped = socket.dropped - before;
  socket.close();
  return { ...NOTHING, sent, dropped, full: dropped };
}

/** Some may be missing; none comes twice, or before one that was sent earlier. */
function receiveUntilLast(socket: Socket & Readable, plan: Joined, events: EndEvents): EndReport {
  let received = 0;
  for (let last = -1; last < LAST;) {
    const message = socket.receiveSync();
    // A publisher speaks to find out whether somebody hears it.
    if (message[0]!.length === 0) continue;
    const number = numberOf(message, plan);
    if (number <= last) throw new Error(`${number} came after ${last}`);
    last = number;
    if (received++ % STRIDE === 0) events.advanced(number);
  }
  socket.close();
  return { ...NOTHING, received };
}

/** Half of the messages each way, both at once. */
function exchangeAll(
  socket: Socket & Readable & Writable,
  envelope: readonly Buffer[],
  plan: Joined,
  events: EndEvents,
): EndReport {
  const each = Math.ceil(plan.messages / 2);
  const poller = new Poller();
  poller.add(socket, { readable: true, writable: true });
  let sent = 0;
  let received = 0;
  let full = 0;
  for (;;) {
    for (let burst = 0; burst < BURST && sent < each; burst++) {
      if (!socket.trySend([...envelope, makeNumbered(sent, plan.seed)])) {
        full++;
        break;
      }
      if (++sent === each) poller.modify(socket, { readable: true });
    }
    for (let burst = 0; burst < BURST && received < each; burst++) {
      const message = socket.tryReceive();
      if (message === undefined) break;
      expectNumber(numberOf(message.slice(envelope.length), plan), received++);
      if (received % STRIDE === 0) events.advanced(2 * received);
    }
    if (sent === each && received === each) break;
    poller.waitSync();
  }
  socket.close();
  return { ...NOTHING, sent, received, full };
}

/** Many sockets, each with one request under way; every reply repeats its request. */
function requestAll(plan: Joined, events: EndEvents): EndReport {
  const poller = new Poller<Request>();
  const asked = new Map<Request, number>();
  let sent = 0;
  const ask = (request: Request): void => {
    asked.set(request, sent);
    request.sendSync(makeNumbered(sent++, plan.seed));
  };
  for (let i = 0; i < REQUESTERS && sent < plan.messages; i++) {
    const request = connect(new Request(doesBoth(plan)), plan);
    poller.add(request);
    ask(request);
  }
  let received = 0;
  while (received < plan.messages) {
    for (const { socket } of poller.waitSync()) {
      expectNumber(numberOf(socket.receiveSync(), plan), asked.get(socket)!);
      if (++received % STRIDE === 0) events.advanced(received);
      if (sent < plan.messages) ask(socket);
    }
  }
  for (const request of asked.keys()) request.close();
  return { ...NOTHING, sent, received };
}

function replyToAll(socket: Reply, plan: Joined, events: EndEvents): EndReport {
  for (let served = 0; served < plan.messages; served++) {
    const request = socket.receiveSync();
    numberOf(request, plan);
    socket.sendSync(request);
    if (served % STRIDE === 0) events.advanced(served);
  }
  socket.close();
  return { ...NOTHING, sent: plan.messages, received: plan.messages };
}

function numberOf(message: readonly Buffer[], { seed }: Joined): number {
  if (message.length !== 1) throw new Error(`a message came in ${message.length} parts`);
  return readNumbered(message[0]!, seed);
}

function expectNumber(came: number, expected: number): void {
  if (came !== expected) throw new Error(`${came} came in place of ${expected}`);
}
