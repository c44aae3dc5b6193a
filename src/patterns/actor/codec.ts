import { deserialize, serialize } from '../../runtime/base/serializer.js';
import type { Codec } from '../../runtime/base/injected.js';
import { ActorError } from '../../runtime/actor/errors.js';
import { packError, type SentError, unpackError } from '../../runtime/control/sent-error.js';
import { describeReason, type Reason } from '../../runtime/actor/reason.js';

/** @throws ActorError ERR_ACTOR_CLONE */
export function encode(codec: Codec, value: unknown, what: string): Uint8Array {
  try {
    return codec.encode(value);
  } catch (cause) {
    throw new ActorError('ERR_ACTOR_CLONE', { message: `${what} cannot be cloned`, cause });
  }
}

/** @throws ActorError ERR_ACTOR_DECODE */
export function decode(codec: Codec, bytes: Buffer | undefined, what: string): unknown {
  if (bytes === undefined) {
    throw new ActorError('ERR_ACTOR_DECODE', { message: `${what} has no body` });
  }
  try {
    return codec.decode(bytes);
  } catch (cause) {
    throw new ActorError('ERR_ACTOR_DECODE', { message: `${what} cannot be decoded`, cause });
  }
}

/** Errors are the library's, whatever the codec. */
export function encodeError(error: unknown): Uint8Array {
  return serialize(packError(error));
}

export function decodeError(bytes: Buffer | undefined): unknown {
  return unpackError(deserialize(bytes!) as SentError);
}

export function encodeReason(reason: Reason): Uint8Array {
  const sent = 'error' in reason ? { ...reason, error: packError(reason.error) } : reason;
  return serialize(sent);
}

export function decodeReason(bytes: Buffer | undefined): Reason {
  const sent = deserialize(bytes!) as Reason;
  return 'error' in sent ? { ...sent, error: unpackError(sent.error as SentError) } : sent;
}

/** What those get who waited for something that has died. */
export function diedError(name: string, reason: Reason): ActorError {
  const cause = 'error' in reason ? reason.error : undefined;
  // It has given up for a reason that has a name.
  if (cause instanceof ActorError && cause.code === 'ERR_ACTOR_RESTARTS') return cause;
  const code = reason.kind === 'stopped' ? 'ERR_ACTOR_STOPPED' : 'ERR_ACTOR_DIED';
  return new ActorError(code, { message: `${name} has ended: ${describeReason(reason)}`, cause });
}
