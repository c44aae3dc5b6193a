import { isErrorCode, ZmqError } from '../base/errors.js';

/**
 * An error in a form that can be posted: structured clone keeps neither the `code`, which programs go by, nor
 * a class of one's own.
 */
export interface SentError {
  readonly isError: boolean;
  /** Name of the class. */
  readonly type?: string;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string | undefined;
  readonly code?: string | number;
  readonly address?: string;
  readonly cause?: SentError;
  /** What was thrown, if it was no error. */
  readonly value?: unknown;
}

type Revive = (sent: SentError, details: { message: string; cause?: unknown }) => Error;

/** Causes of causes are sent this deep; they may go in a circle. */
const CAUSES_MOST = 8;

const BUILT_IN = [
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
] as const;

const revivals = new Map<string, Revive>(
  BUILT_IN.map((type) => [type.name, (_, { message, ...rest }) => new type(message, rest)]),
);
revivals.set('ZmqError', ({ code, address }, details) =>
  isErrorCode(code)
    ? new ZmqError(code, { ...details, address })
    : new Error(details.message, details),
);

/** Has errors of a class of the library's own come back as what they were. */
export function reviveClass(type: string, revive: Revive): void {
  revivals.set(type, revive);
}

/** What was thrown, so that it can be posted. */
export function packError(thrown: unknown, depth = 0): SentError {
  if (!(thrown instanceof Error)) return { isError: false, value: cloneable(thrown) };
  const { name, message, stack, cause } = thrown;
  const { code, address } = thrown as { code?: unknown; address?: unknown };
  return {
    isError: true,
    type: thrown.constructor.name,
    name,
    message,
    stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof address === 'string' ? { address } : {}),
    ...(cause === undefined || depth === CAUSES_MOST ? {} : { cause: packError(cause, depth + 1) }),
  };
}

/** What was thrown elsewhere. An error of an unknown class is an Error with its name. */
export function unpackError(sent: SentError): unknown {
  if (!sent.isError) return sent.value;
  const { type = 'Error', message = '' } = sent;
  const details =
    sent.cause === undefined ? { message } : { message, cause: unpackError(sent.cause) };
  const revive = revivals.get(type);
  const error = revive === undefined ? new Error(message, details) : revive(sent, details);
  const name = sent.name === undefined || sent.name === 'Error' ? type : sent.name;
  if (error.name !== name) define(error, 'name', name);
  if (sent.code !== undefined && (error as { code?: unknown }).code !== sent.code) {
    Object.assign(error, { code: sent.code });
  }
  if (sent.stack !== undefined) define(error, 'stack', sent.stack);
  return error;
}

function define(error: Error, property: string, value: string): void {
  Object.defineProperty(error, property, { value, configurable: true, writable: true });
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    // Only its text can be sent; it is told as far as it can be.
    return String(value);
  }
}
