/**
 * Every failure that is not a wrong argument kind is a ZmqError: libzmq's code, its number and the
 * endpoint it concerns. Wrong argument kinds are TypeErrors.
 */

/**
 * libzmq's error numbers: the platform's errno where POSIX has one (Linux values), and ZMQ_HAUSNUMERO
 * (156384712) plus an index for the four that only ZeroMQ has. Texts are those Node users already
 * know from zeromq.js: they are visible in the API, so they stay as they are.
 */
const TABLE = {
  EAGAIN: [11, 'Operation was not possible or timed out'],
  EBUSY: [16, 'Socket is blocked by a bind or unbind operation'],
  EBADF: [9, 'Socket is closed'],
  ENOTSOCK: [88, 'Socket operation on non-socket'],
  EFSM: [156384763, 'Operation cannot be accomplished in current state'],
  ETERM: [156384765, 'Context was terminated'],
  EMTHREAD: [156384766, 'No thread available'],
  ENOCOMPATPROTO: [156384764, 'The protocol is not compatible with the socket type'],
  EHOSTUNREACH: [113, 'Host unreachable'],
  EINVAL: [22, 'Invalid argument'],
  EPROTONOSUPPORT: [93, 'Protocol not supported'],
  EADDRINUSE: [98, 'Address already in use'],
  EADDRNOTAVAIL: [99, 'Cannot assign requested address'],
  EACCES: [13, 'Permission denied'],
  ENODEV: [19, 'No such device'],
  ENOENT: [2, 'No such endpoint'],
  ENAMETOOLONG: [36, 'File name too long'],
  ENOMEM: [12, 'Cannot allocate memory'],
  EMSGSIZE: [90, 'Message too long'],
  EMFILE: [24, 'Too many open file descriptors'],
  ENOTSUP: [95, 'Operation not supported'],
  EFAULT: [14, 'Bad address'],
  EPROTO: [71, 'Protocol error'],
} as const satisfies Record<string, readonly [errno: number, message: string]>;

export type ErrorCode = keyof typeof TABLE;

export interface ErrorDetails {
  /** The endpoint the failure concerns, as the caller wrote it. */
  readonly address?: string | undefined;
  /** Replaces the code's standard text. */
  readonly message?: string | undefined;
  readonly cause?: unknown;
  /** A message that was received, and could not be handed out as it should be. */
  readonly received?: Buffer[];
}

/**
 * An error of the library: `code` is libzmq's name for it, `errno` its number.
 *
 * @example
 * ```ts
 * import { Push, ZmqError } from 'loomwire';
 *
 * const push = new Push({ sendTimeout: 0 });
 * try {
 *   await push.send('nobody is there');
 * } catch (error) {
 *   if (error instanceof ZmqError) console.log(error.code, error.errno); // EAGAIN 11
 * }
 * push.close();
 * ```
 */
export class ZmqError extends Error {
  override readonly name = 'ZmqError';
  readonly code: ErrorCode;
  readonly errno: number;
  /** The endpoint the failure concerns; absent where there is none. */
  declare readonly address?: string;
  /** With EMSGSIZE of `receiveInto`: the message that did not fit. With EPROTO of a codec: the one that is not of its form. */
  declare readonly received?: Buffer[];
  /** Of `sendMany` and `sendManySync`: how many messages were queued before the one that failed. */
  declare readonly sent?: number;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const [errno, text] = TABLE[code];
    super(
      details.message ?? text,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = code;
    this.errno = errno;
    if (details.address !== undefined) this.address = details.address;
    if (details.received !== undefined) this.received = details.received;
  }
}

/** Is `code` one of the library's own? Codes that cross a thread as text are checked with this. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(TABLE, code);
}
