import { encodeCommandFrame, parseCommand } from '../zmtp/commands.js';
import { encodeMetadata, parseMetadata, type Metadata, type Property } from '../zmtp/metadata.js';
import { ProtocolError, printable } from '../zmtp/protocol-error.js';
import type { Mechanism } from './mechanism.js';

/**
 * NULL (RFC 37, "The NULL Security Mechanism"): no authentication and no encryption. Each side sends
 * READY at once, without waiting for the other: libzmq and RFC 23 do so, and RFC 37's order (the
 * client first) would need to know which side that is.
 */
export class NullMechanism implements Mechanism {
  readonly name = 'NULL';
  readonly asServer = false;
  readonly #properties: readonly Property[];
  #peerMetadata: Metadata | undefined;

  /**
   * @param properties what READY tells the peer, in this order: Socket-Type, then Identity (even if
   *   empty) of a REQ, DEALER or ROUTER, then the application's own
   */
  constructor(properties: readonly Property[]) {
    this.#properties = properties;
  }

  get ready(): boolean {
    return this.#peerMetadata !== undefined;
  }

  get peerMetadata(): Metadata | undefined {
    return this.#peerMetadata;
  }

  start(): Buffer {
    return encodeCommandFrame('READY', encodeMetadata(this.#properties));
  }

  receive(body: Uint8Array): undefined {
    const { name, data } = parseCommand(body);
    if (name !== 'READY' || this.ready) {
      throw new ProtocolError(
        'ERR_ZMTP_UNEXPECTED_COMMAND',
        `Unexpected command in NULL handshake: ${printable(name)}`,
      );
    }
    this.#peerMetadata = parseMetadata(data);
  }
}
