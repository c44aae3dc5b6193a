/** What one measurement does, told to every process and thread that takes part in it. */

/** Work between two ends: over inproc each is a thread, over ipc and tcp a process. */
export type PairPattern =
  | 'push-pull'
  | 'req-rep'
  | 'weather'
  | 'match'
  | 'fan-out'
  | 'connections'
  | 'cpu'
  | 'memory-accepted'
  | 'memory-connected';

/** Over inproc work of one process, with a role file of that name; over ipc and tcp of two ends. */
export type MovablePattern = 'ask' | 'tell' | 'pipeline';

/** Work of a server and of a client, each a process; not over inproc. */
export type ServedPattern = 'server';

/** Work with two ends, at least over ipc and tcp. */
export type SplitPattern = PairPattern | MovablePattern | ServedPattern;

/** Work of one process, with a role file of that name. */
export type WholePattern =
  | MovablePattern
  | 'proxy'
  | 'tasks'
  | 'pool'
  | 'tiny-pool'
  | 'spawn'
  | 'stage'
  | 'idle'
  | 'first-message'
  | 'import';

export type Pattern = SplitPattern | WholePattern;
export type Transport = 'inproc' | 'ipc' | 'tcp';

/** Blocking: `sendSync` and `receiveSync`. Async: `await send` and `for await`. */
export type Style = 'blocking' | 'async';

/**
 * How a body is handed over. Private: from one Buffer that is sent again and again, into a Buffer of its
 * own. Many: the same, sent a hundred at a time. Into: the same, received into the caller's memory. Lease: written and
 * read where it lies.
 */
export type Bodies = 'private' | 'many' | 'into' | 'lease';

/** What is done, without how often. */
export interface WorkKind {
  readonly pattern: Pattern;
  readonly transport: Transport;
  readonly style: Style;
  /** Over inproc: a thread for each end, or one for both. Elsewhere each end has a process. */
  readonly threads: 1 | 2;
  readonly bodyBytes: number;
  readonly bodies: Bodies;
  /** Does the sender fill each body, and the receiver compare it with what it has to be? */
  readonly touched: boolean;
  /**
   * How many the connected end makes; of `idle` the open sockets, of `pipeline` the stages, of `stage` the threads, and
   * of `server` those behind the socket, 0 for none.
   */
  readonly connections: number;
  /** What a subscriber subscribes to. */
  readonly topics: number;
  /** Messages a second that are sent; 0 for as many as can be. */
  readonly rate: number;
}

export interface Work extends WorkKind {
  /** Messages, or whatever `messages` counts, before the measurement begins. At least 1. */
  readonly warmup: number;
  /**
   * What is measured: messages, round trips, tasks, requests, spawns, items, connections, launches; of `idle` the milliseconds. Of
   * `fan-out` what is published, each to all connections.
   */
  readonly messages: number;
  /** Round trips that are timed one by one: after those that are timed together, but of `server` they are these. */
  readonly timed: number;
  /** Send and receive high-water mark of every socket. */
  readonly highWaterMark: number;
}

/** One end's part of the work. */
export type EndName =
  | AsyncEndName
  | ActorEndName
  | 'publish-weather'
  | 'want-weather'
  | 'publish-topics'
  | 'want-topics'
  | 'broadcast'
  | 'audience'
  | 'push-many'
  | 'pull-cpu'
  | 'push-cpu'
  | 'accept-many'
  | 'connect-many';

/** Those that exist with awaiting calls, too. */
export type AsyncEndName = 'pull' | 'push' | 'reply' | 'request';

/** Those of loomwire/actors. */
export type ActorEndName =
  | 'host-actor'
  | 'ask-actor'
  | 'tell-actor'
  | 'host-stage'
  | 'use-stage'
  | 'serve-requests'
  | 'send-requests';

export interface Ends {
  readonly bound: EndName;
  readonly connected: EndName;
  /** Whose result counts. Of both it is added up: what each of them has spent on the same messages. */
  readonly result: 'bound' | 'connected' | 'both';
}

export const ENDS: Readonly<Record<SplitPattern, Ends>> = {
  'push-pull': { bound: 'pull', connected: 'push', result: 'bound' },
  'req-rep': { bound: 'reply', connected: 'request', result: 'connected' },
  weather: { bound: 'publish-weather', connected: 'want-weather', result: 'connected' },
  match: { bound: 'publish-topics', connected: 'want-topics', result: 'connected' },
  'fan-out': { bound: 'broadcast', connected: 'audience', result: 'connected' },
  connections: { bound: 'pull', connected: 'push-many', result: 'bound' },
  cpu: { bound: 'pull-cpu', connected: 'push-cpu', result: 'both' },
  'memory-accepted': { bound: 'accept-many', connected: 'connect-many', result: 'bound' },
  'memory-connected': { bound: 'accept-many', connected: 'connect-many', result: 'connected' },
  ask: { bound: 'host-actor', connected: 'ask-actor', result: 'connected' },
  tell: { bound: 'host-actor', connected: 'tell-actor', result: 'connected' },
  pipeline: { bound: 'host-stage', connected: 'use-stage', result: 'connected' },
  server: { bound: 'serve-requests', connected: 'send-requests', result: 'connected' },
};

const MOVABLE: ReadonlySet<Pattern> = new Set<MovablePattern>(['ask', 'tell', 'pipeline']);

export function isSplit(pattern: Pattern): pattern is SplitPattern {
  return Object.hasOwn(ENDS, pattern);
}

/** Has it two ends over inproc, too? */
export function isPair(pattern: Pattern): pattern is PairPattern {
  return isSplit(pattern) && !MOVABLE.has(pattern) && pattern !== 'server';
}

/** Work that begins with the start of its process: it is launched as often as `messages` says. */
export function isLaunch({ pattern }: WorkKind): boolean {
  return pattern === 'first-message' || pattern === 'import';
}

/** The system chooses: the bound end tells what it got, and no two runs can collide. */
export const ANY_ENDPOINT: Readonly<Record<Transport, string>> = {
  inproc: 'inproc://bench',
  ipc: 'ipc://*',
  tcp: 'tcp://127.0.0.1:*',
};

/** Told to a process that does all of the work. */
export interface Assignment {
  /** What to import for the library that is measured: a specifier or the URL of a file. */
  readonly module: string;
  readonly work: Work;
}

/** Told to a process, or a thread of one, that runs one end. */
export interface EndAssignment extends Assignment {
  readonly end: EndName;
  readonly endpoint: string;
}
