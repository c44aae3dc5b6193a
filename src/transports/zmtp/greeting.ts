/**
 * The ZMTP 3 greeting (RFC 37, "The Greeting"): 64 octets, the same in both directions.
 *
 * ```
 *  0        1..8      9         10      11      12..31             32          33..63
 *  FF       padding   7F        major   minor   mechanism          as-server   filler
 *  `--- signature ----'         3       1       NUL-padded name    0 or 1      zero
 * ```
 */
import { ProtocolError, printable } from './protocol-error.js';

export const GREETING_SIZE = 64;

const SIGNATURE_FIRST = 0xff;
const SIGNATURE_LAST = 0x7f;
const SIGNATURE_LAST_OFFSET = 9;
const MAJOR_OFFSET = 10;
const MINOR_OFFSET = 11;
const MECHANISM_OFFSET = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER_OFFSET = MECHANISM_OFFSET + MECHANISM_SIZE;

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
 * @throws RangeError for any other name
 */
export function encodeGreeting(mechanism: string, asServer = false): Buffer {
  if (!/^[A-Z0-9\-_.+]{1,20}$/.test(mechanism)) {
    throw new RangeError(`Not a mechanism name: ${printable(mechanism)}`);
  }
  const greeting = Buffer.alloc(GREETING_SIZE);
  greeting[0] = SIGNATURE_FIRST;
  // To a ZMTP 1.0 peer the signature is a frame header: FF and a 64-bit length. Like libzmq we make
  // it the header of an empty identity frame (length 1 counts the flags octet).
  greeting[8] = 1;
  greeting[SIGNATURE_LAST_OFFSET] = SIGNATURE_LAST;
  greeting[MAJOR_OFFSET] = OUR_MAJOR;
  greeting[MINOR_OFFSET] = OUR_MINOR;
  greeting.write(mechanism, MECHANISM_OFFSET, 'latin1');
  greeting[AS_SERVER_OFFSET] = asServer ? 1 : 0;
  return greeting;
}

/**
 * Reads a greeting from the first `length` bytes.
 *
 * It refuses at the first wrong octet, without waiting for the rest, so that HTTP, TLS or garbage
 * holds no connection. Versions above 3.1 are accepted: such a peer speaks ours after our greeting.
 * The padding and the filler are never looked at, as RFC 37 demands.
 *
 * @returns undefined while octets are missing
 * @throws ProtocolError ERR_ZMTP_INVALID_GREETING if this is no ZMTP 2 or 3 greeting,
 *   ERR_ZMTP_UNSUPPORTED_VERSION if it is one of ZMTP 1.0 or 2.0
 */
export function parseGreeting(bytes: Uint8Array, length: number): Greeting | undefined {
  const have = Math.min(length, GREETING_SIZE);
  checkVersion(bytes, have);
  const mechanism = parseMechanism(bytes, have);
  if (have < GREETING_SIZE) return undefined;
  return {
    major: octet(bytes, MAJOR_OFFSET),
    minor: octet(bytes, MINOR_OFFSET),
    mechanism,
    asServer: (octet(bytes, AS_SERVER_OFFSET) & 1) === 1,
  };
}

/** Checks what has come of the octets that tell ZMTP 3 from its predecessors. */
function checkVersion(bytes: Uint8Array, have: number): void {
  if (have > 0 && bytes[0] !== SIGNATURE_FIRST) {
    // A ZMTP 1.0 peer with a routing id of up to 253 octets lands here too; nothing in one octet
    // tells it from garbage.
    throw new ProtocolError('ERR_ZMTP_INVALID_GREETING', 'The peer does not speak ZMTP');
  }
  // Only bit 0 counts: in a ZMTP 1.0 stream this octet is the flags octet of the identity frame.
  if (have > SIGNATURE_LAST_OFFSET && (octet(bytes, SIGNATURE_LAST_OFFSET) & 1) === 0) {
    throw new ProtocolError('ERR_ZMTP_UNSUPPORTED_VERSION', 'The peer speaks ZMTP 1.0');
  }
  if (have > MAJOR_OFFSET && octet(bytes, MAJOR_OFFSET) < OUR_MAJOR) {
    // The octet is a revision, not yet a version: 0 stands for 1.0 and 1 for 2.0.
    const revision = octet(bytes, MAJOR_OFFSET);
    throw new ProtocolError(
      'ERR_ZMTP_UNSUPPORTED_VERSION',
      `The peer speaks ZMTP ${revision === 0 ? '1.0' : '2.0'} (revision ${String(revision)})`,
    );
  }
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
