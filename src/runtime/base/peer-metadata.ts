import { Buffer } from 'node:buffer';

/**
 * What the messages of a connection have in common: properties by name, as their sender's socket and the transport
 * have given them (zmq_msg_gets). Received with `keepMetadata`; the same object for all messages of a connection.
 */
export class PeerMetadata implements Iterable<[name: string, value: Buffer]> {
  readonly #encoded: Buffer;
  #properties: ReadonlyMap<string, Property> | undefined;

  /** @internal @param encoded by `encodeProperties` */
  constructor(encoded: Buffer) {
    this.#encoded = encoded;
  }

  /** The peer's socket type, such as `DEALER`. */
  get socketType(): string | undefined {
    return this.get('Socket-Type');
  }

  /** The name that the peer has given itself; empty if it has none. */
  get routingId(): Buffer | undefined {
    return this.getBytes('Routing-Id');
  }

  /** The address that a tcp connection comes from, without its port. */
  get peerAddress(): string | undefined {
    return this.get('Peer-Address');
  }

  /** Who the peer is, as whoever let it in has found; undefined where nobody looks. Not what the peer says. */
  get userId(): string | undefined {
    return this.get('User-Id');
  }

  /**
   * A property as text, whatever the case of its name's letters. `Routing-Id` and `Identity` are the same.
   * @returns undefined if there is none
   */
  get(name: string): string | undefined {
    return this.#find(name)?.value.toString();
  }

  /** A copy of a property's bytes. */
  getBytes(name: string): Buffer | undefined {
    const found = this.#find(name);
    return found && Buffer.from(found.value);
  }

  /** All properties, spelled as the peer spells them. */
  *[Symbol.iterator](): IterableIterator<[name: string, value: Buffer]> {
    for (const { name, value } of this.#all().values()) yield [name, Buffer.from(value)];
  }

  #find(name: string): Property | undefined {
    const folded = fold(name);
    return this.#all().get(folded === ROUTING_ID ? IDENTITY : folded);
  }

  /** Read when somebody asks: most do so for a few connections, if at all. */
  #all(): ReadonlyMap<string, Property> {
    return (this.#properties ??= decode(this.#encoded));
  }
}

interface Property {
  readonly name: string;
  readonly value: Buffer;
}

/** What ZMTP calls the routing id. */
const IDENTITY = 'identity';
const ROUTING_ID = 'routing-id';
const VALUE_SIZE_BYTES = 4;

/** Properties as `PeerMetadata` reads them, between threads. Names are Latin-1, of at most 255 characters. */
export function encodeProperties(properties: Iterable<[name: string, value: Uint8Array]>): Buffer {
  const pieces: Uint8Array[] = [];
  for (const [name, value] of properties) {
    const head = Buffer.alloc(1 + name.length + VALUE_SIZE_BYTES);
    head[0] = name.length;
    head.write(name, 1, 'latin1');
    head.writeUInt32LE(value.length, 1 + name.length);
    pieces.push(head, value);
  }
  return Buffer.concat(pieces);
}

function decode(encoded: Buffer): Map<string, Property> {
  const properties = new Map<string, Property>();
  let at = 0;
  while (at < encoded.length) {
    const nameEnd = at + 1 + encoded[at]!;
    const name = encoded.toString('latin1', at + 1, nameEnd);
    const start = nameEnd + VALUE_SIZE_BYTES;
    at = start + encoded.readUInt32LE(nameEnd);
    properties.set(fold(name), { name, value: encoded.subarray(start, at) });
  }
  return properties;
}

/** ASCII only, as RFC 37 has it. */
function fold(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
