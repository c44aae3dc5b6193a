import { ZmqError } from '../base/errors.js';
import { INPROC_NAMES } from '../base/limits.js';
import {
  compareExchange,
  compareExchange64,
  exchange,
  load,
  store,
  type Words,
} from '../memory/atomics.js';
import type { Arena } from '../memory/arena.js';
import { NAME_WORDS, NAMES_AT } from '../memory/layout.js';
import { PIPE_HOLDER, PIPE_NAME, PIPE_RING_A } from '../pipe/layout.js';
import { announce } from '../pipe/pipe.js';
import { RING_DATA_NODE, RING_PRODUCER_SLOT } from '../ring/layout.js';
import { isDead } from '../thread/slot.js';

/**
 * The names bound on `inproc://`, and the pipes that were connected before their name was bound: an
 * open-addressed table in the arena, without a lock.
 *
 *     entry   key (64 bits) │ binder │ waiting          key 0: free
 *
 * A name is known by 63 bits of its SHA-256, so one compare-exchange both claims and labels an entry.
 * That any two of the 65,536 names a context can hold share them has a chance of 2^-32.
 * Entries are never given back, so a context knows INPROC_NAMES different names in its life.
 */
const NAME_BINDER = 2;
/** Top of a stack of pipes, linked through the first word of their data node for B. */
const NAME_WAITING = 3;

export interface InprocName {
  /** Word address of the entry. */
  readonly entry: number;
  readonly key: bigint;
}

export class InprocNames {
  private readonly words: Words;
  private readonly keys: BigInt64Array<SharedArrayBuffer>;

  constructor(arena: Arena) {
    this.words = arena.words;
    this.keys = new BigInt64Array(arena.handle);
  }

  /**
   * The entry of a name, made if there is none.
   * @throws ZmqError ENOMEM if the context knows too many names already
   */
  find(name: string): InprocName {
    // Not imported: it takes some 6 ms, and whoever has no inproc endpoint needs none of it.
    const { createHash } = process.getBuiltinModule('node:crypto');
    const digest = createHash('sha256').update(name).digest();
    // An odd key is never 0, the mark of a free entry.
    return this.findKey(digest.readBigInt64LE(0) | 1n);
  }

  /** Makes `slot` the name's binder. False if it has one that lives. Then take what waits for it. */
  bind(name: InprocName, slot: number): boolean {
    const at = name.entry + NAME_BINDER;
    for (;;) {
      const found = compareExchange(this.words, at, 0, slot + 1);
      if (found === 0) return true;
      if (!isDead(this.words, found - 1)) return false;
      if (compareExchange(this.words, at, found, slot + 1) === found) return true;
      // The reaper has unbound it between the two, or somebody else has bound it. The binder that was found dead
      // cannot have a living successor in its slot yet: the slot is freed after rounds on which this thread
      // acts, too, and it does so between calls.
    }
  }

  unbind(name: InprocName): void {
    store(this.words, name.entry + NAME_BINDER, 0);
  }

  /**
   * Sends a pipe to whoever has bound the name, or leaves it for whoever will. Leaving it and looking
   * again for a binder, while a binder binds and then looks for pipes, means that one of them sees the
   * other; taking all by exchange means that no pipe is taken twice.
   */
  connect(name: InprocName, pipe: number): void {
    this.words[pipe + PIPE_NAME] = Number(BigInt.asIntN(32, name.key));
    this.words[pipe + PIPE_NAME + 1] = Number(BigInt.asIntN(32, name.key >> 32n));
    const binder = this.livingBinder(name);
    if (binder !== undefined) {
      this.send(pipe, binder);
      return;
    }
    this.wait(name, pipe);
    const since = this.livingBinder(name);
    if (since === undefined) return;
    for (const waiting of this.takeWaiting(name)) this.send(waiting, since);
  }

  /**
   * Takes every pipe that waits for the name, in the order they came. Those whose maker is dead are let
   * fall: their memory goes with it, and whoever put one back could do so after that.
   */
  takeWaiting(name: InprocName): number[] {
    const pipes: number[] = [];
    let node = exchange(this.words, name.entry + NAME_WAITING, 0);
    while (node !== 0) {
      const pipe = node - PIPE_RING_A - RING_DATA_NODE;
      if (!this.makerIsDead(pipe)) pipes.push(pipe);
      node = load(this.words, node);
    }
    return pipes.reverse();
  }

  /** Is a pipe that arrived nobody's any more? */
  makerIsDead(pipe: number): boolean {
    return isDead(this.words, load(this.words, pipe + PIPE_RING_A + RING_PRODUCER_SLOT));
  }

  /**
   * For the reaper: unbinds what the dead thread in `slot` had bound, and takes the pipes of the dead out of
   * the stacks. Every thread knows of the death; so what the dead did to the table, plain reads find.
   */
  forgetDead(slot: number): void {
    const { words } = this;
    for (let i = 0; i < INPROC_NAMES; i++) {
      const entry = NAMES_AT + i * NAME_WORDS;
      if (words[entry + NAME_BINDER] === slot + 1) {
        compareExchange(words, entry + NAME_BINDER, slot + 1, 0);
      }
      if (words[entry + NAME_WAITING] === 0) continue;
      const name: InprocName = { entry, key: this.keys[entry / 2]! };
      for (const pipe of this.takeWaiting(name)) this.connect(name, pipe);
    }
  }

  /** The name that a pipe was connected to. */
  nameOf(pipe: number): InprocName {
    const low = BigInt.asUintN(32, BigInt(this.words[pipe + PIPE_NAME]!));
    const high = BigInt(this.words[pipe + PIPE_NAME + 1]!);
    return this.findKey((high << 32n) | low);
  }

  private livingBinder(name: InprocName): number | undefined {
    const binder = load(this.words, name.entry + NAME_BINDER) - 1;
    return binder < 0 || isDead(this.words, binder) ? undefined : binder;
  }

  /** Whom the pipe is sent to is known before it is: should that thread die, its maker takes it back. */
  private send(pipe: number, slot: number): void {
    store(this.words, pipe + PIPE_HOLDER, slot + 1);
    announce(this.words, pipe, slot);
  }

  private wait(name: InprocName, pipe: number): void {
    store(this.words, pipe + PIPE_HOLDER, 0);
    const node = pipe + PIPE_RING_A + RING_DATA_NODE;
    const top = name.entry + NAME_WAITING;
    for (;;) {
      const below = load(this.words, top);
      store(this.words, node, below);
      if (compareExchange(this.words, top, below, node) === below) return;
    }
  }

  private findKey(key: bigint): InprocName {
    const start = Number(BigInt.asUintN(16, key >> 1n));
    for (let i = 0; i < INPROC_NAMES; i++) {
      const entry = NAMES_AT + ((start + i) % INPROC_NAMES) * NAME_WORDS;
      const found = compareExchange64(this.keys, entry / 2, 0n, key);
      if (found === 0n || found === key) return { entry, key };
    }
    throw new ZmqError('ENOMEM', {
      message: `A context knows ${INPROC_NAMES} inproc names at most`,
    });
  }
}
