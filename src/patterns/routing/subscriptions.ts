import { Trie } from './trie.js';

/** A topic, and how often it was subscribed to. */
interface Subscription {
  readonly topic: Buffer;
  count: number;
}

const ANY = (): boolean => true;

/**
 * What a SUB or XSUB has subscribed to, or a DISH has joined. Subscribing twice takes cancelling twice, as in libzmq; what
 * has to be told to publishers is the first of them and the last.
 */
export class Subscriptions {
  private readonly trie = new Trie<Subscription>();
  private readonly all = new Set<Subscription>();

  /** @param topic kept, and not to be changed any more */
  add(topic: Buffer): void {
    let subscription = this.trie.get(topic);
    if (subscription === undefined) {
      subscription = { topic, count: 0 };
      this.trie.set(topic, subscription);
      this.all.add(subscription);
    }
    subscription.count++;
  }

  /** True if that was the last subscription to the topic; false too if there was none. */
  remove(topic: Buffer): boolean {
    const subscription = this.trie.get(topic);
    if (subscription === undefined || --subscription.count > 0) return false;
    this.trie.delete(topic);
    this.all.delete(subscription);
    return true;
  }

  /** Topics, however often each was subscribed to. */
  get size(): number {
    return this.all.size;
  }

  /** Has exactly this topic been subscribed to? */
  has(topic: Uint8Array): boolean {
    return this.trie.get(topic) !== undefined;
  }

  /** Does the text begin with any topic? */
  matches(text: Uint8Array): boolean {
    return this.trie.walk(text, ANY);
  }

  *topics(): IterableIterator<Buffer> {
    for (const { topic } of this.all) yield topic;
  }
}
