/**
 * What a user may put in the place of ours, by token: `register(LOGGER, …)`. A token is a symbol, so that nobody has
 * to know the container.
 */
export type Token<T> = symbol & { readonly injected?: T };

/** How an actor's messages become bytes. Both ends need the same. */
export interface Codec {
  /** What it throws is the caller's: ERR_ACTOR_CLONE, with it as the cause. */
  encode(value: unknown): Uint8Array;
  /** What it throws makes the message a dead letter, or the ask fail: ERR_ACTOR_DECODE. */
  decode(bytes: Buffer): unknown;
}

/** What restarts are counted by. */
export interface Clock {
  /** Milliseconds from any beginning. */
  now(): number;
}

export interface Logger {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Makes the logger of an actor or a task, by its name. */
export type LoggerFactory = (name: string) => Logger;

export const CODEC: Token<Codec> = Symbol('codec');
export const CLOCK: Token<Clock> = Symbol('clock');
export const LOGGER: Token<LoggerFactory> = Symbol('logger');
