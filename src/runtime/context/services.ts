import type { Token } from '../base/injected.js';
import type { Endpoint } from '../base/endpoint.js';

/** What a transport says of itself to application threads; the I/O workers have their own half. */
export interface Transport {
  readonly scheme: string;
  /** `inproc` joins two application threads; `io` needs an I/O worker. */
  readonly carrier: 'inproc' | 'io';
  /** The half of a user's transport that I/O workers load, as a URL; they know ours by its scheme. */
  readonly module?: string | undefined;
  /** Which socket types may bind and connect over it; all if absent. */
  readonly types?: Readonly<Record<'bind' | 'connect', readonly string[]>>;
  /**
   * A connect is a direction to send into: there is no connection to wait for, and nobody there says what he
   * wants. So its pipe gets everything.
   */
  readonly connectionless?: true;
  /** @throws ZmqError EINVAL if the address is no address of this transport */
  checkBind(endpoint: Endpoint): void;
  /**
   * Does binding choose something that the address leaves open, a port or a path? Then only
   * `lastEndpoint` tells what is bound, and only that takes it back.
   */
  isWildcard(endpoint: Endpoint): boolean;
  /** @throws ZmqError EINVAL if the address is no address of this transport */
  checkConnect(endpoint: Endpoint): void;
}

/** What is subscribed to: topics, which messages begin with, or the groups of RADIO and DISH. */
export type Subscribed = 'topics' | 'groups';

/** A socket type as the wire knows it. */
export interface SocketType {
  /** The name in the handshake's Socket-Type property, RFC 37. */
  readonly name: string;
  /** libzmq's number, ZMQ_TYPE. */
  readonly code: number;
  /** Socket types this one may be connected with. */
  readonly peers: readonly string[];
  /** The only transports that can carry its messages; any can if absent. */
  readonly schemes?: readonly string[];
  /** Does it tell its peers its routing id, in the handshake's Identity property? */
  readonly routed?: true;
  /** Does it know its peers by their routing ids? */
  readonly routes?: true;
  /** Does it speak no ZMTP, but what its application says? */
  readonly raw?: true;
  /** Does it send messages to those who have subscribed, or joined? */
  readonly publishes?: true;
  /** Does it tell publishers what to send, and what does it call that? */
  readonly subscribes?: Subscribed;
}

/** What a context is composed of. The composition root makes it; see src/composition.ts. */
export interface Services {
  /** A user's transport may be registered at any time. @throws what making it throws */
  transport(scheme: string): Transport | undefined;
  socketType(name: string): SocketType | undefined;
  /** The module that I/O workers run. */
  readonly ioWorker: URL;
  /** The module that a thread of a proxy runs. */
  readonly proxyWorker: URL;
  /** The module that a thread of a task or an actor runs. */
  readonly actorWorker: URL;
  /** What is registered for a token: the user's, or ours. */
  injected<T>(token: Token<T>): T;
  /** The module that threads of ring-fed pools and of pipelines' stages run. */
  readonly crewWorker: URL;
}

let compose: (() => Services) | undefined;

/** Tells contexts how to get their services, at their first use. Called once, by the public door. */
export function setComposition(root: () => Services): void {
  compose = root;
}

export function composeServices(): Services {
  if (compose === undefined) throw new Error('loomwire was imported by a path other than its own');
  return compose();
}
