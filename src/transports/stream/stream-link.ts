import { Buffer } from 'node:buffer';
import { Socket, type OnReadOpts } from 'node:net';
import { CopyingLink } from './copying-link.js';
import { type Link, type LinkReader, peerAddressOf } from './link.js';

/**
 * Where links that have ended read to, all of them: nobody looks at it. Node keeps no reference to a
 * buffer that its handle is given, so one made for the occasion could be collected and read into after.
 */
const DISCARDED = Buffer.allocUnsafeSlow(4096);

/**
 * A link over a node:net socket, read in place.
 *
 * Data events would cost 42 to 45 % of a core at 2 GB/s, a fresh Buffer each; reading into memory of
 * our own costs 7 to 12 %. `net.connect` takes an `onread` option for it. Accepted sockets have none,
 * so their handle is moved to a new Socket that does: two undocumented members, in this file alone.
 * Where they are missing, data events are copied instead.
 */
export class StreamLink implements Link {
  #written = 0;
  #closed = false;
  readonly #handle: RawHandle | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly reader: LinkReader,
  ) {
    this.#handle = rawHandle(socket);
    socket.on('error', (error) => this.#close(error));
    const gone = (): void => this.#close(undefined);
    socket.on('end', gone);
    socket.on('close', gone);
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
  static accepted(accepted: Socket, reader: LinkReader): Link {
    const handle = rawHandle(accepted);
    if (handle === undefined) return new CopyingLink(accepted, reader);
    (accepted as unknown as WithHandle)._handle = null;
    const socket = new Socket({
      handle,
      onread: StreamLink.onread(reader),
    } as unknown as ConstructorParameters<typeof Socket>[0]);
    const link = StreamLink.connected(socket, reader);
    socket.resume();
    return link;
  }

  /** With one system call where possible. */
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

  get written(): number {
    return this.#written;
  }

  /** Bytes that the kernel has taken of all that was written. Exact when the link has just closed. */
  get accepted(): number {
    return this.#written - (this.#handle?.writeQueueSize ?? 0);
  }

  get peerAddress(): string | undefined {
    return peerAddressOf(this.socket);
  }

  get peerHost(): string | undefined {
    return this.socket.remoteAddress;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    // A read into the space given last is out, and that space is not ours any more.
    if (this.#handle?.useUserBuffer === undefined) this.socket.pause();
    else this.#handle.useUserBuffer(DISCARDED);
    this.socket.end();
  }

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
