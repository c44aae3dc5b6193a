import { ZmqError } from '../../runtime/base/errors.js';
import { context } from '../../runtime/context/default-context.js';

/**
 * The process's own context, as far as version 5 lets programs at it.
 *
 * @example
 * ```ts
 * import { Context } from 'loomwire/v5-compat';
 *
 * try {
 *   new Context();
 * } catch (error) {
 *   console.log(error instanceof Error); // true
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
export class Context {
  /** @throws ZmqError ENOTSUP */
  constructor() {
    throw new ZmqError('ENOTSUP', {
      message: 'Context cannot be instantiated in compatibility mode',
    });
  }

  /** @throws ZmqError ENOTSUP for another number than it has: it is fixed when a context is made */
  static setMaxThreads(value: number): void {
    if (value === context.ioThreads) return;
    throw new ZmqError('ENOTSUP', {
      message: `The context of the process has ${context.ioThreads} I/O threads, and keeps them`,
    });
  }

  static getMaxThreads(): number {
    return context.ioThreads;
  }

  /** @throws ZmqError EINVAL */
  static setMaxSockets(value: number): void {
    context.maxSockets = value;
  }

  static getMaxSockets(): number {
    return context.maxSockets;
  }
}
