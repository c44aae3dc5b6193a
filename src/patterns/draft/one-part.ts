import { ZmqError } from '../../runtime/base/errors.js';
import type { Body } from '../../runtime/base/message.js';

/** A draft type's message has one part, and before it maybe another that says who it is for, or from. */
export const ADDRESSED_PARTS = 2;

/** @throws ZmqError EINVAL if there are not so many */
export function checkParts(bodies: readonly Body[], expected: number): void {
  if (bodies.length === expected) return;
  throw new ZmqError('EINVAL', { message: 'A message of this socket type has exactly one part' });
}
