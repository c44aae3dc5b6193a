/**
 * Why a peer's bytes were refused.
 *
 * The first group carries the names under which libzmq's protocol codes are known to Node programs
 * (zeromq.js, event `handshake:error:protocol`). The second names refusals for which libzmq has no
 * code: there it closes without a word.
 */
export type ProtocolErrorCode =
  | 'ERR_ZMTP_UNSPECIFIED'
  | 'ERR_ZMTP_UNEXPECTED_COMMAND'
  | 'ERR_ZMTP_INVALID_SEQUENCE'
  | 'ERR_ZMTP_KEY_EXCHANGE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'
  | 'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'
  | 'ERR_ZMTP_MALFORMED_COMMAND_INITIATE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'
  | 'ERR_ZMTP_MALFORMED_COMMAND_READY'
  | 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'
  | 'ERR_ZMTP_INVALID_METADATA'
  | 'ERR_ZMTP_CRYPTOGRAPHIC'
  | 'ERR_ZMTP_MECHANISM_MISMATCH'
  // Ours:
  | 'ERR_ZMTP_INVALID_GREETING'
  | 'ERR_ZMTP_UNSUPPORTED_VERSION'
  | 'ERR_ZMTP_HANDSHAKE_TOO_LARGE'
  | 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE'
  | 'ERR_ZMTP_PEER_ERROR';

export interface ProtocolErrorDetail {
  /** See {@link ProtocolError.fatal}; default false. */
  fatal?: boolean;
  /** See {@link ProtocolError.peerReason}. */
  peerReason?: string;
}

/** The peer broke ZMTP, or cannot be talked to: its connection has to be closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  /**
   * True if connecting again cannot help: the two ends are configured not to fit. A connecter must
   * then give up the endpoint, as libzmq does, instead of retrying for ever.
   */
  readonly fatal: boolean;

  /**
   * The reason text of an ERROR command, byte for byte (latin1); undefined for any other cause.
   * ZAP puts its status code here ("400").
   */
  readonly peerReason: string | undefined;

  constructor(code: ProtocolErrorCode, message: string, detail: ProtocolErrorDetail = {}) {
    super(message);
    this.code = code;
    this.fatal = detail.fatal ?? false;
    this.peerReason = detail.peerReason;
  }
}

/** Text of the peer, made safe for a log line: all but printable ASCII becomes `\xNN`. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
