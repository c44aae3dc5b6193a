import { Buffer, isUtf8 } from 'node:buffer';
import { ZmqError } from '../../runtime/base/errors.js';
import type { OptionName as InnerName } from '../options.js';
import type { Socket } from '../socket.js';
import { Subscriber } from '../sub.js';
import * as zmq from './constants.js';
import type { OptionProperties } from './option-properties.js';

/** What an option can be read as; undefined if sockets of the type do not have it. */
export type OptionValue = number | string | boolean | null | undefined;

/** What an option can be set to: text may be bytes, and what is on or off may be any number. */
export type OptionInput = number | string | boolean | Uint8Array | null;

interface Option {
  /** libzmq's number. */
  readonly number: number;
  readonly get?: (socket: Socket) => OptionValue;
  readonly set?: (socket: Socket, value: OptionInput) => void;
}

/** Known, and no properties to TypeScript: nothing of the kind is there. */
type Unavailable = '_fd' | '_receiveMore' | 'router_raw' | 'tcp_accept_filter';

/** The options by name: that of libzmq's constant in small letters, but for those that begin with `_`. */
const OPTIONS = {
  _fd: absent(zmq.ZMQ_FD),
  _ioevents: {
    number: zmq.ZMQ_EVENTS,
    get: ({ readable, writable }) =>
      (readable ? zmq.ZMQ_POLLIN : 0) | (writable ? zmq.ZMQ_POLLOUT : 0),
  },
  _receiveMore: absent(zmq.ZMQ_RCVMORE),
  // The property `type` is the type's name.
  _type: { number: zmq.ZMQ_TYPE, get: ({ type }) => type },
  _subscribe: {
    number: zmq.ZMQ_SUBSCRIBE,
    set: (socket, value) => subscriber(socket).subscribe(value),
  },
  _unsubscribe: {
    number: zmq.ZMQ_UNSUBSCRIBE,
    set: (socket, value) => subscriber(socket).unsubscribe(value),
  },
  affinity: plain(zmq.ZMQ_AFFINITY, 'affinity'),
  backlog: plain(zmq.ZMQ_BACKLOG, 'backlog'),
  connect_timeout: plain(zmq.ZMQ_CONNECT_TIMEOUT, 'connectTimeout'),
  curve_publickey: text(zmq.ZMQ_CURVE_PUBLICKEY, 'curvePublicKey'),
  curve_secretkey: text(zmq.ZMQ_CURVE_SECRETKEY, 'curveSecretKey'),
  curve_server: flag(zmq.ZMQ_CURVE_SERVER, 'curveServer'),
  curve_serverkey: text(zmq.ZMQ_CURVE_SERVERKEY, 'curveServerKey'),
  delay_attach_on_connect: flag(zmq.ZMQ_DELAY_ATTACH_ON_CONNECT, 'immediate'),
  heartbeat_ivl: plain(zmq.ZMQ_HEARTBEAT_IVL, 'heartbeatInterval'),
  heartbeat_timeout: plain(zmq.ZMQ_HEARTBEAT_TIMEOUT, 'heartbeatTimeout'),
  heartbeat_ttl: plain(zmq.ZMQ_HEARTBEAT_TTL, 'heartbeatTimeToLive'),
  hwm: {
    number: zmq.ZMQ_HWM,
    get: (socket) => read(socket, 'sendHighWaterMark') ?? read(socket, 'receiveHighWaterMark'),
    set: (socket, value) => {
      if (socket.can('send')) assign(socket, 'sendHighWaterMark', value);
      if (socket.can('receive')) assign(socket, 'receiveHighWaterMark', value);
    },
  },
  identity: plain(zmq.ZMQ_IDENTITY, 'routingId'),
  ipv4only: {
    number: zmq.ZMQ_IPV4ONLY,
    get: ({ ipv6 }) => !ipv6,
    set: (socket, value) => assign(socket, 'ipv6', !value),
  },
  ipv6: flag(zmq.ZMQ_IPV6, 'ipv6'),
  last_endpoint: { number: zmq.ZMQ_LAST_ENDPOINT, get: ({ lastEndpoint }) => lastEndpoint },
  linger: plain(zmq.ZMQ_LINGER, 'linger'),
  maxmsgsize: plain(zmq.ZMQ_MAXMSGSIZE, 'maxMessageSize'),
  // NULL, the one that there is
  mechanism: { number: zmq.ZMQ_MECHANISM, get: () => 0 },
  multicast_hops: plain(zmq.ZMQ_MULTICAST_HOPS, 'multicastHops'),
  plain_password: text(zmq.ZMQ_PLAIN_PASSWORD, 'plainPassword'),
  plain_server: flag(zmq.ZMQ_PLAIN_SERVER, 'plainServer'),
  plain_username: text(zmq.ZMQ_PLAIN_USERNAME, 'plainUsername'),
  rate: plain(zmq.ZMQ_RATE, 'rate'),
  rcvbuf: plain(zmq.ZMQ_RCVBUF, 'receiveBufferSize'),
  rcvhwm: plain(zmq.ZMQ_RCVHWM, 'receiveHighWaterMark'),
  rcvtimeo: plain(zmq.ZMQ_RCVTIMEO, 'receiveTimeout'),
  reconnect_ivl: plain(zmq.ZMQ_RECONNECT_IVL, 'reconnectInterval'),
  reconnect_ivl_max: plain(zmq.ZMQ_RECONNECT_IVL_MAX, 'reconnectMaxInterval'),
  recovery_ivl: plain(zmq.ZMQ_RECOVERY_IVL, 'recoveryInterval'),
  router_handover: flag(zmq.ZMQ_ROUTER_HANDOVER, 'handover'),
  router_mandatory: flag(zmq.ZMQ_ROUTER_MANDATORY, 'mandatory'),
  router_raw: absent(zmq.ZMQ_ROUTER_RAW),
  sndbuf: plain(zmq.ZMQ_SNDBUF, 'sendBufferSize'),
  sndhwm: plain(zmq.ZMQ_SNDHWM, 'sendHighWaterMark'),
  sndtimeo: plain(zmq.ZMQ_SNDTIMEO, 'sendTimeout'),
  tcp_accept_filter: absent(zmq.ZMQ_TCP_ACCEPT_FILTER),
  tcp_keepalive: plain(zmq.ZMQ_TCP_KEEPALIVE, 'tcpKeepalive'),
  tcp_keepalive_cnt: plain(zmq.ZMQ_TCP_KEEPALIVE_CNT, 'tcpKeepaliveCount'),
  tcp_keepalive_idle: plain(zmq.ZMQ_TCP_KEEPALIVE_IDLE, 'tcpKeepaliveIdle'),
  tcp_keepalive_intvl: plain(zmq.ZMQ_TCP_KEEPALIVE_INTVL, 'tcpKeepaliveInterval'),
  xpub_verbose: {
    number: zmq.ZMQ_XPUB_VERBOSE,
    get: (socket) => Number(typeof read(socket, 'verbosity') === 'string'),
    set: (socket, value) => assign(socket, 'verbosity', value ? 'allSubs' : null),
  },
  zap_domain: text(zmq.ZMQ_ZAP_DOMAIN, 'zapDomain'),
} as const satisfies Record<keyof OptionProperties | Unavailable, Option>;

export type OptionName = keyof typeof OPTIONS;

const BY_NUMBER = new Map<number, Option>(
  Object.values<Option>(OPTIONS).map((option) => [option.number, option]),
);

/** libzmq's number of each option, by name. */
export const options = Object.fromEntries(
  Object.entries<Option>(OPTIONS).map(([name, { number }]) => [name, number]),
) as Record<OptionName, number>;

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

/**
 * @param option its name or libzmq's number
 * @throws ZmqError EINVAL if there is no such option, or it cannot be read; ENOTSUP, ENOTSOCK
 */
export function readOption(socket: Socket, option: OptionName | number): OptionValue {
  const { get } = find(option);
  if (get === undefined) throw unknown();
  return get(socket);
}

/**
 * @throws ZmqError EINVAL if there is no such option, it cannot be set, or not to this; ENOTSUP, ENOTSOCK
 * @throws TypeError for a value of the wrong kind, and if sockets of this type do not have the option
 */
export function writeOption(socket: Socket, option: OptionName | number, value: OptionInput): void {
  const { set } = find(option);
  if (set === undefined) throw unknown();
  set(socket, value);
}

function find(option: OptionName | number): Option {
  const found =
    typeof option === 'number' ? BY_NUMBER.get(option) : isOption(option) && OPTIONS[option];
  if (!found) throw unknown();
  return found;
}

function plain(number: number, name: InnerName): Option {
  return {
    number,
    get: (socket) => read(socket, name),
    set: (socket, value) => assign(socket, name, value),
  };
}

function flag(number: number, name: InnerName): Option {
  return {
    number,
    get: (socket) => Number(read(socket, name) === true),
    set: (socket, value) => assign(socket, name, Boolean(value)),
  };
}

function text(number: number, name: InnerName): Option {
  return {
    number,
    get: (socket) => read(socket, name),
    set: (socket, value) => assign(socket, name, textOf(value)),
  };
}

function absent(number: number): Option {
  const refuse = (): never => {
    throw new ZmqError('ENOTSUP');
  };
  return { number, get: refuse, set: refuse };
}

function read(socket: Socket, name: InnerName): OptionValue {
  return (socket as unknown as Record<InnerName, OptionValue>)[name];
}

function assign(socket: Socket, name: InnerName, value: unknown): void {
  if (!(name in socket)) {
    throw new TypeError(`Cannot add property ${name}, object is not extensible`);
  }
  (socket as unknown as Record<InnerName, unknown>)[name] = value;
}

function textOf(value: OptionInput): OptionInput {
  if (!(value instanceof Uint8Array)) return value;
  if (isUtf8(value)) return Buffer.from(value).toString();
  throw new ZmqError('EINVAL', { message: 'Only bytes that are text in UTF-8 are supported' });
}

function subscriber(socket: Socket): Subscriber {
  if (socket instanceof Subscriber) return socket;
  throw new ZmqError('ENOTSUP', { message: 'Subscriber socket required' });
}

function unknown(): ZmqError {
  return new ZmqError('EINVAL', { message: 'Unknown option' });
}
