import type { Work } from '../work.js';

interface Marks {
  readonly sendHighWaterMark?: number;
  readonly receiveHighWaterMark?: number;
  readonly linger?: number;
}

interface Ended {
  readonly lastEndpoint: string | null;
  bind(endpoint: string): Promise<void>;
  connect(endpoint: string): void;
  close(): void;
}

interface Sending {
  send(body: Buffer): Promise<void>;
}

interface SendingParts {
  send(parts: (string | Buffer)[]): Promise<void>;
}

interface Receiving extends AsyncIterable<Buffer[]> {
  receive(): Promise<Buffer[]>;
}

type SocketType<T> = new (options: Marks) => Ended & T;

/** What the ends use of a library: the part that both have under the same names. */
export interface AwaitingSockets {
  readonly Push: SocketType<Sending>;
  readonly Pull: SocketType<Receiving>;
  readonly Request: SocketType<Sending & Receiving>;
  readonly Reply: SocketType<Sending & Receiving>;
  readonly Dealer: SocketType<SendingParts & Receiving>;
}

export type Loomwire = typeof import('../../src/index.js');

export type Actors = typeof import('../../src/actors.js');

/** One end of the work, with blocking calls. */
export type RunEnd = (library: Loomwire, work: Work, endpoint: string) => void;

/** A process loads only the library that it measures. */
export async function load(module: string): Promise<AwaitingSockets> {
  return (await import(module)) as AwaitingSockets;
}

/** Its second half, which lies beside it. */
export async function loadActors(module: string): Promise<Actors> {
  return (await import(new URL('./actors.js', module).href)) as Actors;
}

/** For what only loomwire has. */
export async function loadLoomwire(module: string): Promise<Loomwire> {
  return (await import(module)) as Loomwire;
}
