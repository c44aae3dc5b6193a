import { EMPTY } from '../../runtime/base/message.js';
import type { Mechanism } from '../mechanisms/mechanism.js';
import { FLAG_COMMAND, FLAG_LONG, parseCommand, parseError } from './commands.js';
import {
  GREETING_SIZE,
  REVISION_OFFSET,
  SIGNATURE_SIZE,
  encodeGreeting,
  parseGreeting,
  parseSignature,
  type Greeting,
} from './greeting.js';
import type { Metadata } from './metadata.js';
import { OlderHandshake } from './older-handshake.js';
import { ProtocolError, printable } from './protocol-error.js';
import { socketTypeOctet } from './socket-type.js';

/**
 * How many bytes a peer may send before it is ready, its greeting included. A peer that is not yet
 * known must not hold more memory than this; CURVE's longest exchange, with metadata, needs 1 KiB.
 */
export const HANDSHAKE_BUDGET = 8 * 1024;

/** Revisions below the major version 3, in its place in the greeting: ZMTP 1.0 and 2.0. */
const OLDER_REVISION_MAX = 1;

/** What the handshake found out about the peer. */
export interface PeerProperties {
  /** What both sides speak: 3.1, or the peer's if that is older. */
  readonly version: { readonly major: number; readonly minor: number };
  /** If it subscribes, does it tell us to what? Otherwise it expects everything: see OlderHandshake. */
  readonly tellsTopics: boolean;
  readonly mechanism: string;
  readonly metadata: Metadata;
}

/** What one call of `Handshake.feed` did. */
export interface HandshakeStep {
  /** How many of the given bytes are used up. The others have to be given again, with more. */
  readonly consumed: number;
  /** To be written now, in order. Then there may be more to do with the bytes that are not used up. */
  readonly output?: Buffer[];
  /** Given once: from the first byte that was not consumed, messages flow. */
  readonly done?: PeerProperties;
}

/**
 * signature → revision → greeting → mechanism → done, each left once and never entered again; older, and then
 * done, from one of the first two; failed from any of them.
 *
 * - signature: waiting for 10 octets, or for those that show that there is none
 * - revision: waiting for the octet behind it
 * - greeting: the peer speaks ZMTP 3; waiting for the rest of its 64 octets
 * - mechanism: greetings agree; the mechanism exchanges its commands
 * - older: the peer speaks ZMTP 2.0 or 1.0; waiting for its introduction
 * - done: messages flow, the object is of no more use
 * - failed: a ProtocolError was thrown, the connection has to be closed
 */
type Phase = 'signature' | 'revision' | 'greeting' | 'mechanism' | 'older' | 'done' | 'failed';

/** A frame that lies whole in the given bytes. */
interface WholeFrame {
  readonly bodyStart: number;
  readonly end: number;
}

/** Who we are. */
export interface HandshakeOptions {
  /** In its initial state, used by this handshake alone. */
  readonly mechanism: Mechanism;
  /** As in the property Socket-Type. */
  readonly socketType: string;
  /** For peers before ZMTP 3; others hear of it from the mechanism. Up to 255 octets, none by default. */
  readonly routingId?: Uint8Array | undefined;
  /** Bytes, see HANDSHAKE_BUDGET, which is the default; at least 64. */
  readonly budget?: number;
  /** By `encodeGreeting`, for this mechanism and routing id, where there is one for many connections. */
  readonly greeting?: Buffer;
}

/**
 * The way of one connection from its first byte to its first message (RFC 37, "Overall Behavior").
 *
 * Pure: bytes in, bytes out. The result, be it an error, does not depend on how the peer's bytes
 * are cut into chunks. How long a handshake may take is the caller's affair.
 */
export class Handshake {
  readonly #mechanism: Mechanism;
  readonly #socketType: string;
  readonly #routingId: Uint8Array;
  readonly #budget: number;
  readonly #ours: Buffer;
  #phase: Phase = 'signature';
  /** Bytes consumed by earlier calls; counts against the budget. */
  #spent = 0;
  #greeting: Greeting | undefined;
  #older: OlderHandshake | undefined;

  /** @throws RangeError if the budget cannot hold a greeting */
  constructor({
    mechanism,
    socketType,
    routingId = EMPTY,
    budget = HANDSHAKE_BUDGET,
    greeting = encodeGreeting(mechanism.name, mechanism.asServer, routingId.length),
  }: HandshakeOptions) {
    this.#mechanism = mechanism;
    this.#socketType = socketType;
    this.#routingId = routingId;
    this.#budget = budget;
    this.#ours = greeting;
    if (budget < GREETING_SIZE) {
      throw new RangeError(`Handshake budget below ${String(GREETING_SIZE)} bytes`);
    }
  }

  /** What we begin with, to be written as soon as the connection stands: all versions understand it. */
  start(): Buffer {
    return this.#ours.subarray(0, SIGNATURE_SIZE);
  }

  /**
   * Takes what has come from the peer: all bytes not yet consumed, contiguous.
   *
   * @param bytes they begin at 0; nothing of them is kept
   * @param length how many they are
   * @throws ProtocolError if the connection has to be closed; `fatal` if for good
   */
  feed(bytes: Uint8Array, length: number): HandshakeStep {
    if (this.#phase === 'done' || this.#phase === 'failed') {
      throw new Error(`Handshake.feed called after the handshake was ${this.#phase}`);
    }
    try {
      return this.#advance(bytes.subarray(0, length));
    } catch (error) {
      this.#phase = 'failed';
      throw error;
    }
  }

  #advance(bytes: Uint8Array): HandshakeStep {
    const output: Buffer[] = [];
    let consumed = 0;
    if (this.#phase === 'signature') this.#findSignature(bytes, output);
    else if (this.#phase === 'revision') this.#findRevision(bytes, output);
    // It goes out before what follows is judged: a peer that we refuse then knows why, and can give up, too.
    if (output.length > 0) return { consumed: 0, output };
    if (this.#phase === 'older') {
      const done = this.#peerIntroduction(bytes);
      return stepOf(done?.size ?? 0, output, done?.peer);
    }
    if (this.#phase === 'greeting') {
      const greeting = parseGreeting(bytes, bytes.length);
      if (greeting !== undefined) {
        this.#acceptGreeting(greeting, output);
        consumed = GREETING_SIZE;
      }
    }
    while (this.#phase === 'mechanism' && !this.#mechanism.ready) {
      const frame = this.#findFrame(bytes, consumed);
      if (frame === undefined) break;
      this.#acceptCommand(bytes.subarray(frame.bodyStart, frame.end), output);
      consumed = frame.end;
    }
    this.#spent += consumed;
    return stepOf(consumed, output, this.#peerProperties());
  }

  #findSignature(bytes: Uint8Array, output: Buffer[]): void {
    const found = parseSignature(bytes, bytes.length);
    if (found === 'unversioned') this.#speakOlder(undefined, output);
    if (found !== 'versioned') return;
    this.#phase = 'revision';
    output.push(this.#ours.subarray(REVISION_OFFSET, REVISION_OFFSET + 1));
  }

  #findRevision(bytes: Uint8Array, output: Buffer[]): void {
    const revision = bytes[REVISION_OFFSET];
    if (revision === undefined) return;
    if (revision <= OLDER_REVISION_MAX) {
      this.#speakOlder(revision, output);
      return;
    }
    this.#phase = 'greeting';
    output.push(this.#ours.subarray(REVISION_OFFSET + 1));
  }

  /** Whoever wants a mechanism must not get a peer without one: ZMTP 1.0 and 2.0 have none. */
  #speakOlder(revision: number | undefined, output: Buffer[]): void {
    const { name } = this.#mechanism;
    if (name !== 'NULL') throw tooOld(`the mechanism ${name}`);
    const socketType = socketTypeOctet(this.#socketType);
    if (socketType === undefined) throw tooOld(`${this.#socketType} sockets`);
    this.#phase = 'older';
    this.#older = new OlderHandshake(revision);
    const said = this.#older.introduction(socketType, this.#routingId);
    if (said.length > 0) output.push(said);
  }

  #peerIntroduction(bytes: Uint8Array): { size: number; peer: PeerProperties } | undefined {
    const { version, tellsTopics } = this.#older!;
    const introduction = this.#older!.parse(bytes);
    if (introduction === undefined) return undefined;
    this.#phase = 'done';
    const { size, metadata } = introduction;
    return { size, peer: { version, tellsTopics, mechanism: this.#mechanism.name, metadata } };
  }

  #acceptGreeting(greeting: Greeting, output: Buffer[]): void {
    if (greeting.mechanism !== this.#mechanism.name) {
      throw new ProtocolError(
        'ERR_ZMTP_MECHANISM_MISMATCH',
        `The peer's mechanism is ${greeting.mechanism || 'unnamed'}, ours ${this.#mechanism.name}`,
        { fatal: true },
      );
    }
    this.#greeting = greeting;
    this.#phase = 'mechanism';
    const opening = this.#mechanism.start();
    if (opening !== undefined) output.push(opening);
  }

  #acceptCommand(body: Uint8Array, output: Buffer[]): void {
    const { name, data } = parseCommand(body);
    if (name === 'ERROR') {
      const reason = parseError(data);
      // RFC 37: the same credentials would meet the same answer.
      throw new ProtocolError(
        'ERR_ZMTP_PEER_ERROR',
        `The peer refused the connection: ${printable(reason)}`,
        { fatal: true, peerReason: reason },
      );
    }
    const answer = this.#mechanism.receive(body);
    if (answer !== undefined) output.push(answer);
  }

  /**
   * Finds the command frame at `start`; undefined while bytes of it are missing.
   *
   * The flags are judged as soon as they are there, and the size too: nothing waits for a body that
   * the budget refuses.
   */
  #findFrame(bytes: Uint8Array, start: number): WholeFrame | undefined {
    const flags = bytes[start];
    if (flags === undefined) return undefined;
    // MORE and the reserved bits are ignored, as libzmq does.
    if ((flags & FLAG_COMMAND) === 0) {
      throw new ProtocolError('ERR_ZMTP_UNEXPECTED_COMMAND', 'Message before the handshake ended');
    }
    const long = (flags & FLAG_LONG) !== 0;
    const bodyStart = start + (long ? 9 : 2);
    if (bodyStart > bytes.length) return undefined;

    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const high = long ? view.getUint32(start + 1) : 0;
    const size = long ? view.getUint32(start + 5) : view.getUint8(start + 1);
    // The upper word is judged alone: joined to the lower one it could exceed what a number holds.
    if (high !== 0 || size > this.#budget - this.#spent - bodyStart) {
      throw new ProtocolError(
        'ERR_ZMTP_HANDSHAKE_TOO_LARGE',
        `The peer's handshake exceeds ${String(this.#budget)} bytes`,
      );
    }
    const end = bodyStart + size;
    return end > bytes.length ? undefined : { bodyStart, end };
  }

  #peerProperties(): PeerProperties | undefined {
    const metadata = this.#mechanism.peerMetadata;
    if (!this.#mechanism.ready || metadata === undefined || this.#greeting === undefined) {
      return undefined;
    }
    this.#phase = 'done';
    const { major, minor, mechanism } = this.#greeting;
    // Whatever there may be besides 3.0 is spoken to in 3.1, as by libzmq.
    const version = { major: 3, minor: major === 3 && minor === 0 ? 0 : 1 };
    return { version, tellsTopics: true, mechanism, metadata };
  }
}

function tooOld(what: string): ProtocolError {
  const message = `The peer speaks a version of ZMTP that does not know ${what}`;
  return new ProtocolError('ERR_ZMTP_UNSUPPORTED_VERSION', message, { fatal: true });
}

function stepOf(
  consumed: number,
  output: Buffer[],
  done: PeerProperties | undefined,
): HandshakeStep {
  return {
    consumed,
    ...(output.length > 0 ? { output } : {}),
    ...(done === undefined ? {} : { done }),
  };
}
