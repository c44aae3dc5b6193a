/**
 * Metadata (RFC 37, "Metadata"): the properties by which peers introduce themselves.
 *
 * ```
 * name size (1 octet, 1..255)   name   value size (u32 big-endian)   value   … and so on
 * ```
 */
import { Buffer } from 'node:buffer';
import { ProtocolError, printable } from './protocol-error.js';

/** A property to send; a string value goes as UTF-8. */
export type Property = readonly [name: string, value: Uint8Array | string];

/** Properties by name, spelled as the peer sent it. Look them up with `getProperty`. */
export type Metadata = ReadonlyMap<string, Buffer>;

export const PROPERTY_NAME_MAX = 255;
/** RFC 37. There is no limit on their number: the handshake's budget bounds what they fill. */
export const PROPERTY_VALUE_MAX = 2 ** 31 - 1;

const VALUE_SIZE_SIZE = 4;

/**
 * @param properties in the order in which they shall be sent; libzmq puts Socket-Type first
 * @throws RangeError for a name other than 1 to 255 of `A-Z a-z 0-9 - _ . +`, and for a value
 *   beyond 2^31 - 1 octets
 */
export function encodeMetadata(properties: Iterable<Property>): Buffer {
  const pieces: Uint8Array[] = [];
  for (const [name, value] of properties) {
    if (!/^[A-Za-z0-9\-_.+]{1,255}$/.test(name)) {
      throw new RangeError(`Not a property name: ${printable(name.slice(0, PROPERTY_NAME_MAX))}`);
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    if (bytes.length > PROPERTY_VALUE_MAX) {
      throw new RangeError(`The value of property ${name} is too long`);
    }
    const head = Buffer.alloc(1 + name.length + VALUE_SIZE_SIZE);
    head[0] = name.length;
    head.write(name, 1, 'latin1');
    head.writeUInt32BE(bytes.length, 1 + name.length);
    pieces.push(head, bytes);
  }
  return Buffer.concat(pieces);
}

/**
 * Reads properties until the bytes end.
 *
 * Names are taken as they come (latin1), as in libzmq. Two that differ in case only are one name by
 * RFC 37, and a name sent twice is refused: whichever we took, another reader takes the other.
 *
 * @returns copies, which outlive `bytes`
 * @throws ProtocolError ERR_ZMTP_INVALID_METADATA
 */
export function parseMetadata(bytes: Uint8Array): Map<string, Buffer> {
  const metadata = new Map<string, Buffer>();
  const seen = new Set<string>();
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  // Every size is compared with what remains. A sum of position and size is formed only after.
  while (at < source.length) {
    const nameSize = source[at] ?? 0;
    at += 1;
    if (nameSize === 0 || nameSize > source.length - at) throw invalid('property name');
    const name = source.toString('latin1', at, at + nameSize);
    at += nameSize;

    if (VALUE_SIZE_SIZE > source.length - at) throw invalid('property size');
    const valueSize = source.readUInt32BE(at);
    at += VALUE_SIZE_SIZE;
    if (valueSize > source.length - at) throw invalid('property value');
    const value = Buffer.from(source.subarray(at, at + valueSize));
    at += valueSize;

    const folded = fold(name);
    if (seen.has(folded)) throw invalid('repeated property');
    seen.add(folded);
    metadata.set(name, value);
  }
  return metadata;
}

/** The value of a property, whatever the case of its name's letters. */
export function getProperty(metadata: Metadata, name: string): Buffer | undefined {
  const exact = metadata.get(name);
  if (exact !== undefined) return exact;
  const folded = fold(name);
  for (const [key, value] of metadata) {
    if (fold(key) === folded) return value;
  }
  return undefined;
}

/** ASCII only: outside it, toLowerCase maps some octets of latin1 that RFC 37 does not relate. */
function fold(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function invalid(what: string): ProtocolError {
  return new ProtocolError('ERR_ZMTP_INVALID_METADATA', `Malformed metadata: ${what}`);
}
