import { ZmqError } from '../../runtime/base/errors.js';
import type { Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';

/**
 * Writes a message for which nobody waits. False if it has no room now, be it in the pipe or in the
 * whole arena: to those who drop, the two are the same.
 * @throws ZmqError EMSGSIZE if it never could have room
 */
export function offer(pipe: Pipe, bodies: readonly Body[]): boolean {
  try {
    return pipe.write(bodies);
  } catch (error) {
    if (error instanceof ZmqError && error.code === 'ENOMEM') return false;
    throw error;
  }
}
