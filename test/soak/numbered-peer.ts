import type { Socket } from 'node:net';
import { greeting, LONG, ready } from '../support/wire-peer.js';

const GREETING_BYTES = 64;
const NUMBER_BYTES = 4;

/**
 * A PULL that knows only the wire, and looks only at the numbers with which messages begin. It keeps
 * nothing, so that any amount may come.
 */
export class NumberedPeer {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  /** The message that came first; undefined before its number is there. */
  first: number | undefined;
  /** Messages that have come whole. */
  whole = 0;
  /** Bytes before the first message. */
  private preamble = 0;
  private readonly head = Buffer.alloc(9 + NUMBER_BYTES);
  private filled = 0;
  /** Bytes until the next frame begins. */
  private rest = GREETING_BYTES;
  private phase: 'greeting' | 'ready' | 'messages' = 'greeting';
  private wake: (() => void) | undefined;

  /** @param begin told the number of each message of which enough has come */
  constructor(
    readonly socket: Socket,
    private readonly begin: (number: number) => void,
  ) {
    // Whoever resets connections is told that they are broken.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.take(chunk);
      this.wake?.();
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** Says what a PULL says; before it the other side sends no message. */
  greet(): void {
    this.socket.write(Buffer.concat([greeting(), ready('PULL')]));
  }

  /** Bytes of messages that have come. */
  get bytes(): number {
    return this.phase === 'messages' ? this.socket.bytesRead - this.preamble : 0;
  }

  /** Resolves when so many bytes of messages have come. */
  async read(bytes: number): Promise<void> {
    while (this.bytes < bytes) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.rest > 0) {
        const length = Math.min(this.rest, chunk.length - at);
        this.rest -= length;
        at += length;
        if (this.rest === 0) this.frameEnded();
        continue;
      }
      this.head[this.filled++] = chunk[at++]!;
      if (this.filled === this.headBytes) this.frameBegins();
    }
  }

  private get headBytes(): number {
    if (this.filled < 2) return 2;
    const header = (this.head[0]! & LONG) === 0 ? 2 : 9;
    return this.phase === 'messages' ? header + NUMBER_BYTES : header;
  }

  private frameBegins(): void {
    const long = (this.head[0]! & LONG) !== 0;
    this.rest = long ? this.head.readUInt32BE(5) : this.head[1]!;
    this.filled = 0;
    if (this.phase === 'ready') {
      this.preamble = GREETING_BYTES + (long ? 9 : 2) + this.rest;
      return;
    }
    const number = this.head.readUInt32LE(long ? 9 : 2);
    this.first ??= number;
    this.begin(number);
    this.rest -= NUMBER_BYTES;
    if (this.rest === 0) this.frameEnded();
  }

  private frameEnded(): void {
    if (this.phase === 'greeting') this.phase = 'ready';
    else if (this.phase === 'ready') this.phase = 'messages';
    else this.whole++;
  }
}
