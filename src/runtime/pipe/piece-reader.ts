import type { Arena } from '../memory/arena.js';
import type { RingConsumer } from '../ring/consumer.js';
import { FRAME_COMMAND, FRAME_MORE, FRAME_PIECE } from '../ring/frame.js';
import { FrameCursor } from '../ring/frame-cursor.js';
import { Assembly } from './assembly.js';

/** What lies at the head of a ring, for whoever wants whole messages. */
export type AtHead =
  | 'message'
  /** The last piece of one. */
  | 'last'
  /** A piece of a message that goes on, or the end of one that will never be whole. */
  | 'part';

/** Takes messages in pieces out of a ring. */
export class PieceReader {
  private readonly frame: FrameCursor;
  private assembly: Assembly | undefined;

  /** @param proven see Assembly */
  constructor(
    private readonly arena: Arena,
    private readonly consumer: RingConsumer,
    private readonly proven: boolean,
  ) {
    this.frame = new FrameCursor(arena);
  }

  look(): AtHead {
    const { frame, consumer } = this;
    frame.look(consumer, consumer.head);
    if ((frame.flags & FRAME_PIECE) === 0) return 'message';
    return (frame.flags & (FRAME_COMMAND | FRAME_MORE)) === 0 ? 'last' : 'part';
  }

  /** Takes the part that `look` has seen. @throws RangeError if there is no memory for the message */
  absorb(): void {
    const { frame } = this;
    if ((frame.flags & FRAME_COMMAND) !== 0) this.assembly = undefined;
    else this.append();
    this.pass();
  }

  /**
   * Takes the last piece that `look` has seen, which stays at the head: as long as it lies there the message is
   * unread. @throws RangeError if there is no memory for the message
   */
  complete(): void {
    this.append();
  }

  /** Passes the last piece; answers the message. */
  finish(): Buffer[] {
    this.frame.look(this.consumer, this.consumer.head);
    this.pass();
    const { message } = this.assembly!;
    this.assembly = undefined;
    return message;
  }

  private pass(): void {
    const { consumer } = this;
    consumer.head = this.frame.next;
    consumer.special = (consumer.special + 1) | 0;
  }

  private append(): void {
    const { body, length } = this.frame;
    const { data, mask } = this.consumer;
    this.assembly ??= new Assembly(this.arena, this.proven);
    const from = body & mask;
    const run = Math.min(length, mask + 1 - from);
    this.assembly.take(data + from, run);
    if (run < length) this.assembly.take(data, length - run);
  }
}
