import { compareExchange, exchange, load, store, type Words } from '../memory/atomics.js';
import { SLOT_TOP } from '../memory/layout.js';

/**
 * A thread's ready list: a stack of nodes, linked through the arena. Anyone pushes one node at a time;
 * the owner takes the whole stack at once, so there is no pop and no ABA. Ring ends and commands wait
 * on the same list, and one doorbell serves both.
 *
 *     node   next │ tag        tag: kind, and how far before the node its block begins
 */

/** Word address of the node below; written by the pusher, read by the taker. */
const NODE_NEXT = 0;
/** Written by whoever makes the block. */
const NODE_TAG = 1;

export const NODE_WORDS = 2;

export const NODE_PIPE = 1;
export const NODE_COMMAND = 2;

const KIND_BITS = 4;

/** Prepares the node at `node`, part of the block at `block`. */
export function initNode(words: Words, node: number, kind: number, block: number): void {
  words[node + NODE_NEXT] = 0;
  words[node + NODE_TAG] = kind | ((node - block) << KIND_BITS);
}

export function nodeKind(words: Words, node: number): number {
  return words[node + NODE_TAG]! & ((1 << KIND_BITS) - 1);
}

/** Word address of the block the node is part of. */
export function nodeBlock(words: Words, node: number): number {
  return node - (words[node + NODE_TAG]! >>> KIND_BITS);
}

/** Pushes a node that is on no list. Ring the owner afterwards. */
export function push(words: Words, slot: number, node: number): void {
  const top = slot + SLOT_TOP;
  for (;;) {
    const below = load(words, top);
    store(words, node + NODE_NEXT, below);
    if (compareExchange(words, top, below, node) === below) return;
  }
}

/** Takes all nodes, oldest last, into `taken`. Only the slot's owner calls this. */
export function takeAll(words: Words, slot: number, taken: number[]): void {
  let node = exchange(words, slot + SLOT_TOP, 0);
  while (node !== 0) {
    taken.push(node);
    node = load(words, node + NODE_NEXT);
  }
}
