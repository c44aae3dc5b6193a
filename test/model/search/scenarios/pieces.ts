import { Outflow } from '../../../../src/runtime/pipe/outflow.js';
import type { Scenario } from '../explore.js';
import { awaitChange, exhaust } from '../world.js';
import { checkEnded, joined, type Pair, type Side } from './pipes.js';

/**
 * Messages in pieces, through a ring that cannot grow: there is no memory, so a message longer than the
 * ring goes in pieces, and needs the reader for each of them.
 */

/** More than the ring has; it takes two pieces, or three. */
const LENGTH = 5000;
const SHORT = Uint8Array.of(1, 2, 3);
/** Bytes that such a message has on a wire. */
const ON_THE_WIRE = 9 + LENGTH;

/** Its ends and the byte in between tell it from another. */
function long(mark: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  bytes[0] = bytes[LENGTH >> 1] = bytes[LENGTH - 1] = mark;
  return bytes;
}

/** A pair with rings of one segment, which will get no other. */
function pair(): Pair {
  const both = joined(0);
  const { a, b } = both;
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!from.pipe!.write([SHORT])) throw new Error('no room');
    if (!to.pipe!.checkRead()) throw new Error('nothing to read');
    to.pipe!.read();
    to.pipe!.release();
    to.pipe!.checkRead();
  }
  exhaust();
  return both;
}

/** Sends in pieces, and whole whatever comes behind. */
function send({ thread, pipe }: Side, message: readonly Uint8Array[]): void {
  const outflow = new Outflow(pipe!, message);
  const { producer } = pipe!;
  const start = producer.tail;
  thread.blockUntil(
    () => {
      if (outflow.write()) return true;
      // Before the first piece there may be room for something shorter.
      const begun = producer.tail !== start;
      if (begun && pipe!.write([SHORT])) throw new Error('a message between two pieces');
      return pipe!.peerEnded;
    },
    -1,
    true,
  );
}

function sendShort({ thread, pipe }: Side): void {
  thread.blockUntil(() => pipe!.write([SHORT]), -1, true);
}

function receive(side: Side, ...message: readonly Uint8Array[]): void {
  const { thread } = side;
  thread.blockUntil(() => side.pipe!.checkRead() || side.over, -1, true);
  if (side.over) throw new Error('the pipe has ended early');
  const parts = side.pipe!.read();
  if (parts.length !== message.length) throw new Error(`${parts.length} parts`);
  for (const [i, part] of parts.entries()) {
    if (!part.equals(message[i]!)) throw new Error(`part ${i} is not what was sent`);
  }
}

function receiveEnd(side: Side): void {
  side.thread.blockUntil(
    () => {
      if (side.pipe!.checkRead()) throw new Error('a message that was not finished');
      return side.over;
    },
    -1,
    true,
  );
}

/** A message in pieces, and a short one behind it. */
export function inPieces(): Scenario {
  const ends = pair();
  const { a, b } = ends;
  return {
    threads: [
      () => {
        send(a, [SHORT, long(1)]);
        sendShort(a);
        a.leave();
      },
      () => {
        receive(b, SHORT, long(1));
        receive(b, SHORT);
        receiveEnd(b);
        b.leave();
      },
    ],
    check: () => checkEnded(ends, 0),
  };
}

/** The sender gives up after the first pieces, and sends another message. */
export function takenBack(): Scenario {
  const ends = pair();
  const { a, b } = ends;
  return {
    threads: [
      () => {
        const outflow = new Outflow(a.pipe!, [long(1)]);
        if (!outflow.write()) outflow.abandon();
        send(a, [long(2)]);
        a.leave();
      },
      () => {
        // Whether the first was finished depends on how fast it was read.
        b.thread.blockUntil(() => b.pipe!.checkRead(), -1, true);
        const [first] = b.pipe!.read();
        if (first!.equals(long(1))) receive(b, long(2));
        else if (!first!.equals(long(2))) throw new Error('a torn message');
        b.leave();
      },
    ],
    check: () => checkEnded(ends, 0),
  };
}

/** The sender leaves in the middle, unless the reader is as fast as it is. */
export function senderLeaves(): Scenario {
  const ends = pair();
  const { a, b } = ends;
  let sent = false;
  let read = false;
  return {
    threads: [
      () => {
        const outflow = new Outflow(a.pipe!, [long(1), SHORT]);
        sent = outflow.write();
        a.leave();
      },
      () => {
        b.thread.blockUntil(() => b.pipe!.checkRead() || b.over, -1, true);
        if (!b.over) {
          receive(b, long(1), SHORT);
          read = true;
        }
        receiveEnd(b);
        b.leave();
      },
    ],
    check: () => {
      checkEnded(ends, 0);
      if (read !== sent) throw new Error(sent ? 'the message was lost' : 'it was not finished');
    },
  };
}

/** The reader leaves in the middle, while the sender may wait for room. */
export function readerLeaves(): Scenario {
  const ends = pair();
  const { a, b } = ends;
  return {
    threads: [
      () => {
        send(a, [long(1), long(2)]);
        a.leave();
      },
      () => {
        b.pipe!.checkRead();
        b.leave();
      },
    ],
    check: () => checkEnded(ends, 0),
  };
}

/** A session passes on what lies in its ring, and looks at frames only if special ones are counted. */
export function forwarded(): Scenario {
  const ends = pair();
  const { a, b } = ends;
  const { consumer } = b.pipe!;
  return {
    threads: [
      () => {
        send(a, [long(1)]);
      },
      () => {
        let bytes = 0;
        for (let pieces = 0; bytes < ON_THE_WIRE; pieces++) {
          while (!consumer.available()) awaitChange();
          if (!consumer.mayHoldSpecial()) throw new Error(`piece ${pieces} goes out raw`);
          while (consumer.head !== consumer.limit) {
            bytes += b.passPiece();
          }
          b.pipe!.release();
        }
        if (bytes !== ON_THE_WIRE) throw new Error('more than the message');
      },
    ],
  };
}
