import { ZmqError, type ErrorCode } from '../runtime/base/errors.js';
import type { ContextHandle } from '../runtime/memory/arena.js';
import type { ProxyEnds } from './open-proxy.js';
import type { ControlForm } from './proxy-control.js';
import type { ProxyStatistics } from './proxy-side.js';
import type { Socket } from './socket.js';

/*
 * What a proxy's thread and the one that has started it say to each other. Orders go to a REP of the proxy's, over
 * inproc: a ring wakes a thread that blocks in `runSync`, which a message port, and so comlink, does not. What
 * that thread says unasked, its parent hears as the notices of a worker.
 */

/** What the thread gets as its `workerData`. */
export interface ProxyWorkerData {
  readonly handle: ContextHandle;
  readonly ends: ProxyEnds;
  readonly composition: string | undefined;
}

/** Where a proxy is ordered about. */
export interface Steering {
  readonly endpoint: string;
  /** Begins each order: one for the proxy that had the endpoint before may still wait there. */
  readonly key: string;
}

/** A socket of the proxy's, seen from another thread. */
export interface RemoteEnd {
  /** Its type, by the name in the handshake. */
  readonly type: string;
  /** What it is bound and connected to, with wildcards resolved. */
  readonly endpoints: readonly string[];
  /** As the socket's: the endpoint of its last bind or connect. */
  readonly lastEndpoint: string | null;
}

export function remoteEnd(socket: Socket): RemoteEnd {
  const { type, endpoints } = socket.account;
  return { type, endpoints, lastEndpoint: socket.lastEndpoint };
}

export type ProxyNotice =
  /** It is bound, and moves messages. */
  | { readonly kind: 'started'; readonly steering: Steering; readonly ends: ProxyEnds<RemoteEnd> }
  /** It has dropped something for the first time. */
  | { readonly kind: 'dropped'; readonly reason: SentFailure }
  /** It has ended, or could not start, and the thread ends. */
  | {
      readonly kind: 'ended';
      readonly failure?: SentFailure;
      /** What it has moved, if it ever started. */
      readonly statistics?: ProxyStatistics | undefined;
    };

/** An error between threads, which would otherwise lose its code. */
export type SentFailure =
  | { readonly code: ErrorCode; readonly message: string; readonly address: string | undefined }
  | { readonly other: unknown };

export function sendFailure(failure: unknown): SentFailure {
  if (!(failure instanceof ZmqError)) return { other: failure };
  const { code, message, address } = failure;
  return { code, message, address };
}

export function reviveFailure(sent: SentFailure): Error {
  if ('code' in sent) return new ZmqError(sent.code, sent);
  return sent.other instanceof Error ? sent.other : new Error(String(sent.other));
}

/** The message for an order. */
export function order({ key }: Steering, command: string): string[] {
  return [key, command];
}

/** How orders look, and statistics in full. */
export function steeringForm(key: string): ControlForm {
  return {
    command: ([first, command]) =>
      String(first) === key ? String(command) : 'What is for another proxy',
    statistics: (statistics) => [JSON.stringify(statistics)],
  };
}
