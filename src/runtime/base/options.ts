import { Buffer } from 'node:buffer';
import { parseAppMetadata } from './app-metadata.js';
import { ZmqError } from './errors.js';
import { parseNetworks } from './networks.js';
import { nodeCan, type NodeAbility } from './node-can.js';
import { parseTcpPlace } from './tcp-place.js';

/**
 * The socket options, as data: one row each, from which properties, checks and the profile for I/O
 * workers are made. Names are zeromq.js's, numbers and defaults libzmq's.
 */
export interface OptionRow {
  /** libzmq's option number; 0 if it has none. */
  readonly number: number;
  readonly kind:
    | 'int'
    | 'bool'
    | 'text'
    | 'bytes'
    | 'routingId'
    | 'verbosity'
    | 'metadata'
    | 'choice'
    | 'tcpPlace'
    | 'networks'
    | 'credential';
  readonly default: number | boolean | string | null;
  /** Least and greatest value of an int. */
  readonly range?: readonly [least: number, most: number];
  /** An int of 64 bits in libzmq; all others have 32. */
  readonly wide?: true;
  /** What a choice can be. libzmq's number of each is its place. */
  readonly choices?: readonly string[];
  /** Takes effect at once, and not only for later binds and connects. */
  readonly immediate?: boolean;
  /** Which sockets have it: those that send, those that receive, or some types by name; all if absent. */
  readonly side?: 'send' | 'receive' | 'type';
  /** Known, so that programs that name it run, and of no effect: any other value than its default is ENOTSUP. */
  readonly unsupported?: true;
  /** The same where Node cannot do it. */
  readonly needs?: NodeAbility;
  /** The same, but for the types that can use it, where it is installed as `usable`. */
  readonly seldom?: true;
}

const INT_MAX = 2 ** 31 - 1;

/** ZMQ_GSSAPI_NT_HOSTBASED, _USER_NAME and _KRB5_PRINCIPAL */
const NAME_TYPES = ['hostBased', 'userName', 'krb5Principal'] as const;

export const OPTIONS = {
  sendHighWaterMark: {
    number: 23,
    kind: 'int',
    default: 1000,
    range: [0, INT_MAX],
    immediate: true,
    side: 'send',
  },
  receiveHighWaterMark: {
    number: 24,
    kind: 'int',
    default: 1000,
    range: [0, INT_MAX],
    immediate: true,
    side: 'receive',
  },
  sendTimeout: {
    number: 28,
    kind: 'int',
    default: -1,
    range: [-1, INT_MAX],
    immediate: true,
    side: 'send',
  },
  receiveTimeout: {
    number: 27,
    kind: 'int',
    default: -1,
    range: [-1, INT_MAX],
    immediate: true,
    side: 'receive',
  },
  // What zmq_msg_gets reads, which in libzmq is always there.
  keepMetadata: { number: 0, kind: 'bool', default: false, side: 'receive' },
  linger: { number: 17, kind: 'int', default: -1, range: [-1, INT_MAX], immediate: true },
  immediate: { number: 39, kind: 'bool', default: false },
  reconnectInterval: { number: 18, kind: 'int', default: 100, range: [-1, INT_MAX] },
  reconnectMaxInterval: { number: 21, kind: 'int', default: 0, range: [0, INT_MAX] },
  reconnectStop: { number: 109, kind: 'int', default: 0, range: [0, 7] },
  backlog: { number: 19, kind: 'int', default: 100, range: [0, INT_MAX] },
  maxMessageSize: {
    number: 22,
    kind: 'int',
    default: -1,
    range: [-1, Number.MAX_SAFE_INTEGER],
    wide: true,
  },
  metadata: { number: 95, kind: 'metadata', default: null },
  handshakeInterval: { number: 66, kind: 'int', default: 30000, range: [0, INT_MAX] },
  heartbeatInterval: { number: 75, kind: 'int', default: 0, range: [0, INT_MAX] },
  heartbeatTimeToLive: { number: 76, kind: 'int', default: 0, range: [0, 6_553_599] },
  heartbeatTimeout: { number: 77, kind: 'int', default: -1, range: [-1, INT_MAX] },
  affinity: {
    number: 4,
    kind: 'int',
    default: 0,
    range: [0, Number.MAX_SAFE_INTEGER],
    wide: true,
  },
  ipv6: { number: 42, kind: 'bool', default: false },
  connectTimeout: { number: 79, kind: 'int', default: 0, range: [0, INT_MAX] },
  socksProxy: { number: 68, kind: 'tcpPlace', default: null },
  socksUsername: { number: 99, kind: 'credential', default: null },
  socksPassword: { number: 100, kind: 'credential', default: null },
  // Each that is set is one more, and null takes all away.
  tcpAcceptFilter: { number: 38, kind: 'networks', default: null },
  tcpKeepalive: { number: 34, kind: 'int', default: -1, range: [-1, 1] },
  // Linux's limit; more would be refused where nobody sees it.
  tcpKeepaliveIdle: { number: 36, kind: 'int', default: -1, range: [-1, 32767] },
  // Linux's limits, as above.
  tcpKeepaliveCount: { number: 35, kind: 'int', default: -1, range: [-1, 127], needs: 'probes' },
  tcpKeepaliveInterval: {
    number: 37,
    kind: 'int',
    default: -1,
    range: [-1, 32767],
    needs: 'probes',
  },
  typeOfService: { number: 57, kind: 'int', default: 0, range: [0, 255], needs: 'typeOfService' },
  // Node has no way to set these, or they belong to transports and mechanisms that are not there.
  tcpMaxRetransmitTimeout: { number: 80, kind: 'int', default: 0, unsupported: true },
  interface: { number: 92, kind: 'text', default: null, unsupported: true },
  loopbackFastPath: { number: 94, kind: 'bool', default: false, unsupported: true },
  vmciBufferSize: { number: 85, kind: 'int', default: 0, wide: true, unsupported: true },
  vmciBufferMinSize: { number: 86, kind: 'int', default: 0, wide: true, unsupported: true },
  vmciBufferMaxSize: { number: 87, kind: 'int', default: 0, wide: true, unsupported: true },
  vmciConnectTimeout: { number: 88, kind: 'int', default: -1, unsupported: true },
  rate: { number: 8, kind: 'int', default: 100, unsupported: true },
  recoveryInterval: { number: 9, kind: 'int', default: 10000, unsupported: true },
  multicastMaxTransportDataUnit: { number: 84, kind: 'int', default: 1500, unsupported: true },
  multicastHops: {
    number: 25,
    kind: 'int',
    default: 1,
    range: [1, 255],
    side: 'send',
    seldom: true,
  },
  multicastLoop: { number: 96, kind: 'bool', default: true, side: 'type', seldom: true },
  sendBufferSize: {
    number: 11,
    kind: 'int',
    default: -1,
    range: [-1, INT_MAX],
    side: 'send',
    seldom: true,
  },
  receiveBufferSize: {
    number: 12,
    kind: 'int',
    default: -1,
    range: [-1, INT_MAX],
    side: 'receive',
    seldom: true,
  },
  plainServer: { number: 44, kind: 'bool', default: false, unsupported: true },
  plainUsername: { number: 45, kind: 'text', default: null, unsupported: true },
  plainPassword: { number: 46, kind: 'text', default: null, unsupported: true },
  curveServer: { number: 47, kind: 'bool', default: false, unsupported: true },
  curvePublicKey: { number: 48, kind: 'text', default: null, unsupported: true },
  curveSecretKey: { number: 49, kind: 'text', default: null, unsupported: true },
  curveServerKey: { number: 50, kind: 'text', default: null, unsupported: true },
  gssapiServer: { number: 62, kind: 'bool', default: false, unsupported: true },
  gssapiPrincipal: { number: 63, kind: 'text', default: null, unsupported: true },
  gssapiServicePrincipal: { number: 64, kind: 'text', default: null, unsupported: true },
  gssapiPlainText: { number: 65, kind: 'bool', default: false, unsupported: true },
  gssapiPrincipalNameType: {
    number: 90,
    kind: 'choice',
    choices: NAME_TYPES,
    default: 'hostBased',
    unsupported: true,
  },
  gssapiServicePrincipalNameType: {
    number: 91,
    kind: 'choice',
    choices: NAME_TYPES,
    default: 'hostBased',
    unsupported: true,
  },
  zapDomain: { number: 55, kind: 'text', default: null, unsupported: true },
  zapEnforceDomain: { number: 93, kind: 'bool', default: false, unsupported: true },
  routingId: { number: 5, kind: 'routingId', default: null, side: 'type' },
  mandatory: { number: 33, kind: 'bool', default: false, immediate: true, side: 'type' },
  handover: { number: 56, kind: 'bool', default: false, immediate: true, side: 'type' },
  routerNotify: { number: 97, kind: 'int', default: 0, range: [0, 3], side: 'type' },
  probeRouter: { number: 51, kind: 'bool', default: false, immediate: true, side: 'type' },
  correlate: { number: 52, kind: 'bool', default: false, immediate: true, side: 'type' },
  relaxed: { number: 53, kind: 'bool', default: false, immediate: true, side: 'type' },
  // ZMQ_XPUB_VERBOSE is 40; ZMQ_XPUB_VERBOSER contains it.
  verbosity: { number: 78, kind: 'verbosity', default: null, immediate: true, side: 'type' },
  noDrop: { number: 69, kind: 'bool', default: false, immediate: true, side: 'type' },
  manual: { number: 71, kind: 'bool', default: false, immediate: true, side: 'type' },
  welcomeMessage: { number: 72, kind: 'bytes', default: null, immediate: true, side: 'type' },
  manualLastValue: { number: 98, kind: 'bool', default: false, immediate: true, side: 'type' },
  onlyFirstSubscribe: { number: 108, kind: 'bool', default: false, immediate: true, side: 'type' },
  verboseUnsubscribe: { number: 115, kind: 'bool', default: false, immediate: true, side: 'type' },
  helloMessage: { number: 110, kind: 'bytes', default: null, side: 'type' },
  disconnectMessage: { number: 111, kind: 'bytes', default: null, immediate: true, side: 'type' },
  hiccupMessage: { number: 114, kind: 'bytes', default: null, side: 'type' },
  invertMatching: { number: 74, kind: 'bool', default: false, immediate: true, side: 'type' },
  notify: { number: 73, kind: 'bool', default: true, side: 'type' },
  conflate: { number: 54, kind: 'bool', default: false, side: 'type' },
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof OPTIONS;

/** Of what an XPUB receives each, and not only the first subscription to a topic and the end of the last. */
export type Verbosity = 'allSubs' | 'allSubsUnsubs' | null;

/** How GSSAPI is to take a principal's name. */
export type GssapiNameType = (typeof NAME_TYPES)[number];

const VERBOSITIES: readonly unknown[] = ['allSubs', 'allSubsUnsubs', null] satisfies Verbosity[];

/** The values of one socket's options. */
export type OptionValues = {
  -readonly [Name in OptionName]: (typeof OPTIONS)[Name]['kind'] extends 'int'
    ? number
    : (typeof OPTIONS)[Name]['kind'] extends 'bool'
      ? boolean
      : (typeof OPTIONS)[Name]['kind'] extends 'verbosity'
        ? Verbosity
        : (typeof OPTIONS)[Name]['kind'] extends 'choice'
          ? GssapiNameType
          : (typeof OPTIONS)[Name]['kind'] extends 'bytes' | 'routingId'
            ? Buffer | null
            : string | null;
};

/** An option's value as it is kept. */
export type OptionValue = OptionValues[OptionName];

/** The same as it is read. */
export type ReadOptionValue = Exclude<OptionValue, Buffer>;

/** Options whose values are bytes, and may be given as text. They are read as text. */
export type BytesOption = {
  [Name in OptionName]: Buffer extends OptionValues[Name] ? Name : never;
}[OptionName];

export function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

export function defaultOptions(): OptionValues {
  return Object.fromEntries(
    Object.entries(OPTIONS).map(([name, row]) => [name, row.default]),
  ) as OptionValues;
}

/** libzmq's limits for ZMQ_ROUTING_ID: 1 to 255 bytes, the first of which is not 0. */
const ROUTING_ID_LENGTH = 255;

/** RFC 1929 gives the length of a user name, and of a password, one octet. */
const CREDENTIAL_BYTES_MOST = 255;

/**
 * A value as it is kept.
 * @throws TypeError if it is of the wrong kind; ZmqError EINVAL if it is out of range, ENOTSUP if the option is not
 * supported and this is not its default
 * @param usable can the socket use it, if there are some that cannot?
 */
export function checkOption(name: OptionName, value: unknown, usable = false): OptionValue {
  const row: OptionRow = OPTIONS[name];
  const checked = checkKind(name, row, value);
  const able =
    row.unsupported !== true &&
    (row.seldom !== true || usable) &&
    (row.needs === undefined || nodeCan(row.needs));
  if (!able && checked !== row.default) {
    throw new ZmqError('ENOTSUP', { message: `${name} is not supported` });
  }
  return checked;
}

function checkKind(name: OptionName, row: OptionRow, value: unknown): OptionValue {
  switch (row.kind) {
    case 'int': {
      if (typeof value !== 'number') throw new TypeError(`${name} must be a number`);
      const [least, most] = row.range ?? [-INT_MAX, INT_MAX];
      if (!Number.isInteger(value) || value < least || value > most) throw outOfRange(name, value);
      return value;
    }
    case 'bool':
      if (typeof value !== 'boolean') throw new TypeError(`${name} must be a boolean`);
      return value;
    case 'text':
      if (value === null || typeof value === 'string') return value;
      throw new TypeError(`${name} must be a string or null`);
    case 'metadata':
      if (value === null) return null;
      if (typeof value !== 'string') throw new TypeError(`${name} must be a string or null`);
      if (parseAppMetadata(value) === undefined) throw outOfRange(name, value);
      return value;
    case 'tcpPlace':
      if (value === null) return null;
      if (typeof value !== 'string') throw new TypeError(`${name} must be a string or null`);
      if (parseTcpPlace(value, 'connect') === undefined) throw outOfRange(name, value);
      return value;
    case 'networks':
      if (value === null) return null;
      if (typeof value !== 'string') throw new TypeError(`${name} must be a string or null`);
      if (parseNetworks(value) === undefined) throw outOfRange(name, value);
      return value;
    case 'credential':
      if (value === null || value === '') return null;
      if (typeof value !== 'string') throw new TypeError(`${name} must be a string or null`);
      if (Buffer.byteLength(value) > CREDENTIAL_BYTES_MOST) {
        // The text of an error is no place for it.
        throw new ZmqError('EINVAL', { message: `${name} is too long` });
      }
      return value;
    case 'verbosity':
      if (VERBOSITIES.includes(value)) return value as Verbosity;
      throw new TypeError(`${name} must be 'allSubs', 'allSubsUnsubs' or null`);
    case 'choice':
      if (row.choices!.includes(value as string)) return value as GssapiNameType;
      throw new TypeError(`${name} must be one of ${row.choices!.join(', ')}`);
    case 'bytes': {
      const bytes = bytesOf(name, value);
      // An empty one is none, as in libzmq.
      return bytes?.length === 0 ? null : bytes;
    }
    case 'routingId': {
      const id = bytesOf(name, value);
      if (id === null) return null;
      if (id.length > ROUTING_ID_LENGTH || id.length === 0 || id[0] === 0) {
        throw outOfRange(name, id);
      }
      return id;
    }
  }
}

/** A copy: whoever gave them may change them. Text is UTF-8. */
function bytesOf(name: string, value: unknown): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value as string);
  throw new TypeError(`${name} must be a string, bytes or null`);
}

function outOfRange(name: string, value: unknown): ZmqError {
  return new ZmqError('EINVAL', { message: `${String(value)} is no value for ${name}` });
}
