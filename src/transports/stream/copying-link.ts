import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { type Link, type LinkReader, type PeerPlace, peerAddressOf } from './link.js';

/**
 * Bytes that the stream has at a time. When it closes, nobody can say what of them has arrived, so all of them count
 * as sent; and heartbeats see a write go on by so much at a time.
 */
export const CHUNK_BYTES = 64 * 1024;

/** What sockets of node:net and node:tls have, and other streams may have. */
interface OfNetwork extends PeerPlace {
  setNoDelay?(on: boolean): unknown;
}

/** What is being written. */
interface Write {
  readonly pieces: readonly Uint8Array[];
  readonly written: () => void;
  /** The piece that is to go next, and how much of it has gone. */
  piece: number;
  offset: number;
}

/**
 * A link over any stream of bytes, such as TLS. It is neither read nor written in place: what comes is copied from its
 * data events, and what goes is copied before it is given away, since a stream may keep what it was given, or
 * change it.
 */
export class CopyingLink implements Link {
  #written = 0;
  #handed = 0;
  /** A chunk is with the stream, which has not said that it is through. */
  #busy = false;
  #ending = false;
  #closed = false;
  readonly #queue: Write[] = [];

  constructor(
    private readonly stream: Duplex & OfNetwork,
    private readonly reader: LinkReader,
  ) {
    stream.on('error', (error) => this.#close(error));
    stream.on('end', () => this.#close(undefined));
    stream.on('close', () => this.#close(undefined));
    stream.on('data', (data: unknown) => this.#take(data));
    stream.setNoDelay?.(true);
    // Of one that has ended while nobody looked at it there are no more events.
    if (stream.destroyed || stream.readableEnded) {
      setImmediate(() => this.#close(stream.errored ?? undefined));
    } else {
      stream.resume();
    }
  }

  write(pieces: readonly Uint8Array[], written: () => void): void {
    for (const { length } of pieces) this.#written += length;
    this.#queue.push({ pieces, written, piece: 0, offset: 0 });
    this.#next();
  }

  get written(): number {
    return this.#written;
  }

  get accepted(): number {
    return this.#handed;
  }

  get peerAddress(): string | undefined {
    return peerAddressOf(this.stream);
  }

  get peerHost(): string | undefined {
    return this.stream.remoteAddress;
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  end(): void {
    this.#ending = true;
    this.stream.resume();
    this.#next();
  }

  destroy(): void {
    this.#closed = true;
    this.stream.destroy();
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.reader.closed(error);
    this.stream.destroy();
  }

  #next(): void {
    if (this.#busy || this.#closed) return;
    const write = this.#queue[0];
    if (write === undefined) {
      if (this.#ending) this.stream.end();
      return;
    }
    const chunk = takeChunk(write);
    this.#busy = true;
    this.#handed += chunk.length;
    this.stream.write(chunk, (error) => {
      this.#busy = false;
      if (error || this.#closed || this.stream.destroyed) return;
      if (write.piece === write.pieces.length) {
        this.#queue.shift();
        write.written();
      }
      this.#next();
    });
  }

  #take(data: unknown): void {
    if (this.#ending) return;
    if (!(data instanceof Uint8Array)) {
      this.#close(new TypeError('A connection must be a stream of bytes'));
      return;
    }
    let rest = data;
    let open = true;
    while (rest.length > 0 && !this.#closed) {
      const space = this.reader.space();
      const length = Math.min(space.length, rest.length);
      space.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      open = this.reader.received(length);
      if (!open && rest.length > 0) {
        // The chunk is longer than the reader can take: the rest comes back after `resume`.
        this.stream.pause();
        this.stream.unshift(rest);
        return;
      }
    }
    if (!open) this.stream.pause();
  }
}

/** Copies what is to go next, and passes it. */
function takeChunk(write: Write): Buffer {
  const parts: Uint8Array[] = [];
  let room = CHUNK_BYTES;
  while (room > 0 && write.piece < write.pieces.length) {
    const piece = write.pieces[write.piece]!;
    const part = piece.subarray(write.offset, write.offset + room);
    parts.push(part);
    room -= part.length;
    write.offset += part.length;
    if (write.offset < piece.length) break;
    write.piece++;
    write.offset = 0;
  }
  return Buffer.concat(parts);
}
