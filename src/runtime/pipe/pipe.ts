import { assert } from '../base/assert.js';
import { coarseNow } from '../base/clock.js';
import { ZmqError } from '../base/errors.js';
import { bodyLength, EMPTY, type Body } from '../base/message.js';
import { PeerMetadata } from '../base/peer-metadata.js';
import {
  BATCH_BYTES_MOST,
  BODY_BYTES_LEAST,
  CONNECTION_SEGMENT_BYTES_FIRST,
  PIECE_BYTES_LEAST,
  PIECE_RING_BYTES,
  SHARED_BODY_BYTES_LEAST,
} from '../base/limits.js';
import type { Bodies, SharedBody } from '../memory/bodies.js';
import { add, compareExchange, exchange, load, store, type Words } from '../memory/atomics.js';
import { SLOT_BURIED, SLOT_RETURNED, slotAt } from '../memory/layout.js';
import { RingConsumer } from '../ring/consumer.js';
import {
  FRAME_COMMAND,
  FRAME_MORE,
  FRAME_NOTE,
  FRAME_PIECE,
  frameLength,
  messageLength,
  PIECE_OVERHEAD,
  REFERENCE_FRAME,
  SHORT_FRAME_MAX,
  TICKET_OFFSET,
} from '../ring/frame.js';
import {
  HWM_CONFLATES,
  RING_CONSUMER_SLOT,
  RING_DATA_NODE,
  RING_HWM,
  RING_MESSAGES,
  RING_PASSED_OVER,
  RING_PRODUCER_SLOT,
  RING_READ,
  RING_ROOM_NODE,
  RING_SIGNALS,
  RING_STARVED_SINCE,
  RING_TAIL,
} from '../ring/layout.js';
import { FrameCursor, isTicket } from '../ring/frame-cursor.js';
import { RingProducer } from '../ring/producer.js';
import { atRest, atWork } from '../ring/tail.js';
import type { Held } from '../thread/batch.js';
import { LISTED_PIPE_A, LISTED_PIPE_B } from '../thread/directory.js';
import { skipUnread } from '../ring/unread.js';
import { ring as ringBell } from '../thread/doorbell.js';
import { initNode, NODE_PIPE, push } from '../thread/ready-list.js';
import { type Hungry, tellHungry } from '../thread/shortage.js';
import { restConsumer, signalData, signalRoom, starve, wakeConsumer } from '../thread/signal.js';
import { hasGone, isDead, isLast, slotState, tellReaper } from '../thread/slot.js';
import type { Asker, Leaving, Ready, Thread, Unsettled } from '../thread/thread.js';
import type { Tie } from '../thread/tie.js';
import {
  JOIN_JOINED,
  JOIN_LEFT,
  JOIN_OPEN,
  PIPE_BYTES,
  PIPE_END_NODE_A,
  PIPE_END_NODE_B,
  PIPE_HOLDER,
  PIPE_INPROC,
  PIPE_JOIN,
  PIPE_KIND,
  PIPE_LINGER,
  PIPE_LISTENER,
  PIPE_MARKS_A,
  PIPE_MARKS_B,
  PIPE_NEXT_UNJOINED,
  PIPE_RETURNED,
  PIPE_RING_A,
  PIPE_RING_B,
  PIPE_SOCKET,
  PIPE_TAKES_ID,
} from './layout.js';
import { PieceReader } from './piece-reader.js';
import { readInto, readMessage, readViews } from './read-message.js';
import { writeFrame, writeReference } from './write-frame.js';

/** What an end tells its socket or session. All are called from the thread's duty cycle. */
export interface PipeEvents {
  /** There is a message where there was none. */
  readActivated(pipe: Pipe): void;
  /** There is room where there was none. */
  writeActivated(pipe: Pipe): void;
  /** The peer has left and everything it sent has been read. The pipe leaves too. */
  pipeTerminated(pipe: Pipe): void;
  /** The peer has left, but there is more to read. */
  peerLeft?(pipe: Pipe): void;
  /** The last piece of a message has been passed over: see `Pipe.skipRest`. */
  messageSkipped?(): void;
}

export interface PipeMarks {
  /** Messages that may lie in the direction away from A, 0 for any number, HWM_CONFLATES for the last one alone. */
  readonly send: number;
  /** The same towards A. */
  readonly receive: number;
}

/** B's, until it comes: A's alone hold. */
const UNKNOWN_MARKS: PipeMarks = { send: -1, receive: -1 };

/** Life of an end. It leaves once, by itself or after its peer, and finishes when both have left. */
type State = 'open' | 'left' | 'finished';

/**
 * One end of a pipe; one thread's alone.
 *
 * Ending: an end leaves by pushing the other's end node, the last node it ever pushes. From then on it
 * touches no segment of either ring. Whoever has left and has taken its own end node therefore knows
 * that no list holds a node of the pipe any more and that its segments are its own again. B then
 * stores RETURNED as its last access, and A frees the block.
 *
 * A peer that dies pushes nothing more. Once nothing of it is left on this thread's list, its end counts as
 * left: what it had published is still there to read, in memory that the reaper leaves alone for as long as
 * this thread holds it.
 */
export class Pipe implements Leaving, Unsettled, Tie, Hungry, Held, Ready, Asker {
  readonly producer: RingProducer;
  readonly consumer: RingConsumer;
  /** Set by whoever takes the pipe in. */
  events: PipeEvents | undefined;
  /** Is the peer an application thread of this process? Then spinning for its answer pays. */
  readonly local: boolean;
  /** Of the peer that what is read comes from, where that was noted. One connection may follow another. */
  metadata: PeerMetadata | undefined;
  private readonly words: Words;
  private readonly outRing: number;
  private readonly inRing: number;
  private state: State = 'open';
  /** The data node is ours: we are at work on the ring, and the producer will not push it. */
  private active = false;
  /** The room node has been asked for and is not back yet. */
  private awaitingRoom = false;
  /** Our end node has been taken: the peer has left, and everything it sent lies in the ring. */
  private peerLeft = false;
  /** The peer's thread is dead. */
  private peerDead = false;
  /** There was no memory for a message, and `memoryFreed` has not come since. */
  private hungry = false;
  /** Messages to read until the position is released: (HWM + 1) / 2, libzmq's low-water mark. */
  private readonly releaseEvery: number;
  private readSinceRelease = 0;
  /** Messages and signals read until then, modulo 2^32. */
  private readBefore = 0;
  /** Messages that had been written when this end rested last. */
  private writtenAtRest = 0;
  /** Signals written. */
  private signals = 0;
  /** This end's entry in the thread's directory; 0 if it has none. */
  private listing = 0;
  /** Only the last of the messages is wanted of what comes in. */
  private readonly wantsLatest: boolean;
  /** Messages that were passed over for newer ones. */
  private passedOver = 0;
  /** Made for the first message that is read without a copy. */
  private frame: FrameCursor | undefined;
  /** Made for the first message that comes in pieces. */
  private pieces: PieceReader | undefined;
  /** What lies at the head is the last piece of the message that `read` gives. */
  private lastPiece = false;
  /** Of the bodies that are being written, and maybe more behind them: one list for all messages. */
  private readonly lengths: number[] = [];
  /** The rest of a message in pieces is passed over, and not read. */
  private skipping = false;
  /** Messages may have been written that are not published. */
  private holding = false;
  /** What may be written: while a message is in pieces, the rest of it alone. */
  private writing: 'messages' | 'pieces' | 'nothing' = 'messages';

  private constructor(
    private readonly thread: Thread,
    readonly at: number,
    private readonly isA: boolean,
  ) {
    const { arena, allocator, words } = thread;
    this.words = words;
    this.outRing = at + (isA ? PIPE_RING_A : PIPE_RING_B);
    this.inRing = at + (isA ? PIPE_RING_B : PIPE_RING_A);
    this.producer = new RingProducer(arena, allocator, this.outRing, thread.bodies);
    this.consumer = new RingConsumer(words, this.inRing);
    this.local = words[at + PIPE_KIND] === PIPE_INPROC;
    const hwm = load(words, this.inRing + RING_HWM);
    this.releaseEvery = hwm <= 0 ? Infinity : (hwm + 1) >>> 1;
    this.wantsLatest = hwm === HWM_CONFLATES;
    if (this.wantsLatest) this.consumer.lookAtEach();
    thread.register(this.inRing + RING_DATA_NODE, this);
    thread.register(this.outRing + RING_ROOM_NODE, this);
    thread.register(this.endNode, this);
    thread.tie(this);
  }

  /**
   * Makes a pipe and is its A end. B learns of it when A pushes the data node of `ringToB`.
   * @param peerSlot B's thread, where it is known
   * @throws ZmqError ENOMEM if the arena is exhausted
   */
  static create(
    thread: Thread,
    kind: number,
    marks: PipeMarks,
    peerSlot: number,
    peerSocket: number,
  ): Pipe {
    const offset = thread.allocator.allocate(PIPE_BYTES);
    if (offset === 0) throw new ZmqError('ENOMEM', { message: 'The arena is exhausted' });
    const { words, slot } = thread;
    const at = offset >>> 2;
    words.fill(0, at, at + PIPE_BYTES / 4);
    words[at + PIPE_KIND] = kind;
    words[at + PIPE_SOCKET] = peerSocket;
    writeMarks(words, at + PIPE_MARKS_A, marks);
    writeMarks(words, at + PIPE_MARKS_B, UNKNOWN_MARKS);
    initRing(words, at, at + PIPE_RING_A, marks.send, slot, peerSlot);
    initRing(words, at, at + PIPE_RING_B, marks.receive, peerSlot, slot);
    initNode(words, at + PIPE_END_NODE_A, NODE_PIPE, at);
    initNode(words, at + PIPE_END_NODE_B, NODE_PIPE, at);
    // An inproc pipe may wait for a binder, everyone else is known.
    if (kind !== PIPE_INPROC) store(words, at + PIPE_JOIN, JOIN_JOINED);
    // Nothing has come to A. B counts as at work on its ring until it has taken the pipe in, so A's first messages push nothing.
    store(words, at + PIPE_RING_B + RING_TAIL, atRest(0));
    return new Pipe(thread, at, true);
  }

  /** It is one of what may be thousands: what this end writes takes as little memory as can be, to begin with. */
  startSmall(): void {
    this.producer.first = CONNECTION_SEGMENT_BYTES_FIRST;
  }

  /** Takes in a pipe that another thread made, as its B end. Its data node is ours. */
  static accept(thread: Thread, at: number): Pipe {
    const pipe = new Pipe(thread, at, false);
    pipe.active = true;
    // If A left before we came, it told nobody. Its thread may have left too, but for this pipe.
    if (exchange(thread.words, at + PIPE_JOIN, JOIN_JOINED) === JOIN_LEFT) {
      pipe.peerLeft = true;
      tellReaper(thread.words);
    }
    return pipe;
  }

  // ── Reading ────────────────────────────────────────────────────────────────────────────────────

  /**
   * Is there a message to read? If not, `readActivated` comes when there may be. What has come of one that
   * comes in pieces is taken in; without memory for it the pipe ends, so that such a message costs its sender.
   */
  checkRead(): boolean {
    return (
      this.state === 'open' &&
      (this.consumer.available() || this.restOrEnd()) &&
      (this.consumer.plain || this.lookCloser())
    );
  }

  /** For sessions: is there a message to pass on, or a piece of one? If not, `readActivated` comes when there is. */
  checkFrames(): boolean {
    return (
      this.state === 'open' &&
      (this.consumer.available() || this.restOrEnd()) &&
      (!this.skipping || this.skip())
    );
  }

  /** The same, but an end of the pipe is not acted on yet. */
  peekFrames(): boolean {
    return this.state === 'open' && this.consumer.available();
  }

  /**
   * Where only the last message is wanted: passes over those at the head behind which there is a newer one. There are such
   * if the sender has written them before it knew, or if one waited for a connection when the next came. Not while any
   * of them are on their way to a kernel.
   */
  passOlder(): void {
    if (!this.wantsLatest) return;
    const { consumer } = this;
    const { arena } = this.thread;
    const frame = (this.frame ??= new FrameCursor(arena));
    // What it stands for is not decided before it is read. Signals are all wanted, and pieces no message yet.
    while (!this.holdsTicket && (this.flagsAtHead & (FRAME_COMMAND | FRAME_PIECE)) === 0) {
      let at = consumer.head;
      let special = 0;
      do {
        frame.look(consumer, at);
        if (frame.offset !== 0) special++;
        at = frame.next;
      } while ((frame.flags & FRAME_MORE) !== 0);
      if (!consumer.messageFollows(arena.bytes, at)) return;
      consumer.head = at;
      consumer.special = (consumer.special + special) | 0;
      if (special > 0) consumer.passedMemory = true;
      // It is there: that is how it was seen.
      consumer.available();
      this.words[this.inRing + RING_PASSED_OVER] = ++this.passedOver;
      this.events?.messageSkipped?.();
      this.messageRead();
    }
  }

  /** Reads the message that was seen. */
  read(): Buffer[] {
    const message = this.lastPiece
      ? this.takeAssembled()
      : readMessage(this.thread.arena, this.consumer);
    this.messageRead();
    return message;
  }

  /**
   * Reads the message that `checkRead` saw without copying it: its parts may be views of shared memory. They are
   * good until the next read from the pipe, and until the thread sleeps or returns to its event loop.
   */
  readViews(): Buffer[] {
    if (this.lastPiece) return this.read();
    if (this.releaseDue()) this.release();
    const { thread } = this;
    thread.leases.offered.clear();
    this.frame ??= new FrameCursor(thread.arena);
    const message = readViews(thread.arena, this.consumer, this.frame, thread.leases.offered);
    if (this.readSinceRelease++ === 0) thread.settleLater(this);
    return message;
  }

  /**
   * Copies the message that `checkRead` saw to the beginning of `room`, and answers its bytes. -1: it has several parts,
   * does not lie in the ring or does not fit, and is still to be read.
   */
  readInto(room: Uint8Array): number {
    if (this.lastPiece) return -1;
    const length = readInto(this.thread.arena, this.consumer, room);
    if (length >= 0) this.messageRead();
    return length;
  }

  /** Is the message that was seen a signal of the peer's socket? `read` gives its body. */
  get holdsSignal(): boolean {
    return (this.flagsAtHead & (FRAME_COMMAND | FRAME_PIECE)) === FRAME_COMMAND;
  }

  /** Is what was seen a piece of a message? */
  get holdsPiece(): boolean {
    return (this.flagsAtHead & FRAME_PIECE) !== 0;
  }

  /** For sessions: passes over the rest of the message in pieces that has begun, as it comes. */
  skipRest(): void {
    this.skipping = true;
  }

  /**
   * For sessions: will the message in pieces at the head never be whole? Its sender has taken it back, or has
   * left in the middle.
   */
  get unfinished(): boolean {
    const { arena } = this.thread;
    const scout = this.consumer.scout();
    const frame = new FrameCursor(arena);
    while (scout.available()) {
      frame.look(scout, scout.head);
      if ((frame.flags & FRAME_PIECE) === 0) return false;
      if ((frame.flags & FRAME_MORE) === 0) return (frame.flags & FRAME_COMMAND) !== 0;
      scout.head = frame.next;
    }
    return this.peerLeft;
  }

  /** Is what was seen a ticket, which stands for the last message whichever that is when it is read? */
  private get holdsTicket(): boolean {
    const { data, head, mask } = this.consumer;
    return isTicket(this.thread.arena.bytes, data, mask, head);
  }

  private get flagsAtHead(): number {
    const { data, head, mask } = this.consumer;
    return this.thread.arena.bytes[data + (head & mask)]!;
  }

  /** Special frames may be there: takes in notes, and pieces. True if there is a message to read then. */
  private lookCloser(): boolean {
    while (!this.lastPiece) {
      if (this.wantsLatest) this.passOlder();
      if ((this.flagsAtHead & FRAME_NOTE) !== 0) {
        if (!this.takeNote()) return false;
      } else if (!this.holdsPiece) {
        return true;
      } else if (!this.assemble()) {
        return false;
      }
    }
    return true;
  }

  /** True if there is something behind it. */
  private takeNote(): boolean {
    const { consumer } = this;
    const [note] = readMessage(this.thread.arena, consumer);
    consumer.special = (consumer.special + 1) | 0;
    this.metadata = new PeerMetadata(note!);
    this.messageRead();
    return consumer.available() || this.restOrEnd();
  }

  /** Takes in pieces as far as they have come. True if there is a message to read then. */
  private assemble(): boolean {
    if (this.lastPiece) return true;
    const { thread, consumer } = this;
    const pieces = (this.pieces ??= new PieceReader(thread.arena, consumer, this.local));
    try {
      for (;;) {
        const found = pieces.look();
        if (found === 'message') return true;
        if (found === 'last') {
          pieces.complete();
          this.lastPiece = true;
          return true;
        }
        pieces.absorb();
        if (this.releaseDue()) this.release();
        if (!consumer.available() && !this.restOrEnd()) return false;
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.end();
      return false;
    }
  }

  private takeAssembled(): Buffer[] {
    this.lastPiece = false;
    return this.pieces!.finish();
  }

  /** True if what follows the message that is passed over has come. */
  private skip(): boolean {
    do {
      this.skipOn();
      if (!this.consumer.available() && !this.restOrEnd()) return false;
    } while (this.skipping);
    return true;
  }

  /** Passes over what has come of the message that is passed over. */
  private skipOn(): void {
    const { consumer } = this;
    const frame = (this.frame ??= new FrameCursor(this.thread.arena));
    while (this.skipping && consumer.available()) {
      frame.look(consumer, consumer.head);
      consumer.head = frame.next;
      consumer.special = (consumer.special + 1) | 0;
      if ((frame.flags & FRAME_MORE) === 0) {
        this.skipping = false;
        if ((frame.flags & FRAME_COMMAND) === 0) this.events?.messageSkipped?.();
      }
      if (this.releaseDue()) this.release();
    }
  }

  /** As if the peer had left, and everything had been read. */
  private end(): void {
    this.events?.pipeTerminated(this);
    this.terminate();
  }

  private messageRead(): void {
    const read = ++this.readSinceRelease;
    if (this.releaseDue()) this.release();
    else if (read === 1) this.thread.settleLater(this);
  }

  private releaseDue(): boolean {
    const { consumer } = this;
    return (
      this.readSinceRelease >= this.releaseEvery ||
      consumer.unreleased > consumer.mask >>> 2 ||
      // A large body is of use to its owner at once, however few bytes it takes in the ring.
      consumer.passedMemory
    );
  }

  /** @internal */
  settle(): void {
    this.release();
  }

  /** Gives what was read back to the peer. */
  release(): void {
    this.readBefore = this.allRead;
    this.readSinceRelease = 0;
    const { consumer, words } = this;
    if (this.state !== 'open') return;
    words[this.inRing + RING_READ] = this.readBefore;
    if (!consumer.release()) return;
    signalRoom(words, this.inRing);
    if (!consumer.passedMemory) return;
    consumer.passedMemory = false;
    tellHungry(words);
  }

  // ── Writing ────────────────────────────────────────────────────────────────────────────────────

  /** Where large bodies are put that go to several pipes of this thread. */
  get bodies(): Bodies {
    return this.thread.bodies;
  }

  /** May another message be written, by count? If not, `writeActivated` comes when it may. */
  checkWrite(): boolean {
    if (this.peerLeft || this.writing !== 'messages' || this.state !== 'open') return false;
    while (!this.producer.belowHwm()) if (this.awaitRoom()) return false;
    return true;
  }

  /**
   * May this message be written now, and is there room for it in the ring? If not, `writeActivated` comes when there
   * may be. Of one of BODY_BYTES_LEAST or more only the mark is looked at: it may find no memory all the same.
   * @throws ZmqError EMSGSIZE if it could never fit
   */
  checkRoom(bodies: readonly Body[]): boolean {
    const length = messageLength(bodies);
    this.checkSize(length);
    if (!this.checkWrite()) return false;
    return length >= BODY_BYTES_LEAST || this.producer.conflates || this.reserve(length);
  }

  /**
   * Writes a message whole and publishes it, at once or with others of a batch. False if there is no room, in the ring or in the arena:
   * `writeActivated` comes when there may be.
   * @param inPieces may go in pieces what could never fit? Then that is no error: ask `takesPieces`
   * @throws ZmqError EMSGSIZE if the message could never fit
   */
  write(bodies: readonly Body[], inPieces = false): boolean {
    if (!this.checkWrite()) return false;
    if (this.producer.conflates) return this.writeLatest(bodies);
    const written =
      bodies.length === 1 ? this.writePart(bodies, inPieces) : this.writeParts(bodies, inPieces);
    // In want of room it may have found out that none is needed.
    if (!written) return this.producer.conflates && this.writeLatest(bodies);
    if (this.thread.batch.open) {
      this.holdBack();
      return true;
    }
    this.commit();
    return true;
  }

  /**
   * Shall the message that did not go whole go in pieces, if its sender can wait? One that never could; and one
   * that finds no memory, if no other lies before it that it could wait for.
   */
  takesPieces(bodies: readonly Body[]): boolean {
    const { producer } = this;
    if (!this.checkWrite() || producer.conflates) return false;
    return (this.hungry && producer.drained()) || !producer.admits(messageLength(bodies));
  }

  /**
   * Writes a message into the place of the last one, or behind all that was read; publishes it in either case, also within a
   * batch. One of several parts is not taken, and counted: a ticket stands for one frame.
   */
  private writeLatest(bodies: readonly Body[]): boolean {
    const { producer, thread } = this;
    if (bodies.length !== 1) {
      producer.countConflated(1);
      return true;
    }
    const body = bodies[0]!;
    const length = bodyLength(body);
    this.checkSize(frameLength(length));
    // Before the exchange: what stands in LATEST needs its ticket.
    if (!this.reserve(REFERENCE_FRAME)) return false;
    let shared = thread.bodies.share(body, length);
    while (shared === undefined) {
      if (this.awaitMemory()) return false;
      shared = thread.bodies.share(body, length);
    }
    if (!producer.replaceLatest(shared, length)) {
      writeReference(thread.arena, producer, TICKET_OFFSET, 0, 0);
      producer.carryLatest(shared);
      this.commit();
    }
    thread.bodies.done(shared);
    return true;
  }

  /** For sessions: so many messages gave way to newer ones before they came here, or could not be taken. */
  countConflated(count: number): void {
    this.producer.countConflated(count);
  }

  /**
   * How many bytes the next piece may have, at most `most`. 0: there is no room, and `writeActivated` comes when
   * there is.
   */
  pieceRoom(most: number): number {
    if (this.peerLeft || this.state !== 'open') return 0;
    const { producer } = this;
    for (;;) {
      if (producer.capacity < PIECE_RING_BYTES) producer.reserve(most + PIECE_OVERHEAD);
      else producer.collect();
      const room = Math.min(producer.room - PIECE_OVERHEAD, most);
      if (room >= Math.min(most, PIECE_BYTES_LEAST)) return room;
      if (this.awaitSpace()) return 0;
    }
  }

  /** Writes and publishes a piece for which there is room. @param last it is the last of its message */
  writePiece(source: Uint8Array, start: number, length: number, last: boolean): void {
    const { producer } = this;
    const flags = FRAME_PIECE | (last ? 0 : FRAME_MORE);
    const body = source.subarray(start, start + length);
    writeFrame(this.thread.arena, producer, body, length, flags);
    producer.countSpecial();
    this.writing = last ? 'messages' : 'pieces';
    if (last) this.commit();
    else this.publish(producer.write);
  }

  /**
   * Takes back what has been written of a message in pieces. Every piece has left room for that. A connection
   * that is in the middle of it has to be broken, and would take along what was written behind: if the pipe
   * ends with its connection, nothing more can be written to it.
   */
  abandonPieces(): void {
    if (this.writing !== 'pieces') return;
    this.writing = this.listener === 0 ? 'messages' : 'nothing';
    if (this.state !== 'open') return;
    const { producer } = this;
    writeFrame(this.thread.arena, producer, EMPTY, 0, FRAME_PIECE | FRAME_COMMAND);
    producer.countSpecial();
    this.publish(producer.write);
  }

  /**
   * Writes a signal to the peer's socket and publishes it, whatever the high-water mark says. False if
   * the ring has no room: `writeActivated` comes when there is.
   * @throws ZmqError EMSGSIZE as `write`
   */
  writeSignal(body: Uint8Array): boolean {
    return this.writeCommand(body, FRAME_COMMAND);
  }

  private writeCommand(body: Uint8Array, flags: number): boolean {
    if (this.peerLeft || this.state !== 'open') return false;
    assert(this.writing === 'messages', 'a signal goes between messages');
    if (!this.reserve(frameLength(body.length))) return false;
    writeFrame(this.thread.arena, this.producer, body, body.length, flags);
    if (flags !== FRAME_COMMAND) this.producer.countSpecial();
    this.words[this.outRing + RING_SIGNALS] = ++this.signals;
    this.publish(this.producer.write);
    return true;
  }

  /**
   * For sessions: says who sends what is written from now on; see `metadata`. False as `writeSignal`.
   * @param properties by `encodeProperties`
   */
  writeNote(properties: Uint8Array): boolean {
    return this.writeCommand(properties, FRAME_COMMAND | FRAME_NOTE);
  }

  /** @internal */
  publishHeld(): void {
    this.holding = false;
    const { producer } = this;
    if (this.state === 'open' && producer.unpublished > 0) this.publish(producer.write);
  }

  /** Publishes all that was written as one message. */
  commit(): void {
    if (this.producer.commit()) signalData(this.words, this.outRing);
  }

  /** Publishes what was written up to `end`, where a message or a piece of one ends. */
  publish(end: number): void {
    if (this.producer.publish(end)) signalData(this.words, this.outRing);
  }

  /**
   * Makes room for `length` more bytes of the message being written. False if there is none now:
   * `writeActivated` comes when there may be.
   */
  reserve(length: number): boolean {
    // Even if it has room here: the same limit holds where it goes.
    this.checkSize(length);
    while (!this.producer.reserve(length)) if (this.awaitSpace()) return false;
    return true;
  }

  /** Did the last write find no memory, rather than a peer that has received too little? */
  get awaitsMemory(): boolean {
    return this.hungry;
  }

  /**
   * Changes this end's marks; they hold from the next message on. Whether only the last message is kept, was decided when
   * the pipe was made.
   */
  setMarks(marks: PipeMarks): void {
    const { words, at, isA } = this;
    const own = at + (isA ? PIPE_MARKS_A : PIPE_MARKS_B);
    const sendAt = this.local ? own : this.outRing + RING_HWM;
    const receiveAt = this.local ? own + 1 : this.inRing + RING_HWM;
    const send = keptMark(load(words, sendAt), marks.send);
    const receive = keptMark(load(words, receiveAt), marks.receive);
    store(words, sendAt, send);
    store(words, receiveAt, receive);
    if (this.local) storeSums(words, at);
    // Raised, it makes room at once: for us, and for a peer that waits for some.
    this.producer.observeHwm();
    signalRoom(words, this.inRing);
    if (this.state === 'open') this.events?.writeActivated(this);
  }

  // ── For observers ──────────────────────────────────────────────────────────────────────────────

  /**
   * Shows this end to whoever asks for the context's statistics.
   * @param socket number of the socket that has taken the pipe in, 0 for a session
   */
  enlist(socket: number): void {
    const kind = this.isA ? LISTED_PIPE_A : LISTED_PIPE_B;
    this.listing = this.thread.directory.enlist(kind, this.at, socket);
  }

  /** Messages that this end has read, modulo 2^32. */
  get messagesRead(): number {
    return (this.allRead - this.passedOver - load(this.words, this.inRing + RING_SIGNALS)) | 0;
  }

  /** Signals among them. */
  private get allRead(): number {
    return (this.readBefore + this.readSinceRelease) | 0;
  }

  // ── Ending ─────────────────────────────────────────────────────────────────────────────────────

  /** Has the peer left? What it sent may still lie here to be read. */
  get peerEnded(): boolean {
    return this.peerLeft;
  }

  /** Has the other end taken the pipe in? What was written into an inproc pipe before is nobody's yet. */
  get joined(): boolean {
    return load(this.words, this.at + PIPE_JOIN) === JOIN_JOINED;
  }

  /** Messages that this end has written, but for those that gave way to newer ones. */
  get written(): number {
    return this.producer.messages;
  }

  /** Messages that this end has written and that gave way to newer ones before anybody read them. */
  get conflated(): number {
    return this.producer.conflated;
  }

  /** Messages that the other end has published, modulo 2^32. */
  get peerWritten(): number {
    return this.words[this.inRing + RING_MESSAGES]! >>> 0;
  }

  /** Is there nobody any more who could read what was written? */
  get peerIsDead(): boolean {
    return this.peerDead;
  }

  /** Messages that a peer that is dead has not passed. */
  unreadByPeer(): number {
    return skipUnread(this.thread.arena.bytes, this.producer.inherit());
  }

  /** Gives up what lies unread, before this end leaves. Answers how many messages that was. */
  skipUnread(): number {
    if (this.state !== 'open') return 0;
    this.skipOn();
    return skipUnread(this.thread.arena.bytes, this.consumer);
  }

  /** For sessions: how long to go on sending once the application has left, in milliseconds. */
  get linger(): number {
    return load(this.words, this.at + PIPE_LINGER);
  }

  set linger(milliseconds: number) {
    store(this.words, this.at + PIPE_LINGER, milliseconds);
  }

  /** At the B end: does the socket that made the pipe want to know our routing id? TAKES_ID, TAKES_ANY_ID or 0. */
  get takesRoutingId(): number {
    return this.isA ? 0 : this.words[this.at + PIPE_TAKES_ID]!;
  }

  /** Has this end been connected to, and not itself connected? */
  get isAccepted(): boolean {
    return this.local ? !this.isA : this.listener > 0;
  }

  /** Number of the listener or connecter that the pipe came from with its connection; 0 if it did not. */
  get listener(): number {
    return this.words[this.at + PIPE_LISTENER]!;
  }

  /**
   * Leaves the pipe. What was written stays for the peer to read; what was not read is dropped.
   */
  terminate(): void {
    if (this.state !== 'open') return;
    if (this.holding) this.publishHeld();
    this.producer.rollback();
    this.thread.shortage.forget(this);
    this.state = 'left';
    this.thread.directory.leave(this.listing);
    if (!this.peerDead) this.pushEnd();
    if (this.peerLeft) this.finish();
  }

  checkReturned(): boolean {
    if (load(this.words, this.at + PIPE_RETURNED) === 0) return false;
    this.freeBlock();
    return true;
  }

  /** An unjoined pipe is lost with a thread that cannot be sending it on any more, other ones with B's. */
  lostPeer(): boolean {
    const { words, at } = this;
    if (this.peerDead) return false;
    if (!this.unjoined()) return isDead(words, this.peerSlot());
    const holder = load(words, at + PIPE_HOLDER);
    return holder !== 0 && slotState(words, holder - 1) === SLOT_BURIED;
  }

  peerDied(): void {
    if (this.unjoined()) this.unsend();
    else this.goOnWithoutPeer();
  }

  /** Nobody joins a pipe any more once every other thread that could bind its name has left. */
  isForsaken(): boolean {
    if (this.peerDead) return false;
    return this.unjoined()
      ? isLast(this.words, this.thread.slot)
      : hasGone(this.words, this.peerSlot());
  }

  forsake(): void {
    this.goOnWithoutPeer();
  }

  linkUnjoined(next: number): number {
    if (!this.unjoined()) return next;
    store(this.words, this.at + PIPE_NEXT_UNJOINED, next);
    return this.at;
  }

  // ── The duty cycle ─────────────────────────────────────────────────────────────────────────────

  /** @internal */
  ready(node: number): void {
    if (node === this.inRing + RING_DATA_NODE) this.dataReady();
    else if (node === this.outRing + RING_ROOM_NODE) this.roomReady();
    else this.endReady();
  }

  private dataReady(): void {
    this.active = true;
    if (this.state === 'open' && this.checkFrames()) this.events?.readActivated(this);
  }

  private roomReady(): void {
    this.awaitingRoom = false;
    if (this.state === 'open' && !this.peerLeft) this.events?.writeActivated(this);
  }

  memoryFreed(): void {
    this.hungry = false;
    if (this.state === 'open' && !this.peerLeft) this.events?.writeActivated(this);
  }

  private endReady(): void {
    this.peerLeft = true;
    if (this.state === 'left') {
      this.finish();
      return;
    }
    this.active = true;
    if (this.checkFrames()) this.events?.readActivated(this);
    if (this.state === 'open') this.events?.peerLeft?.(this);
  }

  /** Nothing is left to read: rests until there is, or ends if there never will be. */
  private restOrEnd(): boolean {
    if (!this.active) return false;
    this.release();
    for (;;) {
      if (this.peerLeft) {
        this.end();
        return false;
      }
      if (restConsumer(this.words, this.inRing, this.consumer.head)) {
        this.active = false;
        this.expect();
        return false;
      }
      if (this.consumer.available()) return true;
    }
  }

  /**
   * Does it ask, or answer, rather than only listen? Then what comes next is likely to come to it. One that only listens had
   * better rest: whoever streams to it would lose the line of the tail at each message. Of the thread's own ends there is nothing
   * to look for.
   */
  private expect(): void {
    const { thread, producer } = this;
    const speaks = producer.messages !== this.writtenAtRest;
    this.writtenAtRest = producer.messages;
    if (speaks && this.peerSlot() !== thread.slot) thread.expect(this);
    else thread.expectNothing(this);
  }

  /** @internal */
  lookOut(): boolean {
    return this.state === 'open' && wakeConsumer(this.words, this.inRing, this.consumer.head);
  }

  /** @internal */
  hears(): boolean {
    return load(this.words, this.inRing + RING_TAIL) !== atWork(this.consumer.head);
  }

  /** @internal */
  lookAway(): boolean {
    return restConsumer(this.words, this.inRing, this.consumer.head);
  }

  /** @internal */
  answered(): void {
    this.dataReady();
  }

  /** Tells the peer that we have left; or nobody, if nobody has joined the pipe yet. */
  private pushEnd(): void {
    const { words } = this;
    // Only OPEN becomes LEFT: of a JOINED pipe, B must not read that it was told nothing.
    const join = this.at + PIPE_JOIN;
    if (this.isA && compareExchange(words, join, JOIN_OPEN, JOIN_LEFT) === JOIN_OPEN) return;
    const peer = slotAt(load(words, this.inRing + RING_PRODUCER_SLOT));
    push(words, peer, this.at + (this.isA ? PIPE_END_NODE_B : PIPE_END_NODE_A));
    ringBell(words, peer);
  }

  /** Ends, when what has come is read. */
  private goOnWithoutPeer(): void {
    this.peerDead = true;
    // The room node that it owes us never comes.
    this.awaitingRoom = false;
    if (this.state === 'finished') {
      this.thread.returnNeverComes(this);
      this.freeBlock();
      return;
    }
    this.thread.deadHolds.keepMemory(this.peerSlot());
    if (!this.peerLeft) this.endReady();
  }

  private unjoined(): boolean {
    return this.isA && load(this.words, this.at + PIPE_JOIN) !== JOIN_JOINED;
  }

  private peerSlot(): number {
    return load(this.words, this.inRing + RING_PRODUCER_SLOT);
  }

  /** The thread that the pipe was sent to died before it joined, maybe in the middle of it. */
  private unsend(): void {
    const { words, at, thread } = this;
    writeMarks(words, at + PIPE_MARKS_B, UNKNOWN_MARKS);
    storeSums(words, at);
    this.producer.observeHwm();
    // It may have taken our wish for room, and have told us nothing.
    this.awaitingRoom = false;
    thread.events.pipeStranded(at);
    if (this.state === 'open') this.events?.writeActivated(this);
  }

  private freeBlock(): void {
    this.thread.untie(this);
    this.thread.allocator.release(this.at << 2);
  }

  private get endNode(): number {
    return this.at + (this.isA ? PIPE_END_NODE_A : PIPE_END_NODE_B);
  }

  /** Both have left. */
  private finish(): void {
    const { words, thread } = this;
    this.state = 'finished';
    thread.expectNothing(this);
    thread.directory.strike(this.listing);
    thread.unregister(this.inRing + RING_DATA_NODE);
    thread.unregister(this.outRing + RING_ROOM_NODE);
    thread.unregister(this.endNode);
    this.producer.free();
    tellHungry(words);
    if (this.peerDead) {
      const peer = this.peerSlot();
      if (this.isA) this.freeBlock();
      else thread.untie(this);
      // Last: what it guards is the peer's memory.
      thread.deadHolds.giveUpMemory(peer);
      return;
    }
    if (this.isA) {
      thread.awaitReturn(this);
      return;
    }
    thread.untie(this);
    const maker = slotAt(load(words, this.inRing + RING_PRODUCER_SLOT));
    store(words, this.at + PIPE_RETURNED, 1);
    add(words, maker + SLOT_RETURNED, 1);
    ringBell(words, maker);
  }

  /** The message that was written is published with those behind it, unless they are many. */
  private holdBack(): void {
    const { producer, thread } = this;
    producer.mark(producer.write);
    if (!this.holding) {
      this.holding = true;
      thread.batch.hold(this);
    }
    if (producer.unpublished >= BATCH_BYTES_MOST) this.publish(producer.write);
  }

  /** False if there may be room now, in the ring or for more of it. */
  private awaitSpace(): boolean {
    const { producer } = this;
    const { headSeen } = producer;
    if (!producer.drained()) return this.awaitRoom();
    // What keeps an empty ring from growing is that there is no memory. If it has become empty only now, it
    // may be large enough as it is, and nobody would tell us.
    return producer.headSeen === headSeen && this.awaitMemory();
  }

  private awaitRoom(): boolean {
    if (this.awaitingRoom) return true;
    this.words[this.outRing + RING_STARVED_SINCE] = coarseNow();
    const { producer } = this;
    this.awaitingRoom = starve(this.words, this.outRing, producer.headSeen, producer.hwm);
    // What is tried again may not look at the mark itself.
    if (!this.awaitingRoom) producer.observeHwm();
    return this.awaitingRoom;
  }

  /** False if there is memory to try again with. */
  private awaitMemory(): boolean {
    this.hungry = !this.thread.shortage.found(this);
    return this.hungry;
  }

  private checkSize(length: number): void {
    if (!this.producer.admits(length)) throw tooLong(length);
  }

  /** Does the ring carry the body's address in place of its bytes? */
  private goesByReference(body: Body, length: number): boolean {
    if (length >= BODY_BYTES_LEAST) return true;
    if (length < SHARED_BODY_BYTES_LEAST || typeof body === 'string') return false;
    return this.thread.bodies.sendable(body) !== undefined;
  }

  /** The same as `writeParts` for one part, which is what most messages have. */
  private writePart(bodies: readonly Body[], inPieces: boolean): boolean {
    const body = bodies[0]!;
    const length = bodyLength(body);
    if (length >= SHARED_BODY_BYTES_LEAST && this.goesByReference(body, length)) {
      return this.writeParts(bodies, inPieces);
    }
    const { producer } = this;
    const frame = frameLength(length);
    // What fits and is so short needs no look at the limit.
    if ((frame > SHORT_FRAME_MAX || !producer.claims(frame)) && !this.reserve(frame)) return false;
    writeFrame(this.thread.arena, producer, body, length, 0);
    return true;
  }

  private writeParts(bodies: readonly Body[], inPieces: boolean): boolean {
    const { lengths } = this;
    let total = 0;
    let inRing = 0;
    let elsewhere = 0;
    for (let i = 0; i < bodies.length; i++) {
      const length = bodyLength(bodies[i]!);
      lengths[i] = length;
      total += frameLength(length);
      if (this.goesByReference(bodies[i]!, length)) {
        inRing += REFERENCE_FRAME;
        elsewhere += length;
      } else {
        inRing += frameLength(length);
      }
    }
    if (inPieces && !this.producer.admits(total)) return false;
    this.checkSize(total);
    while (!this.producer.affords(elsewhere)) if (this.awaitRoom()) return false;
    if (!this.reserve(inRing)) return false;
    if (elsewhere === 0) {
      this.writeFrames(bodies, lengths, undefined);
      return true;
    }
    for (;;) {
      const placed = this.place(bodies, lengths);
      if (placed !== undefined) {
        this.writeFrames(bodies, lengths, placed);
        return true;
      }
      if (this.producer.reserve(total)) {
        // No memory outside of the ring, but room in it.
        this.writeFrames(bodies, lengths, undefined);
        return true;
      }
      // Either will do: memory, or what its reader has yet to pass. If that was just now, nobody would tell us.
      const { headSeen } = this.producer;
      const drained = this.producer.drained();
      if (this.producer.headSeen !== headSeen) continue;
      if (this.awaitMemory() && (drained || this.awaitRoom())) return false;
    }
  }

  /**
   * Sees to it that the large ones of the bodies lie in the arena, each in use once more; undefined, and
   * nothing done, if there is no memory for all of them.
   */
  private place(
    bodies: readonly Body[],
    lengths: readonly number[],
  ): (SharedBody | undefined)[] | undefined {
    const placed: (SharedBody | undefined)[] = [];
    for (let i = 0; i < bodies.length; i++) {
      const body = bodies[i]!;
      const length = lengths[i]!;
      if (!this.goesByReference(body, length)) {
        placed.push(undefined);
        continue;
      }
      const shared = this.thread.bodies.share(body, length);
      if (shared === undefined) {
        for (const one of placed) if (one !== undefined) this.thread.bodies.done(one);
        return undefined;
      }
      placed.push(shared);
    }
    return placed;
  }

  /** Writes a message, by reference where a body has been placed. */
  private writeFrames(
    bodies: readonly Body[],
    lengths: readonly number[],
    placed: readonly (SharedBody | undefined)[] | undefined,
  ): void {
    const { producer } = this;
    const { arena } = this.thread;
    const last = bodies.length - 1;
    for (let i = 0; i <= last; i++) {
      const more = i < last ? FRAME_MORE : 0;
      const shared = placed?.[i];
      if (shared === undefined) writeFrame(arena, producer, bodies[i]!, lengths[i]!, more);
      else writeReference(arena, producer, shared.offset, lengths[i]!, more);
    }
    if (placed === undefined) return;
    for (const shared of placed) {
      if (shared === undefined) continue;
      producer.carry(shared);
      this.thread.bodies.done(shared);
    }
  }
}

function initRing(
  words: Words,
  pipe: number,
  ring: number,
  hwm: number,
  producer: number,
  consumer: number,
): void {
  words[ring + RING_HWM] = hwm;
  words[ring + RING_PRODUCER_SLOT] = producer;
  words[ring + RING_CONSUMER_SLOT] = consumer;
  initNode(words, ring + RING_DATA_NODE, NODE_PIPE, pipe);
  initNode(words, ring + RING_ROOM_NODE, NODE_PIPE, pipe);
}

/**
 * The B end of an inproc pipe says which thread it is and adds its own marks: between threads there
 * is one ring where there are two queues over a wire, so the mark is the sum, and 0 on either side
 * means none. Before `Pipe.accept`.
 */
export function joinInproc(words: Words, at: number, slot: number, marks: PipeMarks): void {
  store(words, at + PIPE_HOLDER, slot + 1);
  store(words, at + PIPE_RING_A + RING_CONSUMER_SLOT, slot);
  store(words, at + PIPE_RING_B + RING_PRODUCER_SLOT, slot);
  writeMarks(words, at + PIPE_MARKS_B, marks);
  storeSums(words, at);
  // A may be waiting for room below its own mark alone.
  signalRoom(words, at + PIPE_RING_A);
}

function writeMarks(words: Words, at: number, marks: PipeMarks): void {
  store(words, at, marks.send);
  store(words, at + 1, marks.receive);
}

/** A new mark in place of an old one, unless only one of them conflates. */
function keptMark(old: number, mark: number): number {
  return (old === HWM_CONFLATES) === (mark === HWM_CONFLATES) ? mark : old;
}

/** Both ends may do this at once; each does it after its own marks, so the last one has seen all. */
function storeSums(words: Words, at: number): void {
  const a = at + PIPE_MARKS_A;
  const b = at + PIPE_MARKS_B;
  store(words, at + PIPE_RING_A + RING_HWM, sum(load(words, a), load(words, b + 1)));
  store(words, at + PIPE_RING_B + RING_HWM, sum(load(words, b), load(words, a + 1)));
}

function sum(a: number, b: number): number {
  if (a === HWM_CONFLATES || b === HWM_CONFLATES) return HWM_CONFLATES;
  if (b < 0) return a;
  if (a < 0) return b;
  return a === 0 || b === 0 ? 0 : a + b;
}

/** Makes a pipe known to the thread of its B end. Once, by A. */
export function announce(words: Words, at: number, slot: number): void {
  push(words, slotAt(slot), at + PIPE_RING_A + RING_DATA_NODE);
  ringBell(words, slotAt(slot));
}

function tooLong(length: number): ZmqError {
  return new ZmqError('EMSGSIZE', {
    message: `A message of ${length} bytes is more than a pipe of this context can hold at once`,
  });
}
