import { Buffer } from 'node:buffer';
import { ZmqError } from '../../runtime/base/errors.js';

/** Which peer of a SERVER or PEER a message is for, or comes from. */
export interface ServerRoutingOptions {
  /** The number that the socket has given the peer: an unsigned 32-bit integer, not 0. */
  routingId: number;
}

/** Bytes of a routing id where it is a first part, between a socket and its pattern; big-endian. */
export const ROUTING_ID_BYTES = 4;

/**
 * @throws TypeError if the routing id is no number; ZmqError EINVAL if it is missing, which is zeromq.js's
 * code, or nobody's: 0, or no unsigned 32-bit integer
 */
export function routingIdPart({ routingId }: ServerRoutingOptions): Buffer {
  if (routingId !== undefined && typeof routingId !== 'number') {
    throw new TypeError('Routing id must be a number');
  }
  if (routingId >>> 0 !== routingId || routingId === 0) {
    throw new ZmqError('EINVAL', { message: 'A routing id is an unsigned 32-bit integer, not 0' });
  }
  const part = Buffer.allocUnsafe(ROUTING_ID_BYTES);
  part.writeUInt32BE(routingId);
  return part;
}

export function routingIdOf(part: Buffer): ServerRoutingOptions {
  return { routingId: part.readUInt32BE() };
}
