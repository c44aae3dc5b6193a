import { Buffer } from 'node:buffer';
import { Socket, type OnReadOpts } from 'node:net';

/** Who reads from a link: the engine. It says where the bytes go, so that they can go into a ring. */
export interface LinkReader {
  /** Room for the next read, at least one byte; it must stay valid until `received`. */
  space(): Uint8Array;
  /** `length` bytes have come into the space given last. False pauses the link until `resume`. */
  received(length: number): boolean;
  /** The link is gone; nothing comes any more. `error` is missing if the peer closed it in order. */
  closed(error: Error | undefined): void;
}

/**
 * Where links that have ended read to, all of them: nobody looks at it. Node keeps no reference to a
 * buffer that its handle is given, so one made for the occasion could be collected and read into after.
 */
const DISCARDED = Buffer.allocUnsafeSlow(4096);

/**
 * A byte stream to a peer: a node:net socket, read in place.
 *
 * Data events would cost 42 to 45 % of a core at 2 GB/s, a fresh Buffer each; reading into memory of
 * our own costs 7 to 12 %. `net.connect` takes an `onread` option for it. Accepted sockets have none,
 * so their handle is moved to a new Socket that does: two undocumented members, in this file alone.
 * Where they are missing, data events are copied instead.
 */
export class StreamLink {
  #written = 0;
  #closed = false;
  readonly #handle: RawHandle | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly reader: LinkReader,
  ) {
    this.#handle = rawHandle(socket);
    socket.on('error', (error) => this.#close(error));
    socket.on('end', () => this.#close(undefined));
    socket.on('close', () => this.#close(undefined));
  }

  /** Options for `net.connect` that make it read in place. */
  static onread(reader: Omit<LinkReader, 'closed'>): OnReadOpts {
    return {
      buffer: () => reader.space(),
      callback: (length: number) => reader.received(length),
    };
  }

  /** A link over a socket that was connected with `onread`. */
  static connected(socket: Socket, reader: LinkReader): StreamLink {
    socket.setNoDelay(true);
    return new StreamLink(socket, reader);
  }

  /** A link over a socket that was accepted with `pauseOnConnect`. */
  static accepted(accepted: Socket, reader: LinkReader): StreamLink {
    const handle = rawHandle(accepted);
    if (handle === undefined) {
      // The stream has no handle to move: copy its data events.
      const link = StreamLink.connected(accepted, reader);
      link.#copyData();
      accepted.resume();
      return link;
    }
    (accepted as unknown as WithHandle)._handle = null;
    const socket = new Socket({
      handle,
      onread: StreamLink.onread(reader),
    } as unknown as ConstructorParameters<typeof Socket>[0]);
    const link = StreamLink.connected(socket, reader);
    socket.resume();
    return link;
  }

  /**
   * Writes all of `pieces` with one system call where possible. Their memory must stay as it is until
   * `written`, which is called once they are in the kernel, and never if the link closes before that.
   */
  write(pieces: readonly Uint8Array[], written: () => void): void {
    const last = pieces.length - 1;
    if (last > 0) this.socket.cork();
    for (let i = 0; i <= last; i++) {
      this.#written += pieces[i]!.length;
      if (i < last) this.socket.write(pieces[i]!);
      else {
        this.socket.write(pieces[i]!, (error) => {
          // Node 20 reports success for writes that a reset has discarded; what a failed write has
          // moved, `accepted` tells when the link has closed.
          if (!error && !this.#closed && !this.socket.destroyed) written();
        });
      }
    }
    if (last > 0) this.socket.uncork();
  }

  /** Bytes given to `write` so far. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that the kernel has taken of all that was written. Exact when the link has just closed. */
  get accepted(): number {
    return this.#written - (this.#handle?.writeQueueSize ?? 0);
  }

  /** Where the peer is, `address:port`; undefined for transports without addresses, and if it has left. */
  get peerAddress(): string | undefined {
    return peerAddressOf(this.socket);
  }

  /** The same without the port, as it is. */
  get peerHost(): string | undefined {
    return this.socket.remoteAddress;
  }

  /** Reads nothing until `resume`. One read may be out. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /**
   * Sends what was written, then says goodbye. What the peer still sends is read and thrown away:
   * closing with unread bytes would reset the connection, and take back what is on its way.
   */
  end(): void {
    // A read into the space given last is out, and that space is not ours any more.
    if (this.#handle?.useUserBuffer === undefined) this.socket.pause();
    else this.#handle.useUserBuffer(DISCARDED);
    this.socket.end();
  }

  /** Closes at once; `closed` is not called. */
  destroy(): void {
    this.#closed = true;
    this.socket.destroy();
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.reader.closed(error);
    this.socket.destroy();
  }

  #copyData(): void {
    this.socket.on('data', (data: Buffer) => {
      let rest: Uint8Array = data;
      let open = true;
      while (rest.length > 0 && !this.#closed) {
        const space = this.reader.space();
        const length = Math.min(space.length, rest.length);
        space.set(rest.subarray(0, length));
        rest = rest.subarray(length);
        open = this.reader.received(length);
        if (!open && rest.length > 0) {
          // The chunk is longer than the reader can take: the rest comes back after `resume`.
          this.socket.pause();
          this.socket.unshift(rest);
          return;
        }
      }
      if (!open) this.socket.pause();
    });
  }
}

/** As a link's `peerAddress`, for a socket that is none yet. */
export function peerAddressOf({
  remoteAddress,
  remoteFamily,
  remotePort,
}: Pick<Socket, 'remoteAddress' | 'remoteFamily' | 'remotePort'>): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  const host = remoteFamily === 'IPv6' ? `[${remoteAddress}]` : remoteAddress;
  return `${host}:${remotePort}`;
}

/** What we use of libuv's stream handle. */
interface RawHandle {
  /** Bytes that were written but not yet taken by the kernel. */
  readonly writeQueueSize: number;
  /** Reads go into this from now on. Missing where reads are not in place. */
  useUserBuffer?(space: Uint8Array): void;
}

interface WithHandle {
  _handle?: RawHandle | null;
}

function rawHandle(socket: Socket): RawHandle | undefined {
  return (socket as unknown as WithHandle)._handle ?? undefined;
}
