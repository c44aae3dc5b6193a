import { ZmqError } from '../base/errors.js';

/** A context, to options that have numbers. */
interface NumberedContext {
  ioThreads: number;
  maxSockets: number;
  readonly maxSocketsLimit: number;
  maxMessageSize: number;
  threadPriority: number;
  threadSchedulingPolicy: number;
  threadNamePrefix: string;
  ipv6: boolean;
  blocky: boolean;
}

/** A context option, by libzmq's number: on and off are 1 and 0. */
interface NumberedOption {
  readonly get?: (context: NumberedContext) => number;
  readonly set?: (context: NumberedContext, value: number) => void;
}

/** Bytes of libzmq's zmq_msg_t, which has no like here. */
const MSG_T_SIZE = 64;

const NUMBERED: Readonly<Record<number, NumberedOption>> = {
  // ZMQ_IO_THREADS
  1: {
    get: ({ ioThreads }) => ioThreads,
    set: (context, value) => void (context.ioThreads = value),
  },
  // ZMQ_MAX_SOCKETS
  2: {
    get: ({ maxSockets }) => maxSockets,
    set: (context, value) => void (context.maxSockets = value),
  },
  // ZMQ_SOCKET_LIMIT when it is read, ZMQ_THREAD_PRIORITY when it is set
  3: {
    get: ({ maxSocketsLimit }) => maxSocketsLimit,
    set: (context, value) => void (context.threadPriority = value),
  },
  // ZMQ_THREAD_SCHED_POLICY
  4: {
    get: (context) => context.threadSchedulingPolicy,
    set: (context, value) => void (context.threadSchedulingPolicy = value),
  },
  // ZMQ_MAX_MSGSZ
  5: {
    get: ({ maxMessageSize }) => maxMessageSize,
    set: (context, value) => void (context.maxMessageSize = value),
  },
  // ZMQ_MSG_T_SIZE
  6: { get: () => MSG_T_SIZE },
  // ZMQ_THREAD_AFFINITY_CPU_ADD, ZMQ_THREAD_AFFINITY_CPU_REMOVE
  7: { set: refuse },
  8: { set: refuse },
  // ZMQ_THREAD_NAME_PREFIX: as a number it is the number's digits, and text that begins with none is 0
  9: {
    get: ({ threadNamePrefix }) => Number.parseInt(threadNamePrefix, 10) || 0,
    set: (context, value) => void (context.threadNamePrefix = String(value)),
  },
  // ZMQ_ZERO_COPY_RECV
  10: { get: () => 1, set: (_context, value) => value === 1 || refuse() },
  // ZMQ_IPV6
  42: {
    get: ({ ipv6 }) => Number(ipv6),
    set: (context, value) => void (context.ipv6 = onOrOff(value)),
  },
  // ZMQ_BLOCKY
  70: {
    get: ({ blocky }) => Number(blocky),
    set: (context, value) => void (context.blocky = onOrOff(value)),
  },
};

/** The numbers of all options. */
export function contextOptionNumbers(): number[] {
  return Object.keys(NUMBERED).map(Number);
}

/** @throws TypeError if the number is none; ZmqError EINVAL if there is no such option, or it cannot be read */
export function readContextOption(context: NumberedContext, number: number): number {
  const { get } = find(number);
  if (get === undefined) throw new ZmqError('EINVAL');
  return get(context);
}

/** @throws as `readContextOption`; ZmqError EINVAL if it cannot be set, or not to this; ENOTSUP, ETERM */
export function writeContextOption(context: NumberedContext, number: number, value: number): void {
  const { set } = find(number);
  if (set === undefined) throw new ZmqError('EINVAL');
  set(context, value);
}

function find(number: unknown): NumberedOption {
  if (typeof number !== 'number') throw new TypeError('Identifier must be a number');
  const option = NUMBERED[number];
  if (option === undefined) throw new ZmqError('EINVAL');
  return option;
}

function onOrOff(value: number): boolean {
  if (value !== 0 && value !== 1) throw new ZmqError('EINVAL');
  return value === 1;
}

function refuse(): never {
  throw new ZmqError('ENOTSUP', { message: 'This option is not supported' });
}
