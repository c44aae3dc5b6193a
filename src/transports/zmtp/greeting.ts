/**
 * The ZMTP 3 greeting (RFC 37, "The Greeting"): 64 octets, the same in both directions.
 *
 * ```
 *  0        1..8      9         10      11      12..31             32          33..63
 *  FF       length    7F        major   minor   mechanism          as-server   filler
 *  `--- signature ----'         3       1       NUL-padded name    0 or 1      zero
 * ```
 *
 * ZMTP 2.0 and what came before it have 12 octets: the same signature, a revision in place of the major version (1,
 * and 0 for ZMTP 1.0), and a socket type (RFC 15). libzmq 2.x has no greeting at all, but begins with a frame, in
 * the framing of ZMTP 1.0: its routing id. It takes a signature for the header of such a frame, whose length is
 * therefore that of our routing id.
 *
 * So that each of them understands it, ours goes out in three steps, as libzmq's does: the signature; the major
 * version to whoever has one; the rest to whoever speaks ZMTP 3.
 */
import { Buffer } from 'node:buffer';
import { ProtocolError, printable } from './protocol-error.js';

export const GREETING_SIZE = 64;
/** Of ZMTP 2.0, and of ZMTP 1.0 with a revision. */
export const OLDER_GREETING_SIZE = 12;
export const SIGNATURE_SIZE = 10;
/** Where the major version or the revision is. */
export const REVISION_OFFSET = SIGNATURE_SIZE;
/** Where a peer before ZMTP 3 says its socket type. */
export const SOCKET_TYPE_OFFSET = 11;

const SIGNATURE_FIRST = 0xff;
const SIGNATURE_LAST = 0x7f;
const LENGTH_OFFSET = 1;
const SIGNATURE_LAST_OFFSET = 9;
const MINOR_OFFSET = 11;
const MECHANISM_OFFSET = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER_OFFSET = MECHANISM_OFFSET + MECHANISM_SIZE;

/** Where the flags are in a frame of ZMTP 1.0 with a short header. */
const V1_FLAGS_OFFSET = 1;
/** What they are in that of a routing id, by RFC 13 and by libzmq 2.x, which fills the bits that mean nothing. */
const ROUTING_ID_FLAGS = [0x00, 0x7e];

const OUR_MAJOR = 3;
const OUR_MINOR = 1;

/** What one side's greeting says. */
export interface Greeting {
  readonly major: number;
  readonly minor: number;
  /** Without its NUL padding. */
  readonly mechanism: string;
  /** Informative only: libzmq sends 0 even on a CURVE server, so nothing may depend on it. */
  readonly asServer: boolean;
}

/**
 * Our greeting, for ZMTP 3.1.
 *
 * @param mechanism its name as in RFC 37: 1 to 20 of `A-Z 0-9 - _ . +`
 * @param routingIdLength bytes of our routing id
 * @throws RangeError for any other name
 */
export function encodeGreeting(mechanism: string, asServer = false, routingIdLength = 0): Buffer {
  if (!/^[A-Z0-9\-_.+]{1,20}$/.test(mechanism)) {
    throw new RangeError(`Not a mechanism name: ${printable(mechanism)}`);
  }
  const greeting = Buffer.alloc(GREETING_SIZE);
  greeting[0] = SIGNATURE_FIRST;
  // In ZMTP 1.0 a length counts the flags octet, too.
  greeting.writeBigUInt64BE(BigInt(routingIdLength + 1), LENGTH_OFFSET);
  greeting[SIGNATURE_LAST_OFFSET] = SIGNATURE_LAST;
  greeting[REVISION_OFFSET] = OUR_MAJOR;
  greeting[MINOR_OFFSET] = OUR_MINOR;
  greeting.write(mechanism, MECHANISM_OFFSET, 'latin1');
  greeting[AS_SERVER_OFFSET] = asServer ? 1 : 0;
  return greeting;
}

/**
 * Whether a peer begins with a signature, or with a frame of ZMTP 1.0.
 *
 * It refuses at the first octet that neither of the two has. In a frame the flags alone can tell: they keep out HTTP,
 * TLS, whatever begins with a text, and nearly all noise. (RFC 13 would have no peer refused for them, but nobody is
 * known to send others.)
 *
 * @returns undefined while octets are missing
 * @throws ProtocolError ERR_ZMTP_INVALID_GREETING if it is neither
 */
export function parseSignature(
  bytes: Uint8Array,
  length: number,
): 'versioned' | 'unversioned' | undefined {
  if (length === 0) return undefined;
  if (bytes[0] === SIGNATURE_FIRST) {
    if (length < SIGNATURE_SIZE) return undefined;
    // Only bit 0 counts: it is MORE, and the other bits are set in the flags of libzmq 2.x, too.
    return (octet(bytes, SIGNATURE_LAST_OFFSET) & 1) === 1 ? 'versioned' : 'unversioned';
  }
  if (bytes[0] === 0) throw stranger();
  if (length <= V1_FLAGS_OFFSET) return undefined;
  if (!ROUTING_ID_FLAGS.includes(octet(bytes, V1_FLAGS_OFFSET))) throw stranger();
  return 'unversioned';
}

/**
 * Reads the greeting of a peer that has a signature and speaks ZMTP 3 from the first `length` bytes.
 *
 * It refuses at the first wrong octet, without waiting for the rest, so that garbage holds no connection. Versions
 * above 3.1 are accepted: such a peer speaks ours after our greeting. The padding and the filler are never looked at,
 * as RFC 37 demands.
 *
 * @returns undefined while octets are missing
 * @throws ProtocolError ERR_ZMTP_INVALID_GREETING if this is no mechanism's name
 */
export function parseGreeting(bytes: Uint8Array, length: number): Greeting | undefined {
  const have = Math.min(length, GREETING_SIZE);
  const mechanism = parseMechanism(bytes, have);
  if (have < GREETING_SIZE) return undefined;
  return {
    major: octet(bytes, REVISION_OFFSET),
    minor: octet(bytes, MINOR_OFFSET),
    mechanism,
    asServer: (octet(bytes, AS_SERVER_OFFSET) & 1) === 1,
  };
}

/** The mechanism's name as far as it has come; nothing but NUL may follow a NUL. */
function parseMechanism(bytes: Uint8Array, have: number): string {
  const end = Math.min(have, AS_SERVER_OFFSET);
  let name = '';
  let padded = false;
  for (let at = MECHANISM_OFFSET; at < end; at++) {
    const code = octet(bytes, at);
    if (code === 0) {
      padded = true;
    } else if (padded || !isMechanismCharacter(code)) {
      throw new ProtocolError('ERR_ZMTP_INVALID_GREETING', 'Malformed mechanism name in greeting');
    } else {
      name += String.fromCharCode(code);
    }
  }
  return name;
}

function stranger(): ProtocolError {
  return new ProtocolError('ERR_ZMTP_INVALID_GREETING', 'The peer does not speak ZMTP');
}

function isMechanismCharacter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) || isMark(code);
}

/** One of `- _ . +` */
function isMark(code: number): boolean {
  return code === 0x2d || code === 0x5f || code === 0x2e || code === 0x2b;
}

/** The callers have compared `at` with the length. */
function octet(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
