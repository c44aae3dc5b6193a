import { Buffer } from 'node:buffer';
import { assert } from '../../runtime/base/assert.js';
import { EMPTY } from '../../runtime/base/message.js';
import type { Arena } from '../../runtime/memory/arena.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import { writeFrame } from '../../runtime/pipe/write-frame.js';
import { FRAME_LONG, LONG_HEADER, SHORT_HEADER } from '../../runtime/ring/frame.js';
import { writeWord } from '../../runtime/ring/big-endian.js';

/** A read asks for so much room at first, and for twice as much whenever it has been filled. */
const READ_BYTES_LEAST = 2048;
/** What libzmq takes for a message at most (ZMQ_IN_BATCH_SIZE): so a high-water mark means as much memory here. */
const READ_BYTES_MOST = 8192;
/** A read beside the ring: the one that a link has out when it is paused, or one that would wrap. */
const ASIDE_BYTES = 1024;
/** Room that stays for saying that the connection is gone. */
const NOTICE_BYTES = SHORT_HEADER;

/**
 * From the kernel into a ring, where nothing says where messages end: each read becomes one. It goes to its place
 * in the ring, and its header is written before it when it has come. Nothing is read that there is no room for, by
 * count or by bytes: so nothing ever waits here, and TCP's own flow control stops the sender.
 *
 * The empty messages that say that a connection stands, and is gone, are never lost: the first is written before
 * anything is read, and every read leaves room for the last.
 */
export class RawInbound {
  private pipe: Pipe | undefined;
  /** For reads beside the ring, and those whose bytes are thrown away. */
  readonly aside = Buffer.allocUnsafeSlow(ASIDE_BYTES);
  /** The bytes of the ring that were given last for a read; 0 if it goes aside. */
  private given = 0;
  private readBytes = READ_BYTES_LEAST;
  /** The application knows of the connection, or does not want to. */
  private announced: boolean;
  /** The link is to be paused, until there is room. */
  private paused = true;

  /** @param notify shall the application be told of the connection? */
  constructor(
    private readonly arena: Arena,
    private readonly notify: boolean,
  ) {
    this.announced = !notify;
  }

  /** The connection stands. False if nothing may be read yet. */
  begin(pipe: Pipe): boolean {
    this.pipe = pipe;
    return this.admits(pipe);
  }

  space(): Uint8Array {
    const { pipe, arena } = this;
    this.given = 0;
    if (pipe === undefined || this.paused) return this.aside;
    const { write, mask, data, room } = pipe.producer;
    const start = (write + LONG_HEADER) & mask;
    const run = Math.min(mask + 1 - start, room - LONG_HEADER - NOTICE_BYTES, READ_BYTES_MOST);
    if (run < ASIDE_BYTES) return this.aside;
    this.given = run;
    return arena.buffer.subarray(data + start, data + start + run);
  }

  /** So many bytes have come into the space that was given last. True if more may come. */
  received(length: number): boolean {
    const pipe = this.pipe!;
    // Its application has left: nobody wants it.
    if (pipe.peerEnded) return false;
    if (this.given === 0) {
      assert(pipe.producer.room >= LONG_HEADER + length, 'there is room for what may be read');
      writeFrame(this.arena, pipe.producer, this.aside.subarray(0, length), length, 0);
    } else {
      this.frameInPlace(pipe, length);
      if (length === this.given) this.readBytes = Math.min(2 * this.readBytes, READ_BYTES_MOST);
    }
    pipe.commit();
    return this.admits(pipe);
  }

  /** There may be room again. True if the link may be resumed. */
  resume(): boolean {
    return this.pipe !== undefined && this.paused && this.admits(this.pipe);
  }

  /** The connection is gone, and the application has not asked for that. */
  lost(): void {
    const { pipe } = this;
    if (!this.notify || !this.announced || pipe === undefined || pipe.peerEnded) return;
    this.say(pipe);
  }

  /** Is there room for a read, wherever it goes? If not, the pipe says when there may be. */
  private admits(pipe: Pipe): boolean {
    this.paused = !(this.announce(pipe) && hasRoom(pipe, this.readBytes));
    return !this.paused;
  }

  private announce(pipe: Pipe): boolean {
    if (this.announced) return true;
    if (!pipe.checkWrite() || !pipe.reserve(SHORT_HEADER + NOTICE_BYTES)) return false;
    this.say(pipe);
    this.announced = true;
    return true;
  }

  private say(pipe: Pipe): void {
    writeFrame(this.arena, pipe.producer, EMPTY, 0, 0);
    pipe.commit();
  }

  /** Makes a frame of bytes that lie where its body would. A long one: how many there would be was not known. */
  private frameInPlace({ producer }: Pipe, length: number): void {
    const { bytes } = this.arena;
    const { data, mask, write } = producer;
    bytes[data + (write & mask)] = FRAME_LONG;
    writeWord(bytes, data, mask, write + 1, 0);
    writeWord(bytes, data, mask, write + 5, length);
    producer.write = (write + LONG_HEADER + length) | 0;
  }
}

/** Room for a read of this length is better, but for one aside there must be some. */
function hasRoom(pipe: Pipe, readBytes: number): boolean {
  if (!pipe.checkWrite()) return false;
  const around = LONG_HEADER + NOTICE_BYTES;
  return pipe.reserve(around + readBytes) || pipe.producer.room >= around + ASIDE_BYTES;
}
