import { Buffer, isUtf8 } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import type { MessageLike } from '../runtime/base/message.js';
import { checkOption, OPTIONS, type OptionName, type OptionRow } from '../runtime/base/options.js';
import type { OptionHolder } from './options.js';

/** What libzmq keeps an option as: its numbers of 32 and of 64 bits are not read as one another. */
export type NumberedKind = 'int' | 'int64' | 'text';

/** What an option is by its number: on and off are 1 and 0. */
export type NumberedValue = number | string | null;

/** A socket, to options that have numbers. */
export interface NumberedSocket extends OptionHolder {
  readonly closed: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly type: number;
  readonly lastEndpoint: string | null;
  readonly threadSafe: boolean;
  readonly ipv6: boolean;
}

/** A socket option, by libzmq's number. Without `get` or `set` it cannot be read or set, there or here. */
interface NumberedOption {
  readonly kind: NumberedKind;
  readonly get?: (socket: NumberedSocket) => NumberedValue;
  readonly set?: (socket: NumberedSocket, value: NumberedValue | Uint8Array) => void;
}

/** What a socket may have besides the methods of all. */
interface Subscribing {
  subscribe(...prefixes: MessageLike[]): void;
  unsubscribe(...prefixes: MessageLike[]): void;
}

const POLLIN = 1;
const POLLOUT = 2;

/** Options of single types that libzmq keeps for sockets of every type, although they mean nothing to most. */
const KEPT_BY_ALL: readonly OptionName[] = [
  'routingId',
  'conflate',
  'invertMatching',
  'multicastLoop',
];

/**
 * What has no property: it is read from elsewhere, or is a call, or is another name for something; and options
 * of transports and mechanisms that are not there, which have libzmq's default and take nothing else.
 */
const OTHERS: Readonly<Record<number, NumberedOption>> = {
  // ZMQ_SUBSCRIBE and ZMQ_UNSUBSCRIBE
  6: { kind: 'text', set: (socket, value) => subscribing(socket).subscribe(value ?? '') },
  7: { kind: 'text', set: (socket, value) => subscribing(socket).unsubscribe(value ?? '') },
  // ZMQ_RCVMORE: a message is received whole.
  13: { kind: 'int', get: () => 0 },
  // ZMQ_FD: no socket has a file descriptor.
  14: { kind: 'int', get: () => refuse('A file descriptor') },
  // ZMQ_EVENTS
  15: {
    kind: 'int',
    get: ({ readable, writable }) => (readable ? POLLIN : 0) | (writable ? POLLOUT : 0),
  },
  // ZMQ_TYPE
  16: { kind: 'int', get: ({ type }) => type },
  // ZMQ_IPV4ONLY
  31: {
    kind: 'int',
    get: (socket) => (socket.ipv6 ? 0 : 1),
    set: (socket, value) => assign(socket, 'ipv6', value === 0 ? 1 : value === 1 ? 0 : value),
  },
  // ZMQ_LAST_ENDPOINT
  32: { kind: 'text', get: ({ lastEndpoint }) => lastEndpoint },
  // ZMQ_XPUB_VERBOSE and, below, ZMQ_XPUB_VERBOSER: two sides of `verbosity`
  40: verbosity('allSubs'),
  // ZMQ_ROUTER_RAW
  41: absent('int', 0),
  // ZMQ_MECHANISM: NULL, the one that there is
  43: { kind: 'int', get: () => 0 },
  // ZMQ_IPC_FILTER_PID, _UID, _GID: sets of numbers, which have no default
  58: absent('int', undefined),
  59: absent('int', undefined),
  60: absent('int', undefined),
  // ZMQ_CONNECT_ROUTING_ID
  61: {
    kind: 'text',
    set: (socket, value) => {
      const { nameNextPeer } = socket as { nameNextPeer?: (id: Buffer) => void };
      if (nameNextPeer === undefined) throw unknown();
      nameNextPeer.call(socket, checkOption('routingId', value ?? '') as Buffer);
    },
  },
  78: verbosity('allSubsUnsubs'),
  // ZMQ_THREAD_SAFE
  81: { kind: 'int', get: ({ threadSafe }) => Number(threadSafe) },
  // ZMQ_USE_FD
  89: absent('int', -1),
  // ZMQ_IN_BATCH_SIZE, ZMQ_OUT_BATCH_SIZE
  101: absent('int', 8192),
  102: absent('int', 8192),
  // ZMQ_WSS_KEY_PEM, _CERT_PEM, _TRUST_PEM, _HOSTNAME, _TRUST_SYSTEM
  103: absent('text', null),
  104: absent('text', null),
  105: absent('text', null),
  106: absent('text', null),
  107: absent('int', 0),
  // ZMQ_PRIORITY, ZMQ_BUSY_POLL
  112: absent('int', 0),
  113: absent('int', 0),
  // ZMQ_TOPICS_COUNT
  116: {
    kind: 'int',
    get: (socket) => {
      const { topicsCount } = socket as { topicsCount?: number };
      if (topicsCount === undefined) throw unknown();
      return topicsCount;
    },
  },
  // ZMQ_NORM_MODE, _UNICAST_NACK, _BUFFER_SIZE, _SEGMENT_SIZE, _BLOCK_SIZE, _NUM_PARITY, _NUM_AUTOPARITY, _PUSH
  117: absent('int', 1),
  118: absent('int', 0),
  119: absent('int', 2048),
  120: absent('int', 1400),
  121: absent('int', 16),
  122: absent('int', 4),
  123: absent('int', 0),
  124: absent('int', 0),
};

let byNumber: Map<number, NumberedOption> | undefined;

/** Made when the first option is asked for by its number, which most programs never do. */
function numbered(): Map<number, NumberedOption> {
  if (byNumber !== undefined) return byNumber;
  byNumber = new Map(Object.entries(OTHERS).map(([number, option]) => [Number(number), option]));
  for (const [name, row] of Object.entries(OPTIONS) as [OptionName, OptionRow][]) {
    // Those of our own have none.
    if (row.kind !== 'verbosity' && row.number > 0) byNumber.set(row.number, property(name, row));
  }
  return byNumber;
}

/** The numbers of all options. */
export function optionNumbers(): number[] {
  return [...numbered().keys()];
}

/**
 * @throws TypeError if the number is none; ZmqError EINVAL if there is no such option, sockets of this type do not
 * have it, it is of another kind, or it cannot be read; ENOTSUP, ENOTSOCK
 */
export function readNumbered(
  socket: NumberedSocket,
  option: number,
  kind: NumberedKind,
): NumberedValue {
  const { get } = find(socket, option, kind);
  if (get === undefined) throw unknown();
  return get(socket);
}

/**
 * @throws as `readNumbered`; TypeError for a value of the wrong kind; ZmqError EINVAL if it is out of range, or the
 * option cannot be set
 */
export function writeNumbered(
  socket: NumberedSocket,
  option: number,
  kind: NumberedKind,
  value: NumberedValue | Uint8Array,
): void {
  const { set } = find(socket, option, kind);
  if (set === undefined) throw unknown();
  set(socket, value);
}

function find(socket: NumberedSocket, number: unknown, kind: NumberedKind): NumberedOption {
  if (typeof number !== 'number') throw new TypeError('Identifier must be a number');
  if (socket.closed) throw new ZmqError('ENOTSOCK');
  const option = numbered().get(number);
  if (option?.kind !== kind) throw unknown();
  return option;
}

function property(name: OptionName, row: OptionRow): NumberedOption {
  const everywhere = row.side !== 'type' || KEPT_BY_ALL.includes(name);
  const check = (socket: NumberedSocket): void => {
    if (!everywhere && !(name in socket)) throw unknown();
  };
  return {
    kind: row.wide === true ? 'int64' : isNumber(row) ? 'int' : 'text',
    get(socket) {
      check(socket);
      const value = socket.getOption(name);
      if (row.choices !== undefined) return row.choices.indexOf(value as string);
      return typeof value === 'boolean' ? Number(value) : value;
    },
    set(socket, value) {
      check(socket);
      assign(socket, name, value);
    },
  };
}

function isNumber({ kind }: OptionRow): boolean {
  return kind === 'int' || kind === 'bool' || kind === 'choice';
}

function isBytes({ kind }: OptionRow): boolean {
  return kind === 'bytes' || kind === 'routingId';
}

/** Sets what a property sets, on sockets without it, too. */
function assign(socket: NumberedSocket, name: OptionName, value: NumberedValue | Uint8Array): void {
  const row: OptionRow = OPTIONS[name];
  const own = isNumber(row) ? numberOf(name, value) : isBytes(row) ? value : textOf(value);
  // Which types can use it, their properties know.
  if (row.seldom === true && name in socket) Reflect.set(socket, name, own);
  else socket.setOption(name, checkOption(name, own));
}

function numberOf(name: OptionName, value: unknown): unknown {
  const { kind, choices }: OptionRow = OPTIONS[name];
  if (kind === 'int') return value;
  const meant = (choices ?? [false, true])[value as number];
  if (meant === undefined) {
    throw new ZmqError('EINVAL', { message: `${String(value)} is no value for ${name}` });
  }
  return meant;
}

function textOf(value: NumberedValue | Uint8Array): string | null {
  if (!(value instanceof Uint8Array)) return value as string | null;
  if (isUtf8(value)) return Buffer.from(value).toString();
  throw new ZmqError('EINVAL', { message: 'Only bytes that are text in UTF-8 are supported' });
}

/** One of the two options of an XPUB that its one property stands for. */
function verbosity(level: 'allSubs' | 'allSubsUnsubs'): NumberedOption {
  const check = (socket: NumberedSocket): void => {
    if (!('verbosity' in socket)) throw unknown();
  };
  return {
    kind: 'int',
    get(socket) {
      check(socket);
      return Number(socket.getOption('verbosity') === level);
    },
    set(socket, value) {
      check(socket);
      socket.setOption('verbosity', value === 0 ? null : level);
    },
  };
}

/** Known, and nothing of the kind is there. */
function absent(kind: NumberedKind, initial: NumberedValue | undefined): NumberedOption {
  const set = (_socket: NumberedSocket, value: NumberedValue | Uint8Array): void => {
    if (value !== initial) refuse('This option');
  };
  return initial === undefined ? { kind, set } : { kind, get: () => initial, set };
}

function subscribing(socket: NumberedSocket): Subscribing {
  if ('subscribe' in socket) return socket as NumberedSocket & Subscribing;
  throw unknown();
}

function refuse(what: string): never {
  throw new ZmqError('ENOTSUP', { message: `${what} is not supported` });
}

function unknown(): ZmqError {
  return new ZmqError('EINVAL');
}
