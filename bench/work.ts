/** What one measurement does, told to every process and thread that takes part in it. */

export type Pattern = 'push-pull' | 'req-rep';
export type Transport = 'inproc' | 'tcp';

/** Blocking: `sendSync` and `receiveSync`. Async: `await send` and `for await`. */
export type Style = 'blocking' | 'async';

export interface Work {
  readonly pattern: Pattern;
  readonly transport: Transport;
  readonly style: Style;
  /** Over inproc: a thread for each end, or one for both. Over tcp each end has a process. */
  readonly threads: 1 | 2;
  readonly bodyBytes: number;
  /** Messages (or round trips) before the clock starts. At least 1. */
  readonly warmup: number;
  /** Messages (or round trips) while the clock runs. */
  readonly messages: number;
  /** Send and receive high-water mark of every socket. */
  readonly highWaterMark: number;
}

/** One socket's part of the work. Pull and request hold the clock and report the result. */
export type EndName = 'pull' | 'push' | 'reply' | 'request';

export interface Ends {
  readonly bound: EndName;
  readonly connected: EndName;
}

export const ENDS: Readonly<Record<Pattern, Ends>> = {
  'push-pull': { bound: 'pull', connected: 'push' },
  'req-rep': { bound: 'reply', connected: 'request' },
};

/** The port is chosen by the system: the bound end tells it, and no two runs can collide. */
export const ANY_PORT = 'tcp://127.0.0.1:*';

export const INPROC_ENDPOINT = 'inproc://bench';

/** The JavaScript libraries that a role can load. */
export type ScriptLibrary = 'loomwire' | 'zeromq.js';

/** Told to a process that runs both ends. */
export interface InprocAssignment {
  readonly library: ScriptLibrary;
  readonly work: Work;
}

/** Told to a process, or a thread of one, that runs one end. */
export interface EndAssignment extends InprocAssignment {
  readonly end: EndName;
  readonly endpoint: string;
}
