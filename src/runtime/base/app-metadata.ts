import { Buffer } from 'node:buffer';

/** A property that an application gives its sockets, for their peers to read. */
export type AppProperty = readonly [name: string, value: string];

/** RFC 37, and libzmq's prefix. */
const NAME = /^X-[A-Za-z0-9\-_.+]{1,253}$/;
/** Bytes of all of it: half of what our own peers take of a handshake, since libzmq's take more. */
const BYTES_MOST = 4096;

/**
 * What `metadata` says, `X-name:value`, one property a line; undefined if it says nothing: for a name that is none or
 * comes twice, for an empty value, and beyond 4096 bytes.
 */
export function parseAppMetadata(text: string): AppProperty[] | undefined {
  if (Buffer.byteLength(text) > BYTES_MOST) return undefined;
  const properties: AppProperty[] = [];
  const names = new Set<string>();
  for (const line of text.split('\n')) {
    const end = line.indexOf(':');
    const name = line.slice(0, Math.max(end, 0));
    const value = line.slice(end + 1);
    if (!NAME.test(name) || value === '' || names.has(name.toLowerCase())) return undefined;
    names.add(name.toLowerCase());
    properties.push([name, value]);
  }
  return properties;
}
