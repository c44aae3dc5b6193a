import {
  checkOption,
  type BytesOption,
  isOption,
  OPTIONS,
  type GssapiNameType,
  type OptionName,
  type OptionRow,
  type OptionValue,
  type OptionValues,
  type ReadOptionValue,
  type Verbosity,
} from '../runtime/base/options.js';
import { hasSetter } from '../runtime/base/own-setter.js';
import type { Context } from '../runtime/context/context.js';

/** Options that every socket has. Times are in milliseconds. */
export interface CommonOptions extends UnsupportedOptions {
  /** How long to go on sending after `close`: -1 for ever, 0 not at all (ZMQ_LINGER). Default -1. */
  linger: number;
  /**
   * Send only to connections that stand, and drop what waits for one when it is lost; otherwise a
   * connect has room for messages from the start (ZMQ_IMMEDIATE). Default false.
   */
  immediate: boolean;
  /** Pause before a reconnection, plus up to as much again at random (ZMQ_RECONNECT_IVL). Default 100. */
  reconnectInterval: number;
  /** If above 0, pauses double up to it, without the random part (ZMQ_RECONNECT_IVL_MAX). Default 0. */
  reconnectMaxInterval: number;
  /**
   * When not to connect again: 1 when a connection was refused, 2 when its handshake failed, 3 after either; 4 is
   * libzmq's for `disconnect`, which ends reconnecting anyway (ZMQ_RECONNECT_STOP). Default 0.
   */
  reconnectStop: number;
  /** Connections that may wait to be accepted (ZMQ_BACKLOG). Default 100. */
  backlog: number;
  /** A peer that sends a larger frame, in bytes, is disconnected; -1 for any (ZMQ_MAXMSGSIZE). Default -1. */
  maxMessageSize: number;
  /**
   * What peers read of this socket with `keepMetadata`: properties, one a line, `X-name:value`, of at most 4096 bytes
   * (ZMQ_METADATA). Default null.
   */
  metadata: string | null;
  /** A peer must finish its handshake in this time, 0 for any (ZMQ_HANDSHAKE_IVL). Default 30000. */
  handshakeInterval: number;
  /** Send a PING this often, 0 for never (ZMQ_HEARTBEAT_IVL). Default 0. */
  heartbeatInterval: number;
  /** The peer may close if it hears nothing for this long, 0 for ever (ZMQ_HEARTBEAT_TTL). Default 0. */
  heartbeatTimeToLive: number;
  /**
   * Close if nothing comes for this long after a PING, 0 never, -1 for `heartbeatInterval`
   * (ZMQ_HEARTBEAT_TIMEOUT). Default -1.
   */
  heartbeatTimeout: number;
  /**
   * Which of the context's I/O workers may serve a bind or connect: bit 0 (1) is the first, bit 1 (2) the second,
   * and so on; 0 any. They take turns. Where there is none of them, it is EMTHREAD (ZMQ_AFFINITY). Default 0.
   */
  affinity: number;
  /** Bind and connect over IPv6 too (ZMQ_IPV6). Default false. */
  ipv6: boolean;
  /** Give up a tcp connection that has not come about in this time, and try again; 0 when the system does (ZMQ_CONNECT_TIMEOUT). Default 0. */
  connectTimeout: number;
  /**
   * The SOCKS 5 proxy that makes tcp connections for this socket, `host:port` or `[address]:port`; it looks up the names of their
   * endpoints, too (ZMQ_SOCKS_PROXY). Default null, none.
   */
  socksProxy: string | null;
  /** Who asks the proxy, of at most 255 bytes; empty is null, nobody in particular (ZMQ_SOCKS_USERNAME). Default null. */
  socksUsername: string | null;
  /** With `socksUsername`: the password, likewise (ZMQ_SOCKS_PASSWORD). Default null. */
  socksPassword: string | null;
  /**
   * Whom a bind to tcp lets in: a network, `10.0.0.0/8`, an address, or several with `, ` between. Each time that it is set, these are
   * added to those that there are; null takes all away, and lets everybody in (ZMQ_TCP_ACCEPT_FILTER). Default null.
   */
  tcpAcceptFilter: string | null;
  /** Have the system look whether silent tcp peers are there: 1 yes, 0 no, -1 as it is set up, which is no (ZMQ_TCP_KEEPALIVE). Default -1. */
  tcpKeepalive: number;
  /** With `tcpKeepalive`: **seconds** of silence, 32767 at most, before it looks, -1 as it is set up (ZMQ_TCP_KEEPALIVE_IDLE). Default -1. */
  tcpKeepaliveIdle: number;
  /**
   * With `tcpKeepalive`: how often it asks without an answer before it gives up, -1 as it is set up. ENOTSUP where Node cannot:
   * see `typeOfService` (ZMQ_TCP_KEEPALIVE_CNT). Default -1.
   */
  tcpKeepaliveCount: number;
  /** With `tcpKeepalive`: **seconds** from one question to the next, likewise (ZMQ_TCP_KEEPALIVE_INTVL). Default -1. */
  tcpKeepaliveInterval: number;
  /**
   * The service that the packets of tcp connections are marked with, 0 to 255, in newer versions of Node; ENOTSUP in others
   * (ZMQ_TOS). Default 0.
   */
  typeOfService: number;
}

/**
 * What zeromq.js's sockets have besides, so that programs that name it run. Each has its default there, and setting
 * it to anything else is refused with ENOTSUP: Node has no way to do it, or what it is for is not there yet.
 */
export interface UnsupportedOptions {
  tcpMaxRetransmitTimeout: number;
  interface: string | null;
  loopbackFastPath: boolean;
  /** EINVAL in zeromq.js, as are the three below: its libzmq has no vmci. */
  vmciBufferSize: number;
  vmciBufferMinSize: number;
  vmciBufferMaxSize: number;
  vmciConnectTimeout: number;
  rate: number;
  recoveryInterval: number;
  multicastMaxTransportDataUnit: number;
  plainServer: boolean;
  plainUsername: string | null;
  plainPassword: string | null;
  curveServer: boolean;
  curvePublicKey: string | null;
  curveSecretKey: string | null;
  curveServerKey: string | null;
  /** Absent in zeromq.js, though in its declarations, as are the five below: its libzmq has no GSSAPI. */
  gssapiServer: boolean;
  gssapiPrincipal: string | null;
  gssapiServicePrincipal: string | null;
  gssapiPlainText: boolean;
  gssapiPrincipalNameType: GssapiNameType;
  gssapiServicePrincipalNameType: GssapiNameType;
  zapDomain: string | null;
  zapEnforceDomain: boolean;
}

export interface WritableOptions {
  /** Messages to queue for each peer, 0 for any number (ZMQ_SNDHWM). Default 1000. */
  sendHighWaterMark: number;
  /** How long a send may wait: -1 for ever, 0 not at all (ZMQ_SNDTIMEO). Default -1. */
  sendTimeout: number;
  /**
   * Bytes that the system keeps of what is sent over udp, -1 as it is set up. Only Radio and Datagram have it; for others see
   * `UnsupportedOptions` (ZMQ_SNDBUF). Default -1.
   */
  sendBufferSize: number;
  /**
   * Routers that multicast may pass on its way, from 1 to 255 (ZMQ_MULTICAST_HOPS). Only Radio and Datagram have it; for
   * others see `UnsupportedOptions`. Default 1.
   */
  multicastHops: number;
}

export interface ReadableOptions {
  /** Messages to queue from each peer, 0 for any number (ZMQ_RCVHWM). Default 1000. */
  receiveHighWaterMark: number;
  /** How long a receive may wait: -1 for ever, 0 not at all (ZMQ_RCVTIMEO). Default -1. */
  receiveTimeout: number;
  /** Keep who sent each message, for `metadataOf`. Set it before bind and connect. Default false. */
  keepMetadata: boolean;
  /**
   * Bytes that the system keeps of what comes over udp until it is read, -1 as it is set up. Only Dish and Datagram have it;
   * for others see `UnsupportedOptions` (ZMQ_RCVBUF). Default -1.
   */
  receiveBufferSize: number;
}

export interface RoutingIdOptions {
  /**
   * The name a ROUTER peer knows this socket by, 1 to 255 bytes, the first of which is not 0; text is UTF-8. It is read as
   * text, whatever it was set to (ZMQ_ROUTING_ID). Default null.
   */
  get routingId(): string | null;
  set routingId(id: string | Uint8Array | null);
}

export interface ConflateOptions {
  /**
   * Of each peer only the last message is kept: whoever is slow gets the newest, and those before it are counted in
   * `context.stats()` and gone (ZMQ_CONFLATE). High-water marks are ignored. Messages have one part: sending more
   * throws EINVAL, and one of several parts that comes from a peer is left out. For later binds and connects. Default false.
   */
  conflate: boolean;
}

export interface ProbeRouterOptions {
  /** An empty message opens each connection, so that a ROUTER learns who is there (ZMQ_PROBE_ROUTER). Default false. */
  probeRouter: boolean;
}

export interface HelloOptions {
  /** The first message to each peer on each connection, one part of text or bytes (ZMQ_HELLO_MSG). Default null. */
  get helloMessage(): string | null;
  set helloMessage(message: string | Uint8Array | null);
}

export interface DisconnectOptions {
  /** What is received, as if from it, when a peer that has connected to this socket is gone (ZMQ_DISCONNECT_MSG). Default null. */
  get disconnectMessage(): string | null;
  set disconnectMessage(message: string | Uint8Array | null);
}

export interface HiccupOptions {
  /**
   * What is received, as if from it, when the connection to a peer that this socket has connected to is lost, over ipc and tcp
   * (ZMQ_HICCUP_MSG). Default null.
   */
  get hiccupMessage(): string | null;
  set hiccupMessage(message: string | Uint8Array | null);
}

export interface RouterOptions
  extends RoutingIdOptions, ProbeRouterOptions, HelloOptions, DisconnectOptions {
  /**
   * A message to a peer that is not there is refused with EHOSTUNREACH, and one to a peer that has no
   * room waits, in place of being dropped (ZMQ_ROUTER_MANDATORY). Default false.
   */
  mandatory: boolean;
  /**
   * A newcomer with the routing id of a peer that is there takes its place, in place of waiting until it
   * has left (ZMQ_ROUTER_HANDOVER). Default false.
   */
  handover: boolean;
  /**
   * Receive a peer's id with an empty part when it has come, before its first message (`NOTIFY_CONNECT`), when it
   * has gone, behind its last (`NOTIFY_DISCONNECT`), or both, `|` (ZMQ_ROUTER_NOTIFY). Default 0, neither.
   */
  routerNotify: number;
}

/** What `routerNotify` of a ROUTER tells of: ZMQ_NOTIFY_CONNECT. */
export const NOTIFY_CONNECT = 1;
/** What `routerNotify` of a ROUTER tells of: ZMQ_NOTIFY_DISCONNECT. */
export const NOTIFY_DISCONNECT = 2;

export interface StreamOptions {
  /** An empty message from a peer says that its connection stands, and another that it is gone (ZMQ_STREAM_NOTIFY). Default true. */
  notify: boolean;
}

export interface RequestOptions extends RoutingIdOptions, ProbeRouterOptions {
  /**
   * A frame of four bytes before the request's empty one numbers it, and only a reply that begins with the
   * same is taken (ZMQ_REQ_CORRELATE). Default false.
   */
  correlate: boolean;
  /**
   * A request may follow another that has had no reply, to the next peer in turn; a receive that waits waits for
   * the reply to the last of them. Set `correlate`, too: otherwise a late reply of the same peer is taken for it.
   * @throws ZmqError EBUSY if it is changed while sends, or several receives, wait (ZMQ_REQ_RELAXED). Default false.
   */
  relaxed: boolean;
}

export interface NoDropOptions {
  /**
   * A message waits until every peer that it is for has room, in place of being dropped for those that have
   * none (ZMQ_XPUB_NODROP). Default false.
   */
  noDrop: boolean;
}

export interface OnlyFirstSubscribeOptions {
  /**
   * Of a message of several parts, only one whose first part begins with 1 or 0 subscribes and cancels, by each of its parts
   * that does; otherwise each such part does, wherever it is (ZMQ_ONLY_FIRST_SUBSCRIBE). Default false.
   */
  onlyFirstSubscribe: boolean;
}

export interface PublisherOptions extends NoDropOptions, OnlyFirstSubscribeOptions {
  /** Messages go to those who have not subscribed to them; set it at the subscribers, too (ZMQ_INVERT_MATCHING). Default false. */
  invertMatching: boolean;
}

export interface XSubscriberOptions extends OnlyFirstSubscribeOptions {
  /** Each cancellation goes to the publishers, and not only the last one of a topic (ZMQ_XSUB_VERBOSE_UNSUBSCRIBE). Default false. */
  verboseUnsubscribe: boolean;
}

export interface XPublisherOptions extends PublisherOptions {
  /**
   * Receive each subscription (`'allSubs'`, ZMQ_XPUB_VERBOSE), or each and the end of each
   * (`'allSubsUnsubs'`, ZMQ_XPUB_VERBOSER), also those to a topic that another peer has. Default null.
   */
  verbosity: Verbosity;
  /**
   * Subscriptions are received, all of them, and count for nothing: what a peer gets is said by `subscribe`
   * and `unsubscribe` of the XPUB (ZMQ_XPUB_MANUAL). Default false.
   */
  manual: boolean;
  /**
   * As `manual`; and a message behind a `receive` goes only to the peer whose message that was, if it gets it at
   * all: the last value, to who is new (ZMQ_XPUB_MANUAL_LAST_VALUE). Default false.
   */
  manualLastValue: boolean;
  /** The first message to each peer that comes, if it subscribes to it (ZMQ_XPUB_WELCOME_MSG). Default null. */
  get welcomeMessage(): string | null;
  set welcomeMessage(message: string | Uint8Array | null);
}

export interface SubscriberOptions {
  /** Receive what was not subscribed to, from publishers that invert it, too (ZMQ_INVERT_MATCHING). Default false. */
  invertMatching: boolean;
}

export interface MulticastOptions {
  /** Multicast reaches this machine's own members of the group, too (ZMQ_MULTICAST_LOOP). Default true. */
  multicastLoop: boolean;
}

/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters --
   whether a property can be set shows in the identity of types alone, which TypeScript compares so */
type IsSame<X, Y> =
  (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */

/** Names of the properties that can be set, and are no methods. */
type WritableKeys<T> = {
  [Name in keyof T]-?: T[Name] extends (...args: never[]) => unknown
    ? never
    : IsSame<Pick<T, Name>, { -readonly [N in Name]: T[N] }> extends true
      ? Name
      : never;
}[keyof T];

/**
 * What a socket's constructor takes: its options, and the context if it is not the process's own.
 * `SocketOptions<Push>` are those of a socket class, also of one's own.
 */
export type SocketOptions<Options> = {
  // A property has the type that it is read with.
  [Name in WritableKeys<Options>]?: Options[Name] | (Name extends BytesOption ? Uint8Array : never);
} & {
  context?: Context;
};

/** A socket, to its option properties. */
export interface OptionHolder {
  getOption(name: OptionName): ReadOptionValue;
  setOption(name: OptionName, value: OptionValue): void;
}

/**
 * Gives a socket class a checked property for each option that it has.
 * @param usable can it use those that only some types can?
 */
export function installOptions(
  prototype: object,
  names: readonly OptionName[],
  usable = false,
): void {
  for (const name of names) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: OptionHolder) {
        return this.getOption(name);
      },
      set(this: OptionHolder, value: unknown) {
        this.setOption(name, checkOption(name, value, usable));
      },
    });
  }
}

/** Names of the options that sockets with these sides have. */
export function optionNames(side: 'common' | 'send' | 'receive'): OptionName[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => {
    const row: OptionRow = OPTIONS[name];
    return (row.side ?? 'common') === side;
  });
}

/**
 * Assigns constructor options.
 * @throws TypeError for a name that the socket does not have, with zeromq.js's text
 */
export function assignOptions(socket: object, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'context' || value === undefined) continue;
    if (!(isOption(name) ? name in socket : hasSetter(socket, name))) {
      throw new TypeError(`Cannot add property ${name}, object is not extensible`);
    }
    (socket as Record<string, unknown>)[name] = value;
  }
}

export type { GssapiNameType, OptionName, OptionValue, OptionValues, Verbosity };
