/** First part of a reply that says that there is none. The second is a code, the third a text. */
export const ERROR_REPLY = '$ERROR';

/** What a server answers a request with that it has no reply to. */
export interface ReplyError {
  /** As `ERR_SERVER_BUSY`; of what a handler has thrown: its `code`, or the name of its class. */
  readonly code: string;
  readonly message: string;
}

/** The error in a reply of a server; undefined if it is none. */
export function replyError(reply: readonly Buffer[]): ReplyError | undefined {
  const [mark, code, message] = reply;
  if (reply.length !== 3 || mark!.length !== ERROR_REPLY.length || String(mark) !== ERROR_REPLY) {
    return undefined;
  }
  return { code: String(code), message: String(message) };
}

/** A reply that says what was thrown. Not where: that is nothing for others to know. */
export function errorReply(thrown: unknown): [string, string, string] {
  if (!(thrown instanceof Error)) return [ERROR_REPLY, 'Error', String(thrown)];
  const { code } = thrown as { code?: unknown };
  const named = typeof code === 'string' || typeof code === 'number' ? String(code) : thrown.name;
  return [ERROR_REPLY, named, thrown.message];
}
