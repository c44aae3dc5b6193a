import { Buffer } from 'node:buffer';
import type { Pipe } from '../../runtime/pipe/pipe.js';

interface Route {
  readonly id: Buffer;
  readonly key: string;
}

/** What became of a peer that has introduced itself. */
export type Admission =
  /** It has the id it asked for, or one of ours. */
  | { readonly outcome: 'admitted' }
  /** It takes the id of another, which has to go. */
  | { readonly outcome: 'handover'; readonly loser: Pipe }
  /** Another has its id; it may have it when that one is gone. */
  | { readonly outcome: 'waits' };

/** Bytes of the ids that a ROUTER gives: the first is 0, so that they are nobody's own choice. */
const GIVEN_BYTES = 5;
/** Bytes of the number in each of them. */
const NUMBER_BYTES = 4;

/** Peers by their routing ids. Who brings none gets a number, never 0, which to a SERVER is nobody. */
export class Routes {
  private readonly pipes = new Map<string, Pipe>();
  private readonly routes = new Map<Pipe, Route>();
  /** Newcomers whose id is taken, oldest first. */
  private readonly waiting = new Map<Pipe, Route>();
  /* node:crypto takes some 6 ms to import, and most threads have no such socket. */
  private nextNumber = process.getBuiltinModule('node:crypto').randomInt(1, 2 ** 32);

  /** @param givenBytes length of the ids that it gives: the number, big-endian, behind zeros */
  constructor(private readonly givenBytes = GIVEN_BYTES) {}

  /** Where messages for this id go. */
  pipeOf(id: Uint8Array | string): Pipe | undefined {
    return this.pipes.get(keyOf(id));
  }

  idOf(pipe: Pipe): Buffer | undefined {
    return this.routes.get(pipe)?.id;
  }

  /** Is it one of those whose id is taken? */
  waits(pipe: Pipe): boolean {
    return this.waiting.has(pipe);
  }

  all(): IterableIterator<Pipe> {
    return this.routes.keys();
  }

  /** @param id as the peer gave it; empty for one of ours */
  admit(pipe: Pipe, id: Buffer, handover: boolean): Admission {
    const route = id.length === 0 ? this.invent() : { id, key: keyOf(id) };
    const holder = this.pipes.get(route.key);
    if (holder === undefined) {
      this.enter(pipe, route);
      return { outcome: 'admitted' };
    }
    if (!handover) {
      this.waiting.set(pipe, route);
      return { outcome: 'waits' };
    }
    this.routes.delete(holder);
    this.enter(pipe, route);
    return { outcome: 'handover', loser: holder };
  }

  /** The pipe is gone. Answers who has waited longest for its id and has it now. */
  terminated(pipe: Pipe): Pipe | undefined {
    this.waiting.delete(pipe);
    const route = this.routes.get(pipe);
    if (route === undefined) return undefined;
    this.routes.delete(pipe);
    this.pipes.delete(route.key);
    for (const [heir, wanted] of this.waiting) {
      if (wanted.key !== route.key) continue;
      this.waiting.delete(heir);
      this.enter(heir, wanted);
      return heir;
    }
    return undefined;
  }

  private enter(pipe: Pipe, route: Route): void {
    this.pipes.set(route.key, pipe);
    this.routes.set(pipe, route);
  }

  private invent(): Route {
    for (;;) {
      const id = Buffer.alloc(this.givenBytes);
      id.writeUInt32BE(this.nextNumber, this.givenBytes - NUMBER_BYTES);
      this.nextNumber = (this.nextNumber + 1) >>> 0 || 1;
      const key = keyOf(id);
      if (!this.pipes.has(key)) return { id, key };
    }
  }
}

/** Ids are bytes; as Latin-1 each is one character. */
function keyOf(id: Uint8Array | string): string {
  if (typeof id === 'string') return Buffer.from(id).toString('latin1');
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}
