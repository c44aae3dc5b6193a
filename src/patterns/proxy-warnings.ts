import { ZmqError } from '../runtime/base/errors.js';

/** A proxy has dropped something for the first time. */
export function warnDropped(reason: Error): void {
  process.emitWarning(
    `A proxy has dropped a message that it could not pass on: ${reason.message}. ` +
      'It goes on, and counts such messages in `proxy.dropped`.',
    { code: 'LOOMWIRE_PROXY_DROPPED', detail: reason instanceof ZmqError ? reason.code : '' },
  );
}

/** A proxy has ended, and nobody waits for it who could be told why. The end of its context is no news. */
export function warnEnded(failure: Error | undefined): void {
  if (failure === undefined || isTermination(failure)) return;
  process.emitWarning(failure);
}

/** Is it the context that has ended? */
export function isTermination(error: unknown): boolean {
  return error instanceof ZmqError && error.code === 'ETERM';
}
