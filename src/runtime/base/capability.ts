import { ZmqError } from './errors.js';

/** What zeromq.js's `capability` can tell of; what is absent is not there. */
export interface Capability {
  /** Endpoints `ipc://`. */
  ipc?: boolean;
  pgm?: boolean;
  tipc?: boolean;
  norm?: boolean;
  /** The mechanism CURVE. */
  curve?: boolean;
  gssapi?: boolean;
  /** Draft socket types, in `loomwire/draft`. */
  draft?: boolean;
}

/** Which of libzmq's optional parts are there, as zmq_has tells it. */
export const capability: Capability = {
  // Node's are named pipes on Windows, which nothing else that speaks ZMTP connects to.
  ipc: process.platform !== 'win32',
  pgm: false,
  tipc: false,
  norm: false,
  curve: false,
  gssapi: false,
  draft: true,
};

/**
 * A new pair of keys for CURVE, of which there is nothing yet: `capability.curve` is false.
 * @throws ZmqError ENOTSUP
 */
export function curveKeyPair(): { publicKey: string; secretKey: string } {
  throw new ZmqError('ENOTSUP', { message: 'CURVE is not supported' });
}
