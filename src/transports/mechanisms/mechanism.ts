import type { Metadata } from '../zmtp/metadata.js';

/**
 * A security mechanism (RFC 37, "The Connection"): one side of the exchange between the greetings
 * and the first message. One object serves one connection; it sees no socket, clock or thread.
 *
 * Of the commands it produces the caller writes each as it is, in order: they are whole frames.
 */
export interface Mechanism {
  /** As in the greeting. Both peers must name the same one. */
  readonly name: string;
  /** For the greeting; which side is the server matters to PLAIN and CURVE only. */
  readonly asServer: boolean;
  /** True once this side has all it needs: messages may flow in both directions. */
  readonly ready: boolean;
  /** The peer's properties; undefined until ready. */
  readonly peerMetadata: Metadata | undefined;

  /**
   * Called once, when both greetings have named this mechanism.
   *
   * @returns the command with which this side opens; undefined if the peer opens
   */
  start(): Buffer | undefined;

  /**
   * Takes the peer's next command. Never called with ERROR, which means the same under every
   * mechanism, and never once `ready`.
   *
   * @param body of the command frame; a view that is good during the call only
   * @returns the command that answers it, if any
   * @throws ProtocolError if it is malformed or not the one that is due
   */
  receive(body: Uint8Array): Buffer | undefined;
}
