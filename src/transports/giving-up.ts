import { Buffer } from 'node:buffer';
import type { SocketProfile } from '../runtime/context/commands.js';
import type { Pipe } from '../runtime/pipe/pipe.js';
import { ProtocolError } from './zmtp/protocol-error.js';

/** ZMQ_RECONNECT_STOP_CONN_REFUSED */
const REFUSED = 1;
/** ZMQ_RECONNECT_STOP_HANDSHAKE_FAILED */
const HANDSHAKE_FAILED = 2;

/** Nobody listens, and the socket does not want to try again then (ZMQ_RECONNECT_STOP). */
export function isRefused({ reconnectStop }: SocketProfile, error: Error | undefined): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return (reconnectStop & REFUSED) !== 0 && code === 'ECONNREFUSED';
}

/**
 * Is a connection not made again that was lost? A peer that does not fit will not fit next time: libzmq gives up
 * there, too.
 * @param shaken its handshake was over
 */
export function givesUp(
  { reconnectStop }: SocketProfile,
  error: Error | undefined,
  shaken: boolean,
): boolean {
  if (error instanceof ProtocolError && error.fatal) return true;
  return !shaken && (reconnectStop & HANDSHAKE_FAILED) !== 0;
}

/** Has the socket hear, if it wants to, that a connection which it made is lost (ZMQ_HICCUP_MSG). */
export function tellHiccup(pipe: Pipe, { hiccupMessage }: SocketProfile): void {
  if (hiccupMessage !== null) pipe.write([Buffer.from(hiccupMessage, 'hex')]);
}
