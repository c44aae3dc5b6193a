/** Who reads from a link: the engine. It says where the bytes go, so that they can go into a ring. */
export interface LinkReader {
  /** Room for the next read, at least one byte; it must stay valid until `received`. */
  space(): Uint8Array;
  /** `length` bytes have come into the space given last. False pauses the link until `resume`. */
  received(length: number): boolean;
  /** The link is gone; nothing comes any more. `error` is missing if the peer closed it in order. */
  closed(error: Error | undefined): void;
}

/** A byte stream to a peer. */
export interface Link {
  /**
   * Writes all of `pieces`. Their memory must stay as it is until `written`, which is called once they are in the
   * kernel, and never if the link closes before that.
   */
  write(pieces: readonly Uint8Array[], written: () => void): void;

  /** Bytes given to `write` so far. */
  readonly written: number;

  /**
   * Bytes of these that may have reached the peer: never fewer than have. If it grows, the write goes on. Looked at
   * when the link has just closed, too.
   */
  readonly accepted: number;

  /** Where the peer is, `address:port`; undefined for transports without addresses, and if it has left. */
  readonly peerAddress: string | undefined;

  /** The same without the port, as it is. */
  readonly peerHost: string | undefined;

  /** Reads nothing until `resume`. One read may be out. */
  pause(): void;
  resume(): void;

  /**
   * Sends what was written, then says goodbye. What the peer still sends is read and thrown away:
   * closing with unread bytes would reset the connection, and take back what is on its way.
   */
  end(): void;

  /** Closes at once; `closed` is not called. */
  destroy(): void;
}

/** What a socket of node:net, and whatever is like one, says of its peer. */
export interface PeerPlace {
  readonly remoteAddress?: string | undefined;
  readonly remoteFamily?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** See `Link.peerAddress`. */
export function peerAddressOf(place: PeerPlace): string | undefined {
  const { remoteAddress, remoteFamily, remotePort } = place;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const host = remoteFamily === 'IPv6' ? `[${remoteAddress}]` : remoteAddress;
  return `${host}:${remotePort}`;
}
