import { Buffer } from 'node:buffer';
import type { Endpoint } from '../../runtime/base/endpoint.js';
import { ZmqError } from '../../runtime/base/errors.js';

/** An ipc address taken apart. */
export interface IpcAddress {
  /** Where the socket is, as node:net takes it: a path, or for an abstract name a NUL and the name. */
  readonly path: string;
  /** A file stands for the socket; a name in Linux's abstract namespace has none. */
  readonly file: boolean;
}

/**
 * Bytes of a path: sockaddr_un holds 108 on Linux and 104 on BSDs and macOS, one of which ends it. An
 * older libuv cuts off what is too long, and would listen somewhere else.
 */
const PATH_BYTES_MOST = (process.platform === 'linux' ? 108 : 104) - 1;

/**
 * Parses a path, absolute or relative, `@name` in Linux's abstract namespace, and for binding `*`, a
 * path of its own; undefined stands for that.
 * @throws ZmqError EINVAL, ENAMETOOLONG
 */
export function parseIpcAddress(
  { text, address }: Endpoint,
  role: 'bind' | 'connect',
): IpcAddress | undefined {
  if (address === '*') {
    if (role === 'bind') return undefined;
    throw new ZmqError('EINVAL', { address: text });
  }
  // Nowhere else does @ mean anything.
  const file = !(address.startsWith('@') && process.platform === 'linux');
  // A path would end at a NUL.
  if (address.includes('\0') || address === '@') throw new ZmqError('EINVAL', { address: text });
  if (Buffer.byteLength(address) > PATH_BYTES_MOST) {
    throw new ZmqError('ENAMETOOLONG', { address: text });
  }
  return { path: file ? address : `\0${address.slice(1)}`, file };
}
