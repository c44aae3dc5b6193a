import { isErrorCode, ZmqError } from '../runtime/base/errors.js';
import type { Event } from '../runtime/base/events.js';
import type { SentError, SentEvent } from '../runtime/context/commands.js';

/** An event as it is given out: what crossed the threads as text is an Error again. */
export function reviveEvent({ error, ...rest }: SentEvent): Event {
  // The I/O worker gives each type its details.
  return (error === undefined ? rest : { ...rest, error: reviveError(error) }) as Event;
}

function reviveError({ message, code, errno, status }: SentError): Error {
  if (isErrorCode(code)) return new ZmqError(code, { message });
  const error: Error & Omit<SentError, 'message'> = new Error(message);
  return Object.assign(
    error,
    code === undefined ? {} : { code },
    errno === undefined ? {} : { errno },
    status === undefined ? {} : { status },
  );
}
