import { Buffer } from 'node:buffer';
import { threadId } from 'node:worker_threads';
import { SLOTS } from '../base/limits.js';
import { Allocator } from '../memory/allocator.js';
import type { Arena } from '../memory/arena.js';
import { add, compareExchange, load, store } from '../memory/atomics.js';
import {
  CONTEXT_STOPPED,
  FIRST_IO_SLOT,
  HEADER_IO_PLACES,
  HEADER_NOTES,
  HEADER_STATE,
  HEADER_UNNOTED,
  SLOT_OWNER,
  SLOT_PENDING,
  SLOT_SERVING,
  SLOT_SOCKETS,
  slotAt,
} from '../memory/layout.js';
import { KEPT_MARK, PageTable } from '../memory/pages.js';
import { threadOf } from '../thread/slot.js';
import type { Thread } from '../thread/thread.js';

/**
 * What has become of a context's messages, collected while it ends. Nothing is written before: from the
 * shutdown on each thread notes its sockets, when it hears of it or closes them, and each I/O worker what
 * it has served, when it leaves. Notes lie in the arena on one stack, which is only ever pushed onto, so
 * that whoever terminates can read them though their writers compute, block, or are gone. They lie in
 * pages that are nobody's, and stay there for as long as the arena does.
 *
 *     note   below │ closed │ length │ text, as JSON …
 */
const NOTE_BELOW = 0;
/** 1: the socket was closed by its thread, in time. Its thread stores; whoever reads the report loads. */
const NOTE_CLOSED = 1;
const NOTE_LENGTH = 2;
const NOTE_TEXT = 3;

/** A socket, as its own thread knows it. */
export interface SocketAccount {
  readonly type: string;
  readonly endpoints: readonly string[];
  /** Messages that are in the rings of peers within the context. */
  readonly flushed: number;
  /** Messages to peers within the context that never came, and those that gave way to newer ones (`conflate`). */
  readonly dropped: number;
}

/** An endpoint of a socket, as an I/O worker knows it. */
export interface ServedAccount {
  readonly thread: number;
  readonly socket: number;
  readonly type: string;
  readonly endpoint: string;
  readonly flushed: number;
  readonly dropped: number;
  readonly held: number;
  /** The socket was closed, and messages of it were still to be sent when the worker was stopped. */
  readonly lingering: boolean;
}

/** Who held up the end of a context when a timeout was over. */
export interface Holder {
  /** Node's number of the thread. */
  readonly threadId: number;
  /**
   * What it held it with: `sockets` that it had not closed; `commands` of it that were not carried out yet;
   * or, an I/O worker, `connections` and endpoints that it still served, those of open sockets included.
   */
  readonly with: 'sockets' | 'commands' | 'connections';
  readonly count: number;
}

/** What became of the messages of a socket that was open, or had yet to send something, at the shutdown. */
export interface SocketReport {
  /** The socket type's name in the handshake, `PUSH`. */
  readonly type: string;
  /** Node's number of its thread. */
  readonly threadId: number;
  /** What it was bound or connected to. */
  readonly endpoints: readonly string[];
  /** Messages that the kernel or a peer's ring has accepted. Whether anybody has received them is not known. */
  readonly flushed: number;
  /**
   * Messages that were given up before: their linger was over, their connection is gone, or a newer one took their place
   * (`conflate`).
   */
  readonly dropped: number;
  /** Messages that still waited when a timeout was over, and were given up then. */
  readonly held: number;
  /**
   * Node's numbers of the threads that held the socket then: its own, if that had not closed it, or I/O
   * workers that had more of it to send. Empty if it has ended by itself.
   */
  readonly heldBy: readonly number[];
}

/** How a context has ended. */
export interface TerminateReport {
  /** Did everything end by itself, before any timeout? */
  readonly complete: boolean;
  readonly holders: readonly Holder[];
  /** By thread, in the order in which they were made. */
  readonly sockets: readonly SocketReport[];
  /** Sockets and endpoints that could not be listed, because the shared memory was exhausted. */
  readonly unlisted: number;
}

type Note =
  | { readonly socket: SocketAccount; readonly thread: number; readonly id: number }
  | { readonly served: ServedAccount; readonly ioThread: number }
  | { readonly holders: readonly Holder[] };

/** One thread's hand in it. */
export class Ledger {
  /** Notes of sockets, by the sockets' numbers. */
  private readonly noted = new Map<number, number>();
  /** For notes alone: this thread's own pages go when it does. */
  private allocator: Allocator | undefined;

  constructor(private readonly thread: Thread) {}

  /** The context ends, and this thread has a socket open. */
  noteSocket(id: number, socket: SocketAccount): void {
    if (!this.noted.has(id)) this.noted.set(id, this.push({ socket, thread: threadId, id }));
  }

  /** The socket is closed; if the context was stopped before, then not by its owner's doing. */
  noteClosed(id: number): void {
    const note = this.noted.get(id) ?? 0;
    const { words } = this.thread;
    if (note !== 0 && load(words, HEADER_STATE) < CONTEXT_STOPPED)
      store(words, note + NOTE_CLOSED, 1);
  }

  /** An I/O worker leaves, and has served this. */
  noteServed(served: ServedAccount): void {
    this.push({ served, ioThread: threadId });
  }

  /** A timeout is over: who is it that has not come to an end? */
  noteHolders(): void {
    this.push({ holders: findHolders(this.thread.arena) });
  }

  read(): TerminateReport {
    return readReport(this.thread.arena);
  }

  /** Answers the note's word address, 0 if there is no memory for it. */
  private push(note: Note): number {
    const { arena, words } = this.thread;
    this.allocator ??= new Allocator(new PageTable(words, arena.size, KEPT_MARK), () => undefined);
    const text = JSON.stringify(note);
    const length = Buffer.byteLength(text);
    const offset = this.allocator.allocate(NOTE_TEXT * 4 + length);
    if (offset === 0) {
      add(words, HEADER_UNNOTED, 1);
      return 0;
    }
    const at = offset >>> 2;
    words[at + NOTE_CLOSED] = 0;
    words[at + NOTE_LENGTH] = length;
    arena.buffer.write(text, (at + NOTE_TEXT) * 4, length);
    for (;;) {
      const below = load(words, HEADER_NOTES);
      words[at + NOTE_BELOW] = below;
      if (compareExchange(words, HEADER_NOTES, below, at) === below) return at;
    }
  }
}

function findHolders({ words }: Arena): Holder[] {
  const holders: Holder[] = [];
  const ioEnd = FIRST_IO_SLOT + load(words, HEADER_IO_PLACES);
  for (let slot = 0; slot < SLOTS; slot++) {
    const at = slotAt(slot);
    const hold = (what: Holder['with'], word: number): void => {
      const count = load(words, at + word);
      if (count <= 0) return;
      holders.push({ threadId: threadOf(load(words, at + SLOT_OWNER)), with: what, count });
    };
    hold('sockets', SLOT_SOCKETS);
    hold('commands', SLOT_PENDING);
    if (slot >= FIRST_IO_SLOT && slot < ioEnd) hold('connections', SLOT_SERVING);
  }
  return holders;
}

/** A socket's report while notes are still being put together. */
interface Draft {
  readonly id: number;
  readonly threadId: number;
  readonly type: string;
  endpoints: Set<string>;
  flushed: number;
  dropped: number;
  held: number;
  readonly heldBy: Set<number>;
}

function readReport(arena: Arena): TerminateReport {
  const { words } = arena;
  const drafts = new Map<string, Draft>();
  const holders = new Map<string, Holder>();
  const draftOf = (threadId: number, id: number, type: string): Draft => {
    const key = `${threadId} ${id}`;
    let draft = drafts.get(key);
    if (draft === undefined) {
      const sums = { flushed: 0, dropped: 0, held: 0 };
      draft = { id, threadId, type, endpoints: new Set(), ...sums, heldBy: new Set() };
      drafts.set(key, draft);
    }
    return draft;
  };
  const notes = readNotes(arena);
  // Threads know their sockets' endpoints by the names they were given, so these come first.
  for (const { note, closed } of notes) {
    if (!('socket' in note)) continue;
    const { thread, id, socket } = note;
    const draft = draftOf(thread, id, socket.type);
    draft.endpoints = new Set(socket.endpoints);
    draft.flushed += socket.flushed;
    draft.dropped += socket.dropped;
    if (!closed) draft.heldBy.add(thread);
  }
  const known = new Set(drafts.keys());
  for (const { note } of notes) {
    if ('holders' in note) {
      for (const holder of note.holders) holders.set(`${holder.threadId} ${holder.with}`, holder);
    }
    if (!('served' in note)) continue;
    const { thread, socket, type, endpoint, flushed, dropped, held, lingering } = note.served;
    const draft = draftOf(thread, socket, type);
    if (!known.has(`${thread} ${socket}`)) draft.endpoints.add(endpoint);
    draft.flushed += flushed;
    draft.dropped += dropped;
    draft.held += held;
    if (lingering) draft.heldBy.add(note.ioThread);
  }
  return {
    complete: holders.size === 0,
    holders: [...holders.values()],
    sockets: [...drafts.values()]
      .sort((a, b) => a.threadId - b.threadId || a.id - b.id)
      .map(({ type, threadId, endpoints, flushed, dropped, held, heldBy }) => {
        const sums = { flushed, dropped, held };
        return { type, threadId, endpoints: [...endpoints], ...sums, heldBy: [...heldBy] };
      }),
    unlisted: load(words, HEADER_UNNOTED),
  };
}

/** All notes, oldest first. */
function readNotes(arena: Arena): { note: Note; closed: boolean }[] {
  const { words, bytes } = arena;
  const notes: { note: Note; closed: boolean }[] = [];
  for (let at = load(words, HEADER_NOTES); at !== 0; at = words[at + NOTE_BELOW]!) {
    const start = (at + NOTE_TEXT) * 4;
    // Copied out first: decoders may not be given shared memory.
    const text = Buffer.from(bytes.slice(start, start + words[at + NOTE_LENGTH]!)).toString();
    const closed = load(words, at + NOTE_CLOSED) === 1;
    notes.push({ note: JSON.parse(text) as Note, closed });
  }
  return notes.reverse();
}
