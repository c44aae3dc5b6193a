import { Buffer } from 'node:buffer';
import type { Body } from '../../runtime/base/message.js';
import type { Pipe } from '../../runtime/pipe/pipe.js';
import type { Dist } from './dist.js';
import { Trie } from './trie.js';

/**
 * Who has subscribed to what, at a PUB or XPUB, or has joined what, at a RADIO. A pipe either has a topic or not, however often its
 * peer has said so: libzmq's SUB counts for itself, and cancels once.
 */
export class Subscribers {
  private readonly trie = new Trie<Set<Pipe>>();
  /** The topics of each pipe, as Latin-1, so that a pipe can leave without a search of the tree. */
  private readonly topics = new Map<Pipe, Set<string>>();
  private count = 0;
  private readonly matchAll: (pipes: Set<Pipe>) => boolean;

  /** @param dist whose pipes `match` matches; only what is found in the tree is of interest if it is left out */
  constructor(private readonly dist?: Dist) {
    this.matchAll = (pipes) => {
      dist?.matchEach(pipes);
      return false;
    };
  }

  /** True if nobody had subscribed to the topic. */
  add(topic: Buffer, pipe: Pipe): boolean {
    this.dist?.setsChanged();
    const pipes = this.trie.get(topic);
    if (pipes === undefined) {
      this.trie.set(topic, new Set([pipe]));
      this.count++;
    } else pipes.add(pipe);
    const topics = this.topics.get(pipe);
    if (topics === undefined) this.topics.set(pipe, new Set([key(topic)]));
    else topics.add(key(topic));
    return pipes === undefined;
  }

  /** True if nobody has the topic any more, and the pipe had. */
  remove(topic: Buffer, pipe: Pipe): boolean {
    return this.topics.get(pipe)?.delete(key(topic)) === true && this.forget(topic, pipe);
  }

  /** The pipe is gone. Tells of each of its topics, and whether it was the last who had it. */
  terminated(
    pipe: Pipe,
    cancelled: (topic: Buffer, last: boolean) => void = () => undefined,
  ): void {
    for (const text of this.topics.get(pipe) ?? []) {
      const topic = Buffer.from(text, 'latin1');
      cancelled(topic, this.forget(topic, pipe));
    }
    this.topics.delete(pipe);
  }

  /** Topics that anybody has. */
  get size(): number {
    return this.count;
  }

  /** Has the pipe a topic that the text begins with? */
  matches(text: Body, pipe: Pipe): boolean {
    return this.trie.walk(text, (pipes) => pipes.has(pipe));
  }

  /** Matches every pipe with a topic that the text begins with. */
  match(text: Body): void {
    this.trie.walk(text, this.matchAll);
  }

  /** Matches every pipe with exactly this topic. */
  matchExactly(topic: Uint8Array): void {
    const pipes = this.trie.get(topic);
    if (pipes !== undefined) this.matchAll(pipes);
  }

  private forget(topic: Buffer, pipe: Pipe): boolean {
    const pipes = this.trie.get(topic);
    this.dist?.setsChanged();
    if (pipes?.delete(pipe) !== true || pipes.size > 0) return false;
    this.trie.delete(topic);
    this.count--;
    return true;
  }
}

function key(topic: Buffer): string {
  return topic.toString('latin1');
}
