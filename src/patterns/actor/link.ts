import { Credit } from './crew-credit.js';
import type { HandlePipe } from './handle-pipe.js';
import {
  ANSWER,
  ASK,
  BEGUN,
  FAILURE,
  header,
  IDLE,
  isShort,
  LOST,
  nameIn,
  readHeader,
  type Room,
  STOP,
} from './wire.js';

/** Messages at most that are given to an instance before it has begun them, so that it need not wait for each. */
const AHEAD = 16;
/** Who has been silent for so long is at something long: what it is given it may not begin before others could. */
const SILENCE_MILLISECONDS = 5;

/** Whoever sends messages to an actor, as its mailbox knows it. */
export interface Peer {
  /** What the ROUTER calls it. */
  readonly id: Buffer;
  readonly key: string;
  watches: boolean;
  /** Room of which it is told at once. */
  lot: Room;
  /** It waits: it is told of any. */
  wants: boolean;
  /** What has been taken of its messages, and it has not been told. */
  messages: number;
  bytes: number;
}

/** A message in an actor's mailbox. */
export interface Letter {
  readonly peer: Peer;
  readonly kind: number;
  /** The sender's, of an ask. */
  readonly number: number;
  readonly bytes: number;
  readonly header: Buffer;
  readonly body: Buffer;
}

/** What a mailbox does with what an instance reports. */
interface Reports {
  /** It has begun a message. */
  credit(letter: Letter): void;
  reply(letter: Letter, kind: number, body: Uint8Array): void;
  dead(reason: 'decode', message: string): void;
  /** That was all for now. */
  settled(): void;
}

/** A mailbox's way to one instance of the actor. */
export class Link {
  private readonly unbegun: Letter[] = [];
  private running: Letter | undefined;
  private waiting = 0;
  private stopped = false;
  /** Nothing comes any more. */
  private ended = false;
  /** By how long its messages take; undefined if there are no others who could take them. */
  private readonly credit: Credit | undefined;
  /** When it was idle last, or reported something. */
  private heard = 0;

  /** @param shares other instances take messages from the mailbox, too: what this one has they cannot have */
  constructor(
    private readonly mailbox: Reports,
    private readonly pipe: HandlePipe,
    shares: boolean,
  ) {
    this.credit = shares ? new Credit() : undefined;
  }

  get room(): number {
    if (this.stopped) return 0;
    const { credit } = this;
    if (credit === undefined) return AHEAD - this.unbegun.length;
    if (this.busy && performance.now() - this.heard > SILENCE_MILLISECONDS) return 0;
    return Math.min(AHEAD, credit.amount) - this.load;
  }

  /** What it has to do: of two with room, the one that computes is not to get what the idle one could begin. */
  get load(): number {
    return this.unbegun.length + (this.running === undefined ? 0 : 1);
  }

  get busy(): boolean {
    return this.load > 0;
  }

  send(letter: Letter): void {
    if (this.credit !== undefined && !this.busy) this.heard = performance.now();
    this.unbegun.push(letter);
    this.post(letter.header, letter.body);
  }

  /** The instance comes to its end, behind what it has been given. */
  stop(): void {
    this.stopped = true;
    this.post(header(STOP));
  }

  /** Hears the instance's reports until it has ended and nothing is left of it; what it had is settled by `Mailbox.unlink`. */
  async listen(): Promise<void> {
    for (;;) {
      let frames: Buffer[] | undefined;
      try {
        frames = await this.pipe.receive();
      } catch {
        this.ended = true;
      }
      try {
        if (this.credit !== undefined) this.heard = performance.now();
        for (; frames !== undefined; frames = this.more()) this.report(frames);
      } finally {
        this.mailbox.settled();
      }
      if (this.ended) return;
    }
  }

  /** What is there at once. */
  private more(): Buffer[] | undefined {
    try {
      return this.pipe.closed ? undefined : this.pipe.tryReceive();
    } catch {
      // It has ended just now: the next call says so.
      return undefined;
    }
  }

  /** What it was doing, and what it had still to do. */
  abandon(): { running: Letter | undefined; unbegun: Letter[] } {
    const { running } = this;
    this.running = undefined;
    return { running, unbegun: this.unbegun.splice(0) };
  }

  private report([first, body]: Buffer[]): void {
    const head = readHeader(first);
    const kind = head?.kind;
    const { running } = this;
    if (kind === BEGUN) {
      if (head!.number > 0) this.credit?.learn(head!.number, 1);
      this.running = this.unbegun.shift();
      if (this.running !== undefined) this.mailbox.credit(this.running);
      return;
    }
    this.running = undefined;
    if (running === undefined || kind === IDLE) return;
    if (kind === LOST) this.mailbox.dead('decode', nameIn(running.header));
    else if (running.kind === ASK && (kind === ANSWER || kind === FAILURE)) {
      this.mailbox.reply(running, kind, body!);
    }
  }

  private post(head: Buffer, body?: Buffer): void {
    const { pipe } = this;
    if (pipe.closed) return;
    const message = body === undefined ? head : [head, body];
    // It waits only for memory. If the instance has died meanwhile, `abandon` gives the message back.
    if (this.waiting === 0 && isShort(body) && pipe.trySend(message)) return;
    this.waiting++;
    const sent = (): void => {
      this.waiting--;
    };
    pipe.send(message).then(sent, sent);
  }
}
