import { Buffer } from 'node:buffer';
import { wireHeader } from '../../runtime/ring/frame.js';
import { FrameHeader } from '../../runtime/ring/frame-header.js';
import { OLDER_GREETING_SIZE, SOCKET_TYPE_OFFSET } from './greeting.js';
import type { Metadata } from './metadata.js';
import { ProtocolError } from './protocol-error.js';
import { socketTypeName } from './socket-type.js';
import { v1Header, V1FrameHeader } from './v1-frame.js';

/** RFC 13 and RFC 15. */
const ROUTING_ID_MAX = 255;

/** What a peer before ZMTP 3 has said of itself. */
export interface OlderIntroduction {
  /** Octets that it took, from the connection's first one on. */
  readonly size: number;
  /** As READY would have it: Identity, and Socket-Type where there is one. */
  readonly metadata: Metadata;
}

/**
 * The rest of a handshake with a peer of ZMTP 2.0 or 1.0. Nothing is negotiated any more: each side says its socket
 * type, if there is a greeting to say it in, and then its routing id, which is a frame of its own.
 */
export class OlderHandshake {
  readonly version: { readonly major: number; readonly minor: number };

  /** @param revision from the peer's greeting: 1 for ZMTP 2.0, 0 for ZMTP 1.0; undefined for ZMTP 1.0 without a greeting */
  constructor(private readonly revision: number | undefined) {
    this.version = { major: revision === 1 ? 2 : 1, minor: 0 };
  }

  /** Do subscribers of this kind tell a publisher what they want? libzmq 2.x takes everything, and filters itself. */
  get tellsTopics(): boolean {
    return this.revision !== undefined;
  }

  /** What we say, behind what is on its way: the signature, and to whoever has a greeting the major version. */
  introduction(socketType: number, routingId: Uint8Array): Buffer {
    // To whoever has none the signature was the header of this frame.
    if (this.revision === undefined) return Buffer.from(routingId);
    const header = this.version.major === 1 ? v1Header : wireHeader;
    return Buffer.concat([Buffer.of(socketType), header(0, routingId.length), routingId]);
  }

  /**
   * Reads what the peer says.
   * @param bytes all that has come of it, its greeting included
   * @returns undefined while octets are missing
   * @throws ProtocolError ERR_ZMTP_HANDSHAKE_TOO_LARGE for a routing id of more than 255 octets, ERR_ZMTP_UNSPECIFIED if it is no frame
   */
  parse(bytes: Uint8Array): OlderIntroduction | undefined {
    const start = this.revision === undefined ? 0 : OLDER_GREETING_SIZE;
    if (bytes.length <= start) return undefined;
    // The flags say nothing: RFC 13 wants nobody to look at them, and libzmq does not.
    const header = this.version.major === 1 ? new V1FrameHeader() : new FrameHeader();
    const body = start + header.take(bytes, start, bytes.length);
    if (!header.complete) return undefined;
    if (header.length > ROUTING_ID_MAX) {
      throw new ProtocolError('ERR_ZMTP_HANDSHAKE_TOO_LARGE', "The peer's routing id is too long");
    }
    const size = body + header.length;
    if (size > bytes.length) return undefined;
    const metadata = new Map([['Identity', Buffer.from(bytes.subarray(body, size))]]);
    if (this.revision !== undefined) {
      metadata.set('Socket-Type', Buffer.from(socketTypeName(bytes[SOCKET_TYPE_OFFSET]!)));
    }
    return { size, metadata };
  }
}
