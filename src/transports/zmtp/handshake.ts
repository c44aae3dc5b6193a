import type { Mechanism } from '../mechanisms/mechanism.js';
import { FLAG_COMMAND, FLAG_LONG, parseCommand, parseError } from './commands.js';
import { GREETING_SIZE, encodeGreeting, parseGreeting, type Greeting } from './greeting.js';
import type { Metadata } from './metadata.js';
import { ProtocolError, printable } from './protocol-error.js';

/**
 * How many bytes a peer may send before it is ready, its greeting included. A peer that is not yet
 * known must not hold more memory than this; CURVE's longest exchange, with metadata, needs 1 KiB.
 */
export const HANDSHAKE_BUDGET = 8 * 1024;

/** What the handshake found out about the peer. */
export interface PeerProperties {
  /** The peer's; both sides speak the lower of this and 3.1. */
  readonly version: { readonly major: number; readonly minor: number };
  readonly mechanism: string;
  readonly metadata: Metadata;
}

/** What one call of `Handshake.feed` did. */
export interface HandshakeStep {
  /** How many of the given bytes are used up. The others have to be given again, with more. */
  readonly consumed: number;
  /** To be written now, in order. */
  readonly output?: Buffer[];
  /** Given once: from the first byte that was not consumed, messages flow. */
  readonly done?: PeerProperties;
}

/**
 * greeting → mechanism → done, each left once and never entered again; failed from any of them.
 *
 * - greeting: waiting for the peer's 64 octets
 * - mechanism: greetings agree; the mechanism exchanges its commands
 * - done: messages flow, the object is of no more use
 * - failed: a ProtocolError was thrown, the connection has to be closed
 */
type Phase = 'greeting' | 'mechanism' | 'done' | 'failed';

/** A frame that lies whole in the given bytes. */
interface WholeFrame {
  readonly bodyStart: number;
  readonly end: number;
}

/**
 * The way of one connection from its first byte to its first message (RFC 37, "Overall Behavior").
 *
 * Pure: bytes in, bytes out. The result, be it an error, does not depend on how the peer's bytes
 * are cut into chunks. How long a handshake may take is the caller's affair.
 */
export class Handshake {
  readonly #mechanism: Mechanism;
  readonly #budget: number;
  #phase: Phase = 'greeting';
  /** Bytes consumed by earlier calls; counts against the budget. */
  #spent = 0;
  #greeting: Greeting | undefined;

  /**
   * @param options.mechanism in its initial state, used by this handshake alone
   * @param options.budget bytes, see HANDSHAKE_BUDGET, which is the default; at least 64
   * @throws RangeError if the budget cannot hold a greeting
   */
  constructor(options: { mechanism: Mechanism; budget?: number }) {
    this.#mechanism = options.mechanism;
    this.#budget = options.budget ?? HANDSHAKE_BUDGET;
    if (this.#budget < GREETING_SIZE) {
      throw new RangeError(`Handshake budget below ${String(GREETING_SIZE)} bytes`);
    }
  }

  /**
   * Our greeting, to be written as soon as the connection stands. It goes out whole: libzmq sends
   * it in steps only to find out about ZMTP 1.0 and 2.0, and takes all of it at once.
   */
  start(): Buffer {
    return encodeGreeting(this.#mechanism.name, this.#mechanism.asServer);
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
    if (this.#greeting === undefined) {
      const greeting = parseGreeting(bytes, bytes.length);
      if (greeting === undefined) return { consumed: 0 };
      this.#acceptGreeting(greeting, output);
      consumed = GREETING_SIZE;
    }
    while (!this.#mechanism.ready) {
      const frame = this.#findFrame(bytes, consumed);
      if (frame === undefined) break;
      this.#acceptCommand(bytes.subarray(frame.bodyStart, frame.end), output);
      consumed = frame.end;
    }
    this.#spent += consumed;
    const step = output.length > 0 ? { consumed, output } : { consumed };
    const done = this.#peerProperties();
    return done === undefined ? step : { ...step, done };
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
    return { version: { major, minor }, mechanism, metadata };
  }
}
