import { Buffer } from 'node:buffer';
import { ZmqError } from '../base/errors.js';
import type { Allocator } from '../memory/allocator.js';
import type { Arena } from '../memory/arena.js';
import { add, load, type Words } from '../memory/atomics.js';
import { CONTEXT_RUNNING, HEADER_STATE, SLOT_PENDING, slotAt } from '../memory/layout.js';
import { ring } from './doorbell.js';
import { ringEveryone } from './slot.js';
import { initNode, NODE_COMMAND, NODE_WORDS, push } from './ready-list.js';

/**
 * Commands between threads: rare, small, and possible while both sides block, which no MessagePort
 * is. A command is one block that travels twice: the sender writes it and pushes it onto the
 * receiver's ready list; the receiver writes the answer into it and pushes it back. So its sender
 * always frees it, and whoever holds it is whoever has just taken it from a list.
 *
 *     node (2) │ sender's slot │ kind │ answered │ length │ capacity │ awaited │ text, as UTF-8 …
 */
const COMMAND_SENDER = NODE_WORDS;
const COMMAND_KIND = NODE_WORDS + 1;
const COMMAND_ANSWERED = NODE_WORDS + 2;
const COMMAND_LENGTH = NODE_WORDS + 3;
const COMMAND_CAPACITY = NODE_WORDS + 4;
/** 1 if whoever terminates waits for it. Written by the sender before it posts, read by the receiver. */
const COMMAND_AWAITED = NODE_WORDS + 5;
const COMMAND_TEXT = NODE_WORDS + 6;

/** Room for an answer: a resolved endpoint, or an error with its text. */
const ANSWER_BYTES = 1024;

/** What a command is answered whose receiver is dead. All answers are JSON: see context/commands.ts. */
export const RECEIVER_IS_DEAD = JSON.stringify({
  error: { code: 'EMTHREAD', message: 'The I/O worker has ended' },
});

/** Words before a command's text. */
export const COMMAND_HEADER_BYTES = COMMAND_TEXT * 4;

export interface CommandOptions {
  /** Bytes that an answer may take; the default is enough for an endpoint. */
  readonly room?: number;
  /** Its receiver may hold it for ever: whoever terminates does not wait for it. */
  readonly standing?: boolean;
}

/** Writes a command. Answers the word address of its node. */
export function writeCommand(
  arena: Arena,
  allocator: Allocator,
  sender: number,
  kind: number,
  text: string,
  { room = ANSWER_BYTES, standing = false }: CommandOptions = {},
): number {
  const capacity = Math.max(Buffer.byteLength(text), room);
  const offset = allocator.allocate(COMMAND_HEADER_BYTES + capacity);
  if (offset === 0) throw new ZmqError('ENOMEM', { message: 'The arena is exhausted' });
  const words = arena.words;
  const at = offset >>> 2;
  initNode(words, at, NODE_COMMAND, at);
  words[at + COMMAND_SENDER] = sender;
  words[at + COMMAND_KIND] = kind;
  words[at + COMMAND_CAPACITY] = capacity;
  words[at + COMMAND_AWAITED] = standing ? 0 : 1;
  rewriteCommand(arena, at, text);
  return at;
}

/** Makes a command that has come back one to be posted again. */
export function rewriteCommand(arena: Arena, at: number, text: string): void {
  arena.words[at + COMMAND_ANSWERED] = 0;
  writeText(arena, at, text);
}

/** Sends a command off; it belongs to the receiver until it comes back. */
export function postCommand(words: Words, at: number, receiver: number): void {
  add(words, slotAt(words[at + COMMAND_SENDER]!) + SLOT_PENDING, words[at + COMMAND_AWAITED]!);
  push(words, slotAt(receiver), at);
  ring(words, slotAt(receiver));
}

/** Sends a command back, carried out. */
export function answerCommand(arena: Arena, at: number, text: string): void {
  const words = arena.words;
  const sender = slotAt(words[at + COMMAND_SENDER]!);
  writeText(arena, at, text);
  words[at + COMMAND_ANSWERED] = 1;
  // Counted before it is pushed: once it is on the sender's list it is no longer ours to read.
  add(words, sender + SLOT_PENDING, -words[at + COMMAND_AWAITED]!);
  push(words, sender, at);
  ring(words, sender);
  // Whoever terminates waits for the last command of any thread.
  if (load(words, HEADER_STATE) !== CONTEXT_RUNNING) ringEveryone(words);
}

/** Answers a command in the place of its receiver, which is dead. */
export function refuseCommand(arena: Arena, at: number, text: string): void {
  const words = arena.words;
  add(words, slotAt(words[at + COMMAND_SENDER]!) + SLOT_PENDING, words[at + COMMAND_AWAITED]!);
  answerCommand(arena, at, text);
}

/** Slot of the thread that posted the command. */
export function commandSender(words: Words, at: number): number {
  return words[at + COMMAND_SENDER]!;
}

export function isAnswered(words: Words, at: number): boolean {
  return words[at + COMMAND_ANSWERED] === 1;
}

export function commandKind(words: Words, at: number): number {
  return words[at + COMMAND_KIND]!;
}

export function readText(arena: Arena, at: number): string {
  const start = (at + COMMAND_TEXT) * 4;
  const length = arena.words[at + COMMAND_LENGTH]!;
  // Copied out first: decoders may not be given shared memory.
  return Buffer.from(arena.bytes.slice(start, start + length)).toString();
}

function writeText(arena: Arena, at: number, text: string): void {
  const start = (at + COMMAND_TEXT) * 4;
  const capacity = arena.words[at + COMMAND_CAPACITY]!;
  const length = Buffer.byteLength(text);
  if (length > capacity)
    throw new RangeError(`A command's text of ${length} bytes exceeds ${capacity}`);
  arena.words[at + COMMAND_LENGTH] = arena.buffer.write(text, start, length);
}
