import { Buffer } from 'node:buffer';
import {
  DATAGRAM_BYTES_MOST,
  type DatagramPeer,
  formatPeer,
  parsePeer,
} from '../../runtime/base/datagram.js';

/** A datagram that is to be sent: its pieces, and to whom it goes if the endpoint does not say that. */
export interface OutgoingDatagram {
  readonly pieces: readonly Uint8Array[];
  readonly to: DatagramPeer | undefined;
}

/** How a message of two parts lies in a datagram. */
export interface Framing {
  /** Undefined if no datagram can hold the message, or nobody has the address. */
  encode(message: readonly Buffer[]): OutgoingDatagram | undefined;
  /** Undefined if the datagram is not what it has to be. The message may be views of it. */
  decode(datagram: Buffer, from: DatagramPeer): readonly Buffer[] | undefined;
}

const GROUP_BYTES_MOST = 255;

/**
 * RADIO and DISH, whose messages are a group and a body:
 *
 *     length of the group (1) │ group │ body
 */
export const GROUPED: Framing = {
  encode([group, body]) {
    if (group === undefined || body === undefined || group.length > GROUP_BYTES_MOST)
      return undefined;
    if (1 + group.length + body.length > DATAGRAM_BYTES_MOST) return undefined;
    return { pieces: [Buffer.of(group.length), group, body], to: undefined };
  },

  decode(datagram) {
    if (datagram.length === 0) return undefined;
    const end = 1 + datagram[0]!;
    if (end > datagram.length) return undefined;
    return [datagram.subarray(1, end), datagram.subarray(end)];
  },
};

/** DGRAM, whose messages are the address of the peer and what is in the datagram. */
export const RAW: Framing = {
  encode([address, body]) {
    if (address === undefined || body === undefined || body.length > DATAGRAM_BYTES_MOST)
      return undefined;
    const to = parsePeer(address.toString('latin1'));
    return to === undefined ? undefined : { pieces: [body], to };
  },

  decode: (datagram, { host, port }) => [Buffer.from(formatPeer(host, port), 'latin1'), datagram],
};
