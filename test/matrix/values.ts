import type { Recipe } from '../support/performer.js';

/** Something that can be sent. */
export interface Value {
  readonly name: string;
  readonly message: Recipe;
  readonly arrives: readonly (string | Buffer)[];
  /** A process's channel does not carry it. */
  readonly onlyThreads?: boolean;
}

const shared = new SharedArrayBuffer(3);
new Uint8Array(shared).set([1, 2, 3]);

export const VALUES: readonly Value[] = [
  { name: 'a string, as UTF-8', message: 'grüße 世界 🧵', arrives: ['grüße 世界 🧵'] },
  { name: 'an empty string', message: '', arrives: [''] },
  { name: 'null, as an empty part', message: null, arrives: [''] },
  { name: 'a number, as its text', message: -12.5, arrives: ['-12.5'] },
  {
    name: 'a bigint and a boolean, as their text',
    message: [2n ** 64n, true],
    arrives: [String(2n ** 64n), 'true'],
  },
  {
    name: 'an ArrayBuffer',
    message: Uint8Array.of(9, 8, 7).buffer,
    arrives: [Buffer.from([9, 8, 7])],
  },
  {
    name: 'a SharedArrayBuffer, as its bytes',
    message: shared,
    arrives: [Buffer.from([1, 2, 3])],
    onlyThreads: true,
  },
  {
    name: 'a view, as the bytes that it shows',
    message: new Uint16Array(Uint8Array.of(0, 0, 1, 2, 3, 4, 0, 0).buffer, 2, 2),
    arrives: [Buffer.from([1, 2, 3, 4])],
  },
  {
    name: 'a DataView',
    message: new DataView(Uint8Array.of(5, 6, 7).buffer, 1),
    arrives: [Buffer.from([6, 7])],
  },
  {
    name: 'several parts, empty ones first, between and last',
    message: ['', 'a', null, Buffer.from('b'), 3, ''],
    arrives: ['', 'a', '', 'b', '3', ''],
  },
];
