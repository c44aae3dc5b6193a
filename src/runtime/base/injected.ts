import type { Transport } from './transport.js';

/**
 * What a user may put in the place of ours, or beside it, by token: `register(LOGGER, …)`. A token is a symbol, so that
 * nobody has to know the container.
 */
export type Token<T> = symbol & { readonly injected?: T };

/**
 * How the bodies of what is told to an actor, asked of it and answered become bytes. Both ends need the same. Errors,
 * control calls, and what pools, pipelines and servers carry have forms of their own.
 */
export interface Codec {
  /** What it throws is the caller's: ERR_ACTOR_CLONE, with it as the cause. */
  encode(value: unknown): Uint8Array;
  /** What it throws makes the message a dead letter, or the ask fail: ERR_ACTOR_DECODE. */
  decode(bytes: Buffer): unknown;
}

/** What restarts are counted by: `max` of them `within` a time. Nothing else; waiting and timeouts go by Node's timers. */
export interface Clock {
  /** Milliseconds from any beginning. */
  now(): number;
}

/** What actors and tasks write to, as `context.log` and `sockets.log`. The library itself writes nothing to it. */
export interface Logger {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Makes the logger of an actor or a task, by its name, in its thread. */
export type LoggerFactory = (name: string) => Logger;

export const CODEC: Token<Codec> = Symbol('codec');
export const CLOCK: Token<Clock> = Symbol('clock');
export const LOGGER: Token<LoggerFactory> = Symbol('logger');
/** For schemes of one's own. Each that is registered counts, the last one for its scheme. */
export const TRANSPORT: Token<Transport> = Symbol('transport');
