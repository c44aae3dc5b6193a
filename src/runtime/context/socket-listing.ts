import { Buffer } from 'node:buffer';
import { coarseNow, elapsed } from '../base/clock.js';
import { load, store, type Words } from '../memory/atomics.js';
import type { Pipe } from '../pipe/pipe.js';
import { LISTED_BYTES, LISTED_SOCKET } from '../thread/directory.js';
import type { Thread, Unsettled } from '../thread/thread.js';
import type { AwaitingStats } from './stats.js';

/**
 * A socket as observers see it: a block that its thread writes, found through the thread's directory.
 * Counts are plain stores; the text changes under the entry's version.
 *
 *     counts │ awaiting calls │ length │ text, as UTF-8: type, then its endpoints, separated by 0
 */
/** Messages that went through pipes which have ended. */
const LISTING_SENT = 0;
const LISTING_RECEIVED = 1;
const LISTING_DROPPED = 2;
/**
 * Awaiting calls that wait, and since when it is the first one's turn, see runtime/base/clock.ts; 0 until
 * the thread's event loop turns or the thread sleeps, since before that nobody is kept waiting.
 */
const LISTING_SENDS = 3;
const LISTING_RECEIVES = 5;
/** Of the text, in bytes. */
const LISTING_LENGTH = 7;
const LISTING_TEXT = 8;

const TEXT_BYTES = LISTED_BYTES - LISTING_TEXT * 4;
const SEPARATOR = '\0';

const DIRECTIONS = { send: LISTING_SENDS, receive: LISTING_RECEIVES } as const;

export class SocketListing implements Unsettled {
  private readonly words: Words;
  /** Word address, 0 if the arena had no room. */
  private readonly at: number;
  private readonly entry: number;
  /** There are calls of which it is not said yet since when they wait. */
  private undated = false;
  /** What it says of the type and the endpoints. */
  private text: string;

  /**
   * @param id number of the socket in its thread
   * @param type name of the socket's class
   */
  constructor(
    private readonly thread: Thread,
    id: number,
    private readonly type: string,
  ) {
    this.words = thread.words;
    this.text = type;
    this.at = thread.allocator.allocate(LISTED_BYTES) >>> 2;
    if (this.at === 0) {
      thread.directory.miss();
      this.entry = 0;
      return;
    }
    this.words.fill(0, this.at, this.at + LISTING_TEXT);
    this.write(this.text);
    this.entry = thread.directory.enlist(LISTED_SOCKET, this.at, id);
  }

  /** What the socket is bound and connected to. Read as far as there is room for it. */
  endpoints(endpoints: Iterable<string>): void {
    const text = this.textOf(endpoints);
    // Once there is room for no more of them, each connect leaves it as it is.
    if (text === this.text) return;
    this.text = text;
    this.thread.directory.rewrite(this.entry, () => this.write(text));
  }

  /** Messages that the socket has dropped so far. */
  dropped(count: number): void {
    if (this.at !== 0) this.words[this.at + LISTING_DROPPED] = count;
  }

  /** How many awaiting calls wait in a direction, and whether another is the first of them. */
  awaiting(direction: 'send' | 'receive', calls: number, turned: boolean): void {
    if (this.at === 0) return;
    const at = this.at + DIRECTIONS[direction];
    this.words[at] = calls;
    if (!turned || calls === 0) return;
    this.words[at + 1] = 0;
    if (this.undated) return;
    this.undated = true;
    this.thread.settleLater(this);
  }

  /** Most calls are over before it comes to this: reading the clock costs as much as half of such a call. */
  settle(): void {
    if (!this.undated) return;
    this.undated = false;
    const now = coarseNow() || 1;
    for (const direction of Object.values(DIRECTIONS)) {
      const at = this.at + direction;
      if (this.words[at] !== 0 && this.words[at + 1] === 0) this.words[at + 1] = now;
    }
  }

  /** The socket's count takes over from the pipe's. */
  pipeEnded({ written, conflated, messagesRead }: Pipe): void {
    if (this.at === 0) return;
    const { words, at } = this;
    words[at + LISTING_SENT] = words[at + LISTING_SENT]! + written + conflated;
    words[at + LISTING_RECEIVED] = words[at + LISTING_RECEIVED]! + messagesRead;
  }

  close(): void {
    if (this.at === 0) return;
    this.undated = false;
    this.thread.directory.strike(this.entry);
    this.thread.allocator.release(this.at << 2);
  }

  private write(text: string): void {
    storeText(this.words, this.at, Buffer.from(text).subarray(0, TEXT_BYTES));
  }

  private textOf(endpoints: Iterable<string>): string {
    const parts = [this.type];
    let length = Buffer.byteLength(this.type);
    for (const endpoint of endpoints) {
      length += SEPARATOR.length + Buffer.byteLength(endpoint);
      if (length > TEXT_BYTES) break;
      parts.push(endpoint);
    }
    return parts.join(SEPARATOR);
  }
}

/** What an observer reads of a listing. */
export interface ListingContent {
  readonly sent: number;
  readonly received: number;
  readonly dropped: number;
  readonly awaiting: readonly AwaitingStats[];
  readonly type: string;
  readonly endpoints: readonly string[];
}

/** Reads the listing at `at`; only good if its entry is unchanged afterwards. */
export function readListing(words: Words, at: number): ListingContent {
  const [type = '', ...endpoints] = loadText(words, at).split(SEPARATOR);
  return {
    sent: load(words, at + LISTING_SENT),
    received: load(words, at + LISTING_RECEIVED),
    dropped: load(words, at + LISTING_DROPPED),
    awaiting: [
      ...readAwaiting(words, at + LISTING_SENDS, 'send'),
      ...readAwaiting(words, at + LISTING_RECEIVES, 'receive'),
    ],
    type,
    endpoints,
  };
}

function readAwaiting(words: Words, at: number, direction: 'send' | 'receive'): AwaitingStats[] {
  const calls = load(words, at);
  if (calls === 0) return [];
  const since = load(words, at + 1);
  return [{ direction, calls, since: since === 0 ? 0 : elapsed(coarseNow(), since) }];
}

/** Word by word, since only atomic stores keep their order with those of the version. */
function storeText(words: Words, at: number, text: Buffer): void {
  const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4);
  text.copy(padded);
  for (let i = 0; i < padded.length; i += 4) {
    store(words, at + LISTING_TEXT + i / 4, padded.readInt32LE(i));
  }
  store(words, at + LISTING_LENGTH, text.length);
}

function loadText(words: Words, at: number): string {
  const length = Math.min(load(words, at + LISTING_LENGTH) >>> 0, TEXT_BYTES);
  const padded = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let i = 0; i < padded.length; i += 4) {
    padded.writeInt32LE(load(words, at + LISTING_TEXT + i / 4), i);
  }
  return padded.toString('utf8', 0, length);
}
