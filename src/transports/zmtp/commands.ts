/**
 * ZMTP commands (RFC 37, "Commands"), which travel in frames of their own beside messages.
 *
 * ```
 * frame:  flags (04, or 06 with a long size)   size (1 octet, or 8 big-endian)   body
 * body:   name size (1 octet)   name   data
 *
 * PING       ttl (u16 big-endian, tenths of a second)   context (0..16 octets)
 * PONG       context of the PING it answers
 * ERROR      reason size (1 octet)   reason
 * SUBSCRIBE  topic           CANCEL  topic
 * JOIN       group           LEAVE   group          (RFC 48)
 * ```
 *
 * "Data" is RFC 37's word for what follows the name.
 */
import { Buffer } from 'node:buffer';
import { ProtocolError, printable } from './protocol-error.js';

export const FLAG_LONG = 0x02;
export const FLAG_COMMAND = 0x04;

/** The largest body whose size fits a short header. */
const SHORT_BODY_MAX = 255;
const SHORT_HEADER_SIZE = 2;
const LONG_HEADER_SIZE = 9;

/** RFC 37: the name's size is one octet, and a name is never empty. */
const NAME_SIZE_MAX = 255;

const TTL_SIZE = 2;
const TTL_MAX_TENTHS = 0xffff;

/** RFC 37: a PING's context has at most 16 octets. */
export const PING_CONTEXT_MAX = 16;

const ERROR_REASON_MAX = 255;

/** A command taken apart no further than name and data. */
export interface RawCommand {
  readonly name: string;
  /** A view on the parsed bytes: copy what has to outlive them. */
  readonly data: Uint8Array;
}

/** A command that may come after the handshake; the views point into the parsed bytes. */
export type ZmtpCommand =
  | { readonly kind: 'ping'; readonly ttlTenths: number; readonly context: Uint8Array }
  | { readonly kind: 'pong'; readonly context: Uint8Array }
  | { readonly kind: 'error'; readonly reason: string }
  | { readonly kind: 'subscribe'; readonly topic: Uint8Array }
  | { readonly kind: 'cancel'; readonly topic: Uint8Array }
  | { readonly kind: 'join'; readonly group: Uint8Array }
  | { readonly kind: 'leave'; readonly group: Uint8Array }
  /** To be ignored: this is how later versions of ZMTP add commands. */
  | { readonly kind: 'unknown'; readonly name: string };

/**
 * A whole command frame, ready for the wire.
 *
 * @param name 1 to 255 octets of ASCII
 * @throws RangeError for any other name
 */
export function encodeCommandFrame(name: string, data: Uint8Array): Buffer {
  if (name.length < 1 || name.length > NAME_SIZE_MAX) {
    throw new RangeError(`Not a command name: ${printable(name)}`);
  }
  return encodeFrame(FLAG_COMMAND, [Buffer.of(name.length), Buffer.from(name, 'latin1'), data]);
}

/**
 * Splits the body of a command frame.
 *
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED if the name is empty or cut off
 */
export function parseCommand(body: Uint8Array): RawCommand {
  const nameSize = body[0] ?? 0;
  if (nameSize === 0 || nameSize > body.length - 1) {
    throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED', 'Malformed command');
  }
  const end = 1 + nameSize;
  return { name: latin1(body.subarray(1, end)), data: body.subarray(end) };
}

/**
 * Reads the body of a command frame that came after the handshake.
 *
 * @throws ProtocolError if the command, or one that we know by name, is malformed
 */
export function parseTrafficCommand(body: Uint8Array): ZmtpCommand {
  const { name, data } = parseCommand(body);
  switch (name) {
    case 'PING':
      return { kind: 'ping', ...parsePing(data) };
    case 'PONG':
      return { kind: 'pong', context: parsePong(data) };
    case 'ERROR':
      return { kind: 'error', reason: parseError(data) };
    case 'SUBSCRIBE':
      return { kind: 'subscribe', topic: data };
    case 'CANCEL':
      return { kind: 'cancel', topic: data };
    case 'JOIN':
      return { kind: 'join', group: data };
    case 'LEAVE':
      return { kind: 'leave', group: data };
    default:
      return { kind: 'unknown', name };
  }
}

/**
 * A PING frame.
 *
 * @param ttlTenths how long the peer may hear nothing before it closes, in tenths of a second,
 *   0 to 65535; 0 for no limit. Heartbeat.ttlTenths gives a value that every libzmq understands.
 * @param context up to 16 octets that the PONG will repeat; more are cut off
 * @throws RangeError if ttlTenths is no such number
 */
export function encodePing(ttlTenths: number, context?: Uint8Array): Buffer {
  if (!Number.isInteger(ttlTenths) || ttlTenths < 0 || ttlTenths > TTL_MAX_TENTHS) {
    throw new RangeError(`Not a TTL in tenths of a second: ${String(ttlTenths)}`);
  }
  const kept = context?.subarray(0, PING_CONTEXT_MAX);
  const data = Buffer.alloc(TTL_SIZE + (kept?.length ?? 0));
  data.writeUInt16BE(ttlTenths);
  if (kept) data.set(kept, TTL_SIZE);
  return encodeCommandFrame('PING', data);
}

/**
 * Reads a PING's data. Like libzmq it cuts a context that is longer than RFC 37 allows.
 *
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED if there is no whole TTL
 */
export function parsePing(data: Uint8Array): { ttlTenths: number; context: Uint8Array } {
  const [high, low] = data;
  if (high === undefined || low === undefined) {
    throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED', 'PING without a TTL');
  }
  return {
    ttlTenths: (high << 8) | low,
    context: data.subarray(TTL_SIZE, TTL_SIZE + PING_CONTEXT_MAX),
  };
}

/** A PONG frame with the context of the PING it answers; beyond 16 octets it is cut off. */
export function encodePong(context: Uint8Array): Buffer {
  return encodeCommandFrame('PONG', context.subarray(0, PING_CONTEXT_MAX));
}

/** Reads a PONG's data: its context, cut to 16 octets. */
export function parsePong(data: Uint8Array): Uint8Array {
  return data.subarray(0, PING_CONTEXT_MAX);
}

/**
 * An ERROR frame.
 *
 * @param reason printable ASCII, up to 255 characters
 * @throws RangeError for any other text
 */
export function encodeError(reason: string): Buffer {
  if (!/^[\x20-\x7e]{0,255}$/.test(reason)) {
    throw new RangeError(`Not an error reason: ${printable(reason.slice(0, ERROR_REASON_MAX))}`);
  }
  const data = Buffer.alloc(1 + reason.length);
  data[0] = reason.length;
  data.write(reason, 1, 'latin1');
  return encodeCommandFrame('ERROR', data);
}

/**
 * Reads an ERROR's data. Like libzmq it lets octets behind the reason pass.
 *
 * @returns the reason, byte for byte (latin1): not to be logged without `printable`
 * @throws ProtocolError ERR_ZMTP_MALFORMED_COMMAND_ERROR if the reason is cut off
 */
export function parseError(data: Uint8Array): string {
  const size = data[0];
  if (size === undefined || size > data.length - 1) {
    throw new ProtocolError('ERR_ZMTP_MALFORMED_COMMAND_ERROR', 'Malformed ERROR command');
  }
  return latin1(data.subarray(1, 1 + size));
}

/** A SUBSCRIBE frame, for peers of ZMTP 3.1 and above; older ones take a message instead. */
export function encodeSubscribe(topic: Uint8Array): Buffer {
  return encodeCommandFrame('SUBSCRIBE', topic);
}

/** A CANCEL frame, the opposite of SUBSCRIBE. */
export function encodeCancel(topic: Uint8Array): Buffer {
  return encodeCommandFrame('CANCEL', topic);
}

/** A JOIN frame: what a DISH says in place of SUBSCRIBE, to peers of any version. */
export function encodeJoin(group: Uint8Array): Buffer {
  return encodeCommandFrame('JOIN', group);
}

/** A LEAVE frame, the opposite of JOIN. */
export function encodeLeave(group: Uint8Array): Buffer {
  return encodeCommandFrame('LEAVE', group);
}

/** What versions before ZMTP 3.1 have in place of SUBSCRIBE: a message of one frame, the octet 1 and the topic. */
export function encodeSubscribeMessage(topic: Uint8Array): Buffer {
  return encodeFrame(0, [Buffer.of(1), topic]);
}

/** What they have in place of CANCEL: the octet 0 and the topic. */
export function encodeCancelMessage(topic: Uint8Array): Buffer {
  return encodeFrame(0, [Buffer.of(0), topic]);
}

/** The size decides about LONG once the whole body is known: 255 octets of topic make a long frame. */
function encodeFrame(flags: number, body: readonly Uint8Array[]): Buffer {
  const size = body.reduce((total, piece) => total + piece.length, 0);
  const long = size > SHORT_BODY_MAX;
  const header = Buffer.alloc(long ? LONG_HEADER_SIZE : SHORT_HEADER_SIZE);
  if (long) {
    header[0] = flags | FLAG_LONG;
    header.writeBigUInt64BE(BigInt(size), 1);
  } else {
    header[0] = flags;
    header[1] = size;
  }
  return Buffer.concat([header, ...body]);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
