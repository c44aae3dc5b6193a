/** A record has 4 words, so that four nodes are in a cache line, and none in two. */
const RECORD_SHIFT = 2;
const WORDS = 1 << RECORD_SHIFT;

/** Where its label stands among the bytes, and how long it is. */
export const LABEL = 0;
export const LENGTH = 1;
/** Where its table stands: a word for each byte from the first on, as many as it spans; of no meaning while it spans none. */
export const TABLE = 2;
/**
 * What its table spans, how many children are in it, and whether the node has a value, which may be undefined; see below.
 * -1 says that nobody uses the record, and LABEL is the next of these.
 *
 *     bit 31 … 27   26       25 … 17      16 … 8    7 … 0
 *     │    0     │ valued │ children 9 │ span 9 │ first 8 │
 */
export const SHAPE = 3;
const FIRST_MASK = 0xff;
const SPAN_SHIFT = 8;
const CHILDREN_SHIFT = 17;
const NINE_BITS = 0x1ff;
const ONE_CHILD = 1 << CHILDREN_SHIFT;
const VALUED = 1 << 26;
const UNUSED = -1;

/** The first byte of which a node's table has a word. */
export function firstOf(shape: number): number {
  return shape & FIRST_MASK;
}

/** Of how many bytes, from the first on. */
export function spanOf(shape: number): number {
  return (shape >> SPAN_SHIFT) & NINE_BITS;
}

export function isValued(shape: number): boolean {
  return (shape & VALUED) !== 0;
}

export const ROOT = 0;
/** In a table: no child. The root is nobody's. */
export const NONE = 0;

const RECORDS_AT_FIRST = 4;
const TABLE_WORDS_AT_FIRST = 16;
const BYTES_AT_FIRST = 64;

/** Arrays that are no larger are kept, though nothing is in them: somebody may subscribe and cancel all the time. */
const FOOTPRINT_KEPT = 4096;

/**
 * The nodes of a trie, by number: records, tables of children and labels each in one array. With 100,000 topics a walk waits for
 * memory and for little else. A node, map and label as objects are seven places to visit, these are four.
 *
 *     records   │ label length table shape │ label length table shape │
 *     tables    │ '1' │ '2' │  –  │ '4' │            node by first byte of its label, as in libzmq's trie
 *     bytes     │ 1000 │ B │ …                        labels, one after the other
 *
 * Numbers, and what has been read from `records`, `tables` and `bytes`, hold until the next change.
 */
export class TrieNodes<Value> {
  records!: Int32Array;
  tables!: Int32Array;
  bytes!: Uint8Array;
  private values!: (Value | undefined)[];
  private recordsUsed = 0;
  private tablesUsed = 0;
  private bytesUsed = 0;
  /** Of the bytes in use, those of no label. */
  private bytesDead = 0;
  private freeRecord = NONE;
  /** Tables that nobody uses, by the logarithm of their size; each holds the next in its first word, and -1 ends the list. */
  private readonly freeTables = new Int32Array(9);
  private count = 0;

  constructor() {
    this.reset();
  }

  /** How many there are, the root too. */
  get size(): number {
    return this.count;
  }

  /** Bytes of all arrays but the values'. */
  get footprint(): number {
    return this.records.byteLength + this.tables.byteLength + this.bytes.byteLength;
  }

  get(node: number, field: number): number {
    return this.records[node + field]!;
  }

  isValued(node: number): boolean {
    return isValued(this.shape(node));
  }

  value(node: number): Value | undefined {
    return this.values[node >> RECORD_SHIFT];
  }

  setValue(node: number, value: Value): void {
    this.values[node >> RECORD_SHIFT] = value;
    this.records[node + SHAPE]! |= VALUED;
  }

  deleteValue(node: number): void {
    this.values[node >> RECORD_SHIFT] = undefined;
    this.records[node + SHAPE]! &= ~VALUED;
  }

  childCount(node: number): number {
    return (this.shape(node) >> CHILDREN_SHIFT) & NINE_BITS;
  }

  child(node: number, byte: number): number {
    const shape = this.shape(node);
    const place = byte - firstOf(shape);
    // Negative ones are large here.
    if (place >>> 0 >= spanOf(shape)) return NONE;
    return this.tables[this.records[node + TABLE]! + place]!;
  }

  /** The child of a node that has one. */
  onlyChild(node: number): number {
    const table = this.records[node + TABLE]!;
    let at = table;
    while (this.tables[at] === NONE) at++;
    return this.tables[at]!;
  }

  /** A child for the bytes of `key` from `at` on. */
  addLeaf(node: number, key: Uint8Array, at: number): number {
    const leaf = this.takeRecord();
    this.setLabel(leaf, this.putBytes(key, at), key.length - at);
    this.adopt(node, leaf);
    return leaf;
  }

  /** Puts a node for the first `length` bytes of a child's label between it and its parent. */
  split(parent: number, child: number, length: number): number {
    const middle = this.takeRecord();
    const { records } = this;
    const [label, whole] = [records[child + LABEL]!, records[child + LENGTH]!];
    this.setLabel(middle, label, length);
    this.setLabel(child, label + length, whole - length);
    this.adopt(parent, middle);
    this.adopt(middle, child);
    return middle;
  }

  /** Puts a node's only child in its place. */
  merge(parent: number, node: number): void {
    const child = this.onlyChild(node);
    const { records } = this;
    const [before, length] = [records[node + LENGTH]!, records[child + LENGTH]!];
    const label = this.putBoth(node, child);
    this.bytesDead += before + length;
    this.setLabel(child, label, before + length);
    this.adopt(parent, child);
    this.giveRecord(node);
  }

  /** Takes a childless node from its parent. */
  remove(parent: number, node: number): void {
    const { records, tables } = this;
    const table = records[parent + TABLE]!;
    tables[table + this.firstByte(node) - firstOf(this.shape(parent))] = NONE;
    records[parent + SHAPE]! -= ONE_CHILD;
    this.bytesDead += records[node + LENGTH]!;
    this.giveRecord(node);
    this.fit(parent);
  }

  /** What many topics have taken is kept for those to come, until there is none. */
  resetIfEmpty(): void {
    if (this.count > 1 || this.isValued(ROOT) || this.footprint <= FOOTPRINT_KEPT) return;
    this.reset();
  }

  private reset(): void {
    this.records = new Int32Array(RECORDS_AT_FIRST * WORDS);
    this.tables = new Int32Array(TABLE_WORDS_AT_FIRST);
    this.bytes = new Uint8Array(BYTES_AT_FIRST);
    this.values = [];
    this.recordsUsed = this.tablesUsed = this.bytesUsed = this.bytesDead = this.count = 0;
    this.freeRecord = NONE;
    this.freeTables.fill(-1);
    this.takeRecord();
  }

  private shape(node: number): number {
    return this.records[node + SHAPE]!;
  }

  private firstByte(node: number): number {
    return this.bytes[this.records[node + LABEL]!]!;
  }

  private setLabel(node: number, label: number, length: number): void {
    this.records[node + LABEL] = label;
    this.records[node + LENGTH] = length;
  }

  /** Enters a node in its parent's table, perhaps in the place of another. */
  private adopt(parent: number, child: number): void {
    const byte = this.firstByte(child);
    const { records } = this;
    const [first, span] = [firstOf(this.shape(parent)), spanOf(this.shape(parent))];
    if (span === 0) this.respan(parent, byte, 1);
    else if (byte < first) this.respan(parent, byte, first + span - byte);
    else if (byte >= first + span) this.respan(parent, first, byte - first + 1);
    const place = records[parent + TABLE]! + byte - firstOf(this.shape(parent));
    if (this.tables[place] === NONE) records[parent + SHAPE]! += ONE_CHILD;
    this.tables[place] = child;
  }

  /** A child is gone: the table need not reach to its place any more. */
  private fit(parent: number): void {
    const { records, tables } = this;
    const table = records[parent + TABLE]!;
    const [first, span] = [firstOf(this.shape(parent)), spanOf(this.shape(parent))];
    if (this.childCount(parent) === 0) {
      this.giveTable(table, span);
      this.setSpan(parent, 0, 0);
      return;
    }
    let low = 0;
    while (tables[table + low] === NONE) low++;
    let high = span;
    while (tables[table + high - 1] === NONE) high--;
    this.respan(parent, first + low, high - low);
  }

  /** Gives a node a table for these bytes, in which its children are entered. */
  private respan(node: number, first: number, span: number): void {
    const { records } = this;
    const oldTable = records[node + TABLE]!;
    const [oldFirst, oldSpan] = [firstOf(this.shape(node)), spanOf(this.shape(node))];
    if (first === oldFirst && span === oldSpan) return;
    const table = this.takeTable(span);
    const { tables } = this;
    tables.fill(NONE, table, table + span);
    const from = Math.max(first, oldFirst);
    const to = Math.min(first + span, oldFirst + oldSpan);
    for (let byte = from; byte < to; byte++)
      tables[table + byte - first] = tables[oldTable + byte - oldFirst]!;
    if (oldSpan > 0) this.giveTable(oldTable, oldSpan);
    records[node + TABLE] = table;
    this.setSpan(node, first, span);
  }

  private setSpan(node: number, first: number, span: number): void {
    const rest = this.shape(node) & ~(FIRST_MASK | (NINE_BITS << SPAN_SHIFT));
    this.records[node + SHAPE] = rest | first | (span << SPAN_SHIFT);
  }

  private takeRecord(): number {
    let node = this.freeRecord;
    if (this.count > 0 && node !== NONE) this.freeRecord = this.records[node + LABEL]!;
    else {
      node = this.recordsUsed;
      if (node === this.records.length) this.records = grown(this.records, node + WORDS);
      this.recordsUsed += WORDS;
    }
    this.records.fill(0, node, node + WORDS);
    this.values[node >> RECORD_SHIFT] = undefined;
    this.count++;
    return node;
  }

  private giveRecord(node: number): void {
    const { records } = this;
    const span = spanOf(this.shape(node));
    if (span > 0) this.giveTable(records[node + TABLE]!, span);
    records[node + SHAPE] = UNUSED;
    records[node + LABEL] = this.freeRecord;
    this.freeRecord = node;
    this.count--;
  }

  private takeTable(span: number): number {
    const size = logarithm(span);
    const free = this.freeTables[size]!;
    if (free !== -1) {
      this.freeTables[size] = this.tables[free]!;
      return free;
    }
    const table = this.tablesUsed;
    this.tablesUsed += 1 << size;
    if (this.tablesUsed > this.tables.length) this.tables = grown(this.tables, this.tablesUsed);
    return table;
  }

  private giveTable(table: number, span: number): void {
    const size = logarithm(span);
    this.tables[table] = this.freeTables[size]!;
    this.freeTables[size] = table;
  }

  private putBytes(key: Uint8Array, at: number): number {
    this.makeRoom(key.length - at);
    const start = this.bytesUsed;
    this.bytes.set(at === 0 ? key : key.subarray(at), start);
    this.bytesUsed += key.length - at;
    return start;
  }

  /** The labels of two nodes as one. */
  private putBoth(one: number, other: number): number {
    const { records } = this;
    this.makeRoom(records[one + LENGTH]! + records[other + LENGTH]!);
    const start = this.bytesUsed;
    for (const node of [one, other]) {
      const label = records[node + LABEL]!;
      this.bytes.copyWithin(this.bytesUsed, label, label + records[node + LENGTH]!);
      this.bytesUsed += records[node + LENGTH]!;
    }
    return start;
  }

  /** Bytes of no label go when room is short: all others are copied to where there is twice as much as they need. */
  private makeRoom(length: number): void {
    if (this.bytesUsed + length <= this.bytes.length) return;
    const { records, bytes } = this;
    const live = this.bytesUsed - this.bytesDead;
    this.bytes = new Uint8Array(2 * (live + length));
    this.bytesUsed = this.bytesDead = 0;
    for (let node = 0; node < this.recordsUsed; node += WORDS) {
      if (records[node + SHAPE] === UNUSED) continue;
      const label = records[node + LABEL]!;
      const labelLength = records[node + LENGTH]!;
      this.bytes.set(bytes.subarray(label, label + labelLength), this.bytesUsed);
      records[node + LABEL] = this.bytesUsed;
      this.bytesUsed += labelLength;
    }
  }
}

/** 0 for 1, 1 for 2, 2 for 3 and 4, … 8 for 129 to 256. */
function logarithm(span: number): number {
  return span === 1 ? 0 : 32 - Math.clz32(span - 1);
}

function grown(words: Int32Array, least: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(2 * words.length, least));
  larger.set(words);
  return larger;
}
