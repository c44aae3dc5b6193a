import { compareExchange, exchange, load, store, type Words } from '../memory/atomics.js';
import { slotAt } from '../memory/layout.js';
import {
  RING_CONSUMER_SLOT,
  RING_DATA_NODE,
  RING_HEAD,
  RING_HWM,
  RING_PRODUCER_SLOT,
  RING_ROOM_NODE,
  RING_STARVED,
  RING_TAIL,
} from '../ring/layout.js';
import { atRest, atWork } from '../ring/tail.js';
import { ring as ringBell } from './doorbell.js';
import { push } from './ready-list.js';

/**
 * How the two ends of a ring tell each other. Each function names the side that may call it. `ring`
 * is the word address of a control block.
 */

/** Producer, which has published to a consumer that rested: there is something to read. Once for each such time. */
export function signalData(words: Words, ring: number): void {
  const slot = slotAt(load(words, ring + RING_CONSUMER_SLOT));
  push(words, slot, ring + RING_DATA_NODE);
  ringBell(words, slot);
}

/** Consumer, after it has stored the head, or either side, after it has stored a mark: there is room. */
export function signalRoom(words: Words, ring: number): void {
  if (load(words, ring + RING_STARVED) === 0) return;
  if (exchange(words, ring + RING_STARVED, 0) === 0) return;
  const slot = slotAt(load(words, ring + RING_PRODUCER_SLOT));
  push(words, slot, ring + RING_ROOM_NODE);
  ringBell(words, slot);
}

/**
 * Consumer, at work on the ring and with nothing left to read at `head`: may it forget the ring until the data node is
 * pushed? False: there is more, and the ring is still its to read.
 */
export function restConsumer(words: Words, ring: number, head: number): boolean {
  const read = atWork(head);
  return compareExchange(words, ring + RING_TAIL, read, atRest(head)) === read;
}

/**
 * Consumer, which rests and has read everything up to `head`: is it at work again, so that no data node is pushed and it has
 * to look at the tail itself? False: something has been published meanwhile, and the node comes.
 */
export function wakeConsumer(words: Words, ring: number, head: number): boolean {
  const rest = atRest(head);
  return compareExchange(words, ring + RING_TAIL, rest, atWork(head)) === rest;
}

/**
 * Producer, whose ring is full: asks for the room node, `head` being the consumer's position and `hwm` the
 * high-water mark when it found no room. False: one of them has changed since, try again. True: the node
 * will be pushed, once.
 */
export function starve(words: Words, ring: number, head: number, hwm: number): boolean {
  store(words, ring + RING_STARVED, 1);
  if (load(words, ring + RING_HEAD) === head && load(words, ring + RING_HWM) === hwm) return true;
  // Whoever moved it may have been faster and push the node: let it come, rather than have two under way.
  return exchange(words, ring + RING_STARVED, 0) === 0;
}
