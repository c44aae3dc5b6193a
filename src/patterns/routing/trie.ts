import { Buffer } from 'node:buffer';
import type { Body } from '../../runtime/base/message.js';
import {
  firstOf,
  isValued,
  LABEL,
  LENGTH,
  NONE,
  ROOT,
  SHAPE,
  spanOf,
  TABLE,
  TrieNodes,
} from './trie-nodes.js';

const ASCII_MOST = 0x7f;

/**
 * Values by prefix: a radix tree, whose memory grows with the bytes of its keys and not with their
 * depth, and which is walked in loops: a peer that subscribes to a megabyte overflows no stack.
 *
 *         ''
 *         ├── '1000' ── '1'  value of 10001
 *         │         └─ '2'  value of 10002
 *         └── 'B'            value of B
 */
export class Trie<Value> {
  private readonly nodes = new TrieNodes<Value>();

  /** The value of exactly this key. */
  get(key: Uint8Array): Value | undefined {
    const { nodes } = this;
    let node = ROOT;
    for (let at = 0; at < key.length; at += nodes.get(node, LENGTH)) {
      node = nodes.child(node, key[at]!);
      if (node === NONE || !this.continues(key, at, node)) return undefined;
    }
    return nodes.value(node);
  }

  /** @param key copied */
  set(key: Uint8Array, value: Value): void {
    const { nodes } = this;
    let node = ROOT;
    for (let at = 0; at < key.length; at += nodes.get(node, LENGTH)) {
      const next = nodes.child(node, key[at]!);
      if (next === NONE) {
        node = nodes.addLeaf(node, key, at);
        break;
      }
      const common = this.commonLength(key, at, next);
      node = common === nodes.get(next, LENGTH) ? next : nodes.split(node, next, common);
    }
    nodes.setValue(node, value);
  }

  /** Forgets a key, and every node that only led to it. */
  delete(key: Uint8Array): void {
    const { nodes } = this;
    let [before, parent, node] = [ROOT, ROOT, ROOT];
    for (let at = 0; at < key.length; at += nodes.get(node, LENGTH)) {
      const next = nodes.child(node, key[at]!);
      if (next === NONE || !this.continues(key, at, next)) return;
      [before, parent, node] = [parent, node, next];
    }
    nodes.deleteValue(node);
    if (node !== ROOT && nodes.childCount(node) === 0) {
      nodes.remove(parent, node);
      // It may have been there only to part two.
      [parent, node] = [before, parent];
    }
    if (node !== ROOT && !nodes.isValued(node) && nodes.childCount(node) === 1)
      nodes.merge(parent, node);
    nodes.resetIfEmpty();
  }

  /**
   * The values of all keys that `text` begins with, shortest first; of a string, that its UTF-8 begins with.
   * @param visit ends the walk with true; it must not change the trie. Of a string that is not ASCII it may be given a
   * value twice
   */
  walk(text: Body, visit: (value: Value) => boolean): boolean {
    return typeof text === 'string' ? this.walkString(text, visit) : this.walkBytes(text, visit);
  }

  private walkBytes(text: Uint8Array, visit: (value: Value) => boolean): boolean {
    const { nodes } = this;
    const { records, tables, bytes } = nodes;
    let node = ROOT;
    for (let at = 0; ;) {
      const shape = records[node + SHAPE]!;
      if (isValued(shape) && visit(nodes.value(node)!)) return true;
      if (at === text.length) return false;
      // As `child` and `continues` would, with one look at where the arrays are.
      const place = text[at]! - firstOf(shape);
      if (place >>> 0 >= spanOf(shape)) return false;
      node = tables[records[node + TABLE]! + place]!;
      if (node === NONE) return false;
      const end = at + records[node + LENGTH]!;
      if (end > text.length) return false;
      for (let label = records[node + LABEL]! + 1; ++at < end; label++)
        if (bytes[label] !== text[at]) return false;
    }
  }

  /** As `walkBytes`: a string that nobody wants is not worth its bytes. They are its characters, as far as these are ASCII. */
  private walkString(text: string, visit: (value: Value) => boolean): boolean {
    const { nodes } = this;
    const { records, tables, bytes } = nodes;
    let node = ROOT;
    for (let at = 0; ;) {
      const shape = records[node + SHAPE]!;
      if (isValued(shape) && visit(nodes.value(node)!)) return true;
      if (at === text.length) return false;
      const first = text.charCodeAt(at);
      if (first > ASCII_MOST) return this.walkBytes(Buffer.from(text), visit);
      const place = first - firstOf(shape);
      if (place >>> 0 >= spanOf(shape)) return false;
      node = tables[records[node + TABLE]! + place]!;
      if (node === NONE) return false;
      // Not compared with how many characters are left: of others than ASCII there are fewer than bytes.
      const end = at + records[node + LENGTH]!;
      for (let label = records[node + LABEL]! + 1; ++at < end; label++) {
        if (at === text.length) return false;
        const next = text.charCodeAt(at);
        if (next > ASCII_MOST) return this.walkBytes(Buffer.from(text), visit);
        if (bytes[label] !== next) return false;
      }
    }
  }

  /** Has the key all of a node's label from `at` on? */
  private continues(key: Uint8Array, at: number, node: number): boolean {
    return this.commonLength(key, at, node) === this.nodes.get(node, LENGTH);
  }

  /** How many bytes of a node's label stand in the key from `at` on. */
  private commonLength(key: Uint8Array, at: number, node: number): number {
    const { bytes } = this.nodes;
    const label = this.nodes.get(node, LABEL);
    const most = Math.min(key.length - at, this.nodes.get(node, LENGTH));
    let length = 0;
    while (length < most && key[at + length] === bytes[label + length]) length++;
    return length;
  }
}
