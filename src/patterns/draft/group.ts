import { Buffer } from 'node:buffer';
import { ZmqError } from '../../runtime/base/errors.js';
import { topicsOf } from '../topics.js';

/** The group that a RADIO sends a message to. */
export interface RadioGroupOptions {
  /** Up to 255 bytes; text is UTF-8. */
  group: Buffer | string;
}

/** The group that a DISH has received a message from. */
export interface DishGroupOptions {
  group: Buffer;
}

/** libzmq's ZMQ_GROUP_MAX_LENGTH; older ones have 15. */
export const GROUP_BYTES_MOST = 255;

/** @throws TypeError if it is neither text nor bytes; ZmqError EINVAL if it is missing or too long */
export function checkGroup(group: unknown): Buffer | string {
  if (group === undefined) throw new ZmqError('EINVAL', { message: 'A message needs a group' });
  if (typeof group !== 'string' && !(group instanceof Uint8Array)) {
    throw new TypeError('Group must be a string or buffer');
  }
  if (Buffer.byteLength(group) > GROUP_BYTES_MOST) {
    throw new ZmqError('EINVAL', { message: `A group has at most ${GROUP_BYTES_MOST} bytes` });
  }
  return group as Buffer | string;
}

/**
 * Copies of the groups that a call of `join` or `leave` names.
 * @throws as `checkGroup`; ZmqError EINVAL also if one is named twice
 */
export function groupsOf(groups: readonly (Buffer | string)[]): Buffer[] {
  // Without any there is none; a SUB's topics would be one that is empty.
  if (groups.length === 0) return [];
  const copies = topicsOf(groups.map(checkGroup));
  if (new Set(copies.map((group) => group.toString('latin1'))).size < copies.length) {
    throw new ZmqError('EINVAL', { message: 'A group is named twice' });
  }
  return copies;
}
