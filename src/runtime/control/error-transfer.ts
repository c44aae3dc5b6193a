import * as Comlink from 'comlink';
import { packError, type SentError, unpackError } from './sent-error.js';

interface Thrown {
  readonly value: unknown;
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
    serialize: ({ value }: Thrown): [SentError, Transferable[]] => [packError(value), []],
    deserialize(sent: SentError): never {
      throw unpackError(sent);
    },
  });
}
