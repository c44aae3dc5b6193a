import { Buffer } from 'node:buffer';

/**
 * Values by prefix: a radix tree, whose memory grows with the bytes of its keys and not with their
 * depth, and which is walked in loops: a peer that subscribes to a megabyte overflows no stack.
 *
 *         ''
 *         ├── '1000' ── '1'  value of 10001
 *         │         └─ '2'  value of 10002
 *         └── 'B'            value of B
 */
class Node<Value> {
  value: Value | undefined;
  /** By the first byte of their label; undefined while there are none. */
  children: Map<number, Node<Value>> | undefined;

  /** @param label the bytes between the parent and this node */
  constructor(public label: Uint8Array) {}

  child(byte: number): Node<Value> | undefined {
    return this.children?.get(byte);
  }

  adopt(child: Node<Value>): void {
    (this.children ??= new Map()).set(child.label[0]!, child);
  }
}

const NOTHING = new Uint8Array(0);

export class Trie<Value> {
  private readonly root = new Node<Value>(NOTHING);

  /** The value of exactly this key. */
  get(key: Uint8Array): Value | undefined {
    let node = this.root;
    for (let at = 0; at < key.length; at += node.label.length) {
      const next = node.child(key[at]!);
      if (next === undefined || !startsWith(key, at, next.label)) return undefined;
      node = next;
    }
    return node.value;
  }

  /** @param key kept, and not to be changed any more */
  set(key: Uint8Array, value: Value): void {
    let node = this.root;
    for (let at = 0; at < key.length; at += node.label.length) {
      const next = node.child(key[at]!);
      if (next === undefined) {
        const leaf = new Node<Value>(key.subarray(at));
        node.adopt(leaf);
        node = leaf;
        break;
      }
      const common = commonLength(key, at, next.label);
      node = common === next.label.length ? next : split(node, next, common);
    }
    node.value = value;
  }

  /** Forgets a key, and every node that only led to it. */
  delete(key: Uint8Array): void {
    const path: Node<Value>[] = [this.root];
    for (let at = 0; at < key.length; at += path.at(-1)!.label.length) {
      const next = path.at(-1)!.child(key[at]!);
      if (next === undefined || !startsWith(key, at, next.label)) return;
      path.push(next);
    }
    path.at(-1)!.value = undefined;
    for (let i = path.length - 1; i > 0; i--) {
      const node = path[i]!;
      const children = node.children?.size ?? 0;
      if (node.value !== undefined || children > 1) return;
      if (children === 1) {
        merge(path[i - 1]!, node);
        return;
      }
      path[i - 1]!.children!.delete(node.label[0]!);
    }
  }

  /** The values of all keys that `text` begins with, shortest first. `visit` ends the walk with true. */
  walk(text: Uint8Array, visit: (value: Value) => boolean): boolean {
    let node = this.root;
    for (let at = 0; ; at += node.label.length) {
      if (node.value !== undefined && visit(node.value)) return true;
      if (at === text.length) return false;
      const next = node.child(text[at]!);
      if (next === undefined || !startsWith(text, at, next.label)) return false;
      node = next;
    }
  }
}

/** Puts a node for the first `length` bytes of `child`'s label between it and its parent. */
function split<Value>(parent: Node<Value>, child: Node<Value>, length: number): Node<Value> {
  const middle = new Node<Value>(child.label.subarray(0, length));
  child.label = child.label.subarray(length);
  parent.adopt(middle);
  middle.adopt(child);
  return middle;
}

/** Puts a node's only child in its place. */
function merge<Value>(parent: Node<Value>, node: Node<Value>): void {
  const [child] = node.children!.values();
  child!.label = Buffer.concat([node.label, child!.label]);
  parent.adopt(child!);
}

function startsWith(text: Uint8Array, at: number, label: Uint8Array): boolean {
  return text.length - at >= label.length && commonLength(text, at, label) === label.length;
}

/** How many bytes of `label` stand in `text` from `at` on. */
function commonLength(text: Uint8Array, at: number, label: Uint8Array): number {
  const most = Math.min(text.length - at, label.length);
  let length = 0;
  while (length < most && text[at + length] === label[length]) length++;
  return length;
}
