/* V8's serializer, loaded when something is first serialized: importing node:v8 takes a millisecond. */

import type { Buffer } from 'node:buffer';

type V8 = typeof import('node:v8');

let v8: V8 | undefined;

export function serialize(value: unknown): Buffer {
  v8 ??= process.getBuiltinModule('node:v8');
  return v8.serialize(value);
}

export function deserialize(bytes: Uint8Array): unknown {
  v8 ??= process.getBuiltinModule('node:v8');
  return v8.deserialize(bytes);
}
