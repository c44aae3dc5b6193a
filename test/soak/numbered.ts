/** Bodies that follow from their number, so that whoever receives one knows every byte of it. */

const HEADER_BYTES = 8;
/** Lengths are the header's and up to this much more. */
const REST_BYTES = 120;

/** The body with this number. */
export function makeNumbered(number: number, seed: number): Buffer {
  const hash = mix(number, seed);
  const body = Buffer.alloc(HEADER_BYTES + (hash % REST_BYTES), hash >>> 24);
  body.writeUInt32LE(number, 0);
  body.writeUInt32LE(hash, 4);
  return body;
}

/** The body's number. Throws if the body is not the one with that number. */
export function readNumbered(body: Buffer, seed: number): number {
  const number = body.readUInt32LE(0);
  const hash = mix(number, seed);
  let whole = body.readUInt32LE(4) === hash && body.length === HEADER_BYTES + (hash % REST_BYTES);
  for (let i = HEADER_BYTES; whole && i < body.length; i++) whole = body[i] === hash >>> 24;
  if (!whole) throw new Error(`message ${number} is not what was sent`);
  return number;
}

function mix(number: number, seed: number): number {
  const hash = Math.imul(number ^ seed ^ 0x9e3779b9, 0x85ebca6b);
  return Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
}
