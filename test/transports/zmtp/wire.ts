import { expect } from 'chai';
import { NullMechanism } from '../../../src/transports/mechanisms/null.js';
import {
  Handshake,
  type HandshakeOptions,
  type HandshakeStep,
  type PeerProperties,
} from '../../../src/transports/zmtp/handshake.js';
import {
  ProtocolError,
  type ProtocolErrorCode,
} from '../../../src/transports/zmtp/protocol-error.js';

/** Bytes from hexadecimal digits and 'quoted text', e.g. `05 'READY' 00`. */
export function wire(notation: string): Buffer {
  const pieces = notation.match(/'[^']*'|[0-9a-fA-F]{2}|\S/g) ?? [];
  return Buffer.concat(
    pieces.map((piece) => {
      if (piece.startsWith("'")) return Buffer.from(piece.slice(1, -1), 'latin1');
      if (piece.length !== 2) throw new Error(`Bad notation: ${piece}`);
      return Buffer.from(piece, 'hex');
    }),
  );
}

/** The greeting that libzmq 4.3 sends as a NULL peer, octet by octet. */
export const LIBZMQ_GREETING = Buffer.concat([
  wire(`FF 00 00 00 00 00 00 00 01 7F  03 01  'NULL'`),
  Buffer.alloc(16 + 32),
]);

/** The READY of a libzmq DEALER with routing id "me". */
export const DEALER_READY = wire(`
  04 2B 05 'READY'
  0B 'Socket-Type' 00 00 00 06 'DEALER'
  08 'Identity' 00 00 00 02 'me'`);

/** Runs `act` and gives the ProtocolError that it must throw, with this code. */
export function refusal(code: ProtocolErrorCode, act: () => unknown): ProtocolError {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `expected ${code}`).to.be.instanceOf(ProtocolError);
  const error = thrown as ProtocolError;
  expect(error.code).to.equal(code);
  return error;
}

export interface Outcome {
  done?: PeerProperties;
  /** All that was to be written, joined; undefined if refused (what the last call gave is lost). */
  output?: string;
  /** Bytes of the stream used up when it ended; undefined if refused. */
  consumed?: number;
  refused?: { code: ProtocolErrorCode; fatal: boolean; message: string };
}

/** A fresh NULL handshake of a DEALER. */
export function nullHandshake(options: Partial<HandshakeOptions> = {}): Handshake {
  const mechanism = new NullMechanism([
    ['Socket-Type', 'DEALER'],
    ['Identity', ''],
  ]);
  return new Handshake({ mechanism, socketType: 'DEALER', ...options });
}

/** Feeds bytes until nothing more can be done with them; what that came to, as one step. */
export function settle(handshake: Handshake, bytes: Uint8Array): HandshakeStep {
  let consumed = 0;
  const said: Buffer[] = [];
  for (;;) {
    // What lies behind `length` is stale memory to the handshake: make it visible if it looks.
    const given = Buffer.concat([bytes.subarray(consumed), Buffer.alloc(80, 0xee)]);
    const { output, done, ...step } = handshake.feed(given, bytes.length - consumed);
    consumed += step.consumed;
    said.push(...(output ?? []));
    if (done !== undefined) return { consumed, output: said, done };
    if (output === undefined) return { consumed, output: said };
  }
}

/**
 * Feeds a stream, as a connection would, in chunks that end at the given positions.
 * Any error but ProtocolError escapes.
 */
export function run(
  stream: Uint8Array,
  cuts: Iterable<number>,
  options: Partial<HandshakeOptions> = {},
): Outcome {
  const handshake = nullHandshake(options);
  const output: Buffer[] = [];
  let consumed = 0;
  for (const end of [...cuts, stream.length]) {
    let step: HandshakeStep;
    try {
      step = settle(handshake, stream.subarray(consumed, end));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { code, fatal, message } = error;
      return { refused: { code, fatal, message } };
    }
    consumed += step.consumed;
    output.push(...(step.output ?? []));
    if (step.done) return { done: step.done, output: joined(output), consumed };
  }
  return { output: joined(output), consumed };
}

function joined(pieces: Buffer[]): string {
  return Buffer.concat(pieces).toString('hex');
}

export function everyByte(stream: Uint8Array): number[] {
  return Array.from({ length: stream.length }, (_, index) => index + 1);
}
