import * as Comlink from 'comlink';
import { isErrorCode, ZmqError } from '../base/errors.js';

interface Thrown {
  readonly value: unknown;
}

interface SentError {
  readonly isError: boolean;
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string | undefined;
  readonly code?: unknown;
  readonly value?: unknown;
}

let installed = false;

/** comlink sends an error's name and text; its code, which programs go by, gets lost. Here it stays. */
export function installErrorTransfer(): void {
  if (installed) return;
  installed = true;
  const builtIn = Comlink.transferHandlers.get('throw') as
    Comlink.TransferHandler<Thrown, SentError> | undefined;
  if (builtIn === undefined) throw new Error('comlink has no transfer handler for errors');
  Comlink.transferHandlers.set('throw', {
    canHandle: (value: unknown): value is unknown => builtIn.canHandle(value),
    serialize({ value }: Thrown): [SentError, Transferable[]] {
      if (!(value instanceof Error)) return [{ isError: false, value }, []];
      const { name, message, stack } = value;
      return [
        { isError: true, name, message, stack, code: (value as { code?: unknown }).code },
        [],
      ];
    },
    deserialize(sent: SentError): never {
      throw sent.isError ? revive(sent) : sent.value;
    },
  });
}

function revive(sent: SentError): Error {
  const error = isErrorCode(sent.code)
    ? new ZmqError(sent.code, { message: sent.message })
    : Object.assign(new Error(sent.message), sent.code === undefined ? {} : { code: sent.code });
  if (sent.stack !== undefined) error.stack = sent.stack;
  return error;
}
