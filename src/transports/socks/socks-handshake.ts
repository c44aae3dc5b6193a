/**
 * SOCKS 5 (RFC 1928), the side that asks for a connection, with user name and password (RFC 1929) if it has them:
 *
 * ```
 * to the proxy                                             from the proxy
 *
 * 05   number of methods   methods
 *                                                          05   method
 * 01   length   user name   length   password
 *                                                          01   status
 * 05   01   00   type   address   port (u16 big-endian)
 *                                                          05   reply   00   type   address   port
 * ```
 *
 * The third and fourth only with method 02. An address is 4 octets (type 01), 16 octets (type 04), or a name behind its
 * length (type 03), which the proxy looks up. What the proxy says of the place that it connects from is passed over.
 */
import { Buffer } from 'node:buffer';
import { isIPv4, isIPv6 } from 'node:net';
import { ZmqError } from '../../runtime/base/errors.js';
import type { TcpPlace } from '../../runtime/base/tcp-place.js';
import { systemError, type SystemCode } from '../stream/system-error.js';

const VERSION = 5;
const CONNECT = 1;
const RESERVED = 0;

const NO_AUTHENTICATION = 0x00;
const USER_AND_PASSWORD = 0x02;
const NO_METHOD = 0xff;
const PASSWORD_VERSION = 1;
/** Of a status and of a reply. */
const GRANTED = 0;

const TYPE_IPV4 = 1;
const TYPE_NAME = 3;
const TYPE_IPV6 = 4;
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
const PORT_BYTES = 2;

/** Of the method that the proxy has chosen, and of the status. */
const CHOICE_BYTES = 2;
const REPLY_AT = 1;
const RESERVED_AT = 2;
const TYPE_AT = 3;
const ADDRESS_AT = 4;
/** As much of a reply as every reply has, and as tells how long it is. */
const HEAD_BYTES = ADDRESS_AT + 1;
const REPLY_BYTES_MOST = HEAD_BYTES + 255 + PORT_BYTES;

/** Why the proxy makes no connection. */
type Refusal = readonly [code: SystemCode, why: string];

/** By its reply. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  1: ['EIO', 'it has failed'],
  2: ['EACCES', 'its rules do not allow it'],
  3: ['ENETUNREACH', 'the network cannot be reached'],
  4: ['EHOSTUNREACH', 'the host cannot be reached'],
  5: ['ECONNREFUSED', 'the connection was refused'],
  6: ['ETIMEDOUT', 'the way is too long'],
  7: ['EOPNOTSUPP', 'it does not make any'],
  8: ['EAFNOSUPPORT', 'it does not know addresses of this type'],
};

/** Who asks. Both have at most 255 bytes, and the name at least one. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What is awaited of the proxy. */
type Awaited = 'method' | 'status' | 'reply' | 'nothing';

/**
 * Asks a proxy for a connection. It says how many bytes it wants next, and never one that belongs to what comes behind
 * the reply: so that stays in the kernel, for whom it is for.
 */
export class SocksHandshake {
  private readonly room = Buffer.alloc(REPLY_BYTES_MOST);
  private awaited: Awaited = 'method';
  private filled = 0;
  private wanted = CHOICE_BYTES;

  /** @param credentials undefined if the proxy is not told who asks */
  constructor(
    private readonly peer: TcpPlace,
    private readonly credentials: Credentials | undefined,
  ) {}

  /** Is there a connection to the peer? */
  get done(): boolean {
    return this.awaited === 'nothing';
  }

  /** What is said first. One method is offered, as by libzmq: whoever has a name wants to be known by it. */
  greeting(): Buffer {
    const method = this.credentials === undefined ? NO_AUTHENTICATION : USER_AND_PASSWORD;
    return Buffer.of(VERSION, 1, method);
  }

  /** Where the next bytes go; no more of them are wanted. Empty when all is said, or something was wrong. */
  space(): Buffer {
    return this.room.subarray(this.filled, this.wanted);
  }

  /**
   * So many bytes have come into `space()`. Gives what is to be said to them, if it is time for that.
   * @throws an error with a code if the proxy does not make the connection, or does not speak SOCKS 5: at the first
   * octet that shows it
   */
  received(length: number): Buffer | undefined {
    this.filled += length;
    switch (this.awaited) {
      case 'method':
        return this.readMethod();
      case 'status':
        return this.readStatus();
      case 'reply':
        this.readReply();
        return undefined;
      case 'nothing':
        throw strange();
    }
  }

  private readMethod(): Buffer | undefined {
    this.demand(0, VERSION);
    if (this.filled < this.wanted) return undefined;
    const { credentials } = this;
    const method = this.room[1]!;
    // Also if it was not offered, as in libzmq: a proxy need not care who asks.
    if (method === NO_AUTHENTICATION) return this.request();
    if (method === USER_AND_PASSWORD && credentials !== undefined) {
      this.turnTo('status', CHOICE_BYTES);
      return encodeCredentials(credentials);
    }
    if (method !== NO_METHOD) throw strange();
    throw systemError('EACCES', refusedMethod(credentials));
  }

  private readStatus(): Buffer | undefined {
    this.demand(0, PASSWORD_VERSION);
    if (this.filled < this.wanted) return undefined;
    if (this.room[1] === GRANTED) return this.request();
    throw systemError('EACCES', 'The proxy refuses the user name or the password');
  }

  private readReply(): void {
    this.demand(0, VERSION);
    if (this.filled > REPLY_AT) {
      const reply = this.room[REPLY_AT]!;
      if (reply !== GRANTED) throw refusal(reply);
    }
    this.demand(RESERVED_AT, RESERVED);
    if (this.filled > TYPE_AT && lengthOfReply(this.room) === 0) throw strange();
    if (this.filled < this.wanted) return;
    if (this.wanted === HEAD_BYTES) this.wanted = lengthOfReply(this.room);
    else this.turnTo('nothing', 0);
  }

  /** The request; what comes next is the reply to it. */
  private request(): Buffer {
    this.turnTo('reply', HEAD_BYTES);
    return encodeRequest(this.peer);
  }

  private turnTo(awaited: Awaited, wanted: number): void {
    this.awaited = awaited;
    this.filled = 0;
    this.wanted = wanted;
  }

  /** @throws if another octet has come there */
  private demand(at: number, octet: number): void {
    if (this.filled > at && this.room[at] !== octet) throw strange();
  }
}

/** Bytes of a reply with this head; 0 if there is none. All are longer than the head. */
function lengthOfReply(head: Buffer): number {
  switch (head[TYPE_AT]) {
    case TYPE_IPV4:
      return ADDRESS_AT + IPV4_BYTES + PORT_BYTES;
    case TYPE_IPV6:
      return ADDRESS_AT + IPV6_BYTES + PORT_BYTES;
    case TYPE_NAME:
      return HEAD_BYTES + head[ADDRESS_AT]! + PORT_BYTES;
    default:
      return 0;
  }
}

function encodeCredentials({ user, password }: Credentials): Buffer {
  return Buffer.concat([Buffer.of(PASSWORD_VERSION), withLength(user), withLength(password)]);
}

function encodeRequest({ host, port }: TcpPlace): Buffer {
  const head = Buffer.of(VERSION, CONNECT, RESERVED);
  return Buffer.concat([head, encodeAddress(host), Buffer.of(port >> 8, port & 0xff)]);
}

function encodeAddress(host: string): Buffer {
  if (isIPv4(host)) return Buffer.of(TYPE_IPV4, ...host.split('.').map(Number));
  if (isIPv6(host)) return Buffer.concat([Buffer.of(TYPE_IPV6), encodeIPv6(host)]);
  return Buffer.concat([Buffer.of(TYPE_NAME), withLength(host)]);
}

/** A zone, which names a link of this machine, is left out: it would say nothing to the proxy. */
function encodeIPv6(address: string): Buffer {
  const bytes = Buffer.alloc(IPV6_BYTES);
  const [before = [], after = []] = address.split('%')[0]!.split('::').map(groupsOf);
  const start = IPV6_BYTES - 2 * after.length;
  for (const [i, group] of before.entries()) bytes.writeUInt16BE(group, 2 * i);
  for (const [i, group] of after.entries()) bytes.writeUInt16BE(group, start + 2 * i);
  return bytes;
}

/** Numbers of 16 bits; the last two may be written as an IPv4 address. */
function groupsOf(text: string): number[] {
  return text
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (!group.includes('.')) return [Number.parseInt(group, 16)];
      const [a, b, c, d] = group.split('.').map(Number);
      return [(a! << 8) | b!, (c! << 8) | d!];
    });
}

/** Text behind its length, in one octet. */
function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function refusedMethod(credentials: Credentials | undefined): string {
  return credentials === undefined
    ? 'The proxy wants to be told who asks'
    : 'The proxy takes no user name and password';
}

function refusal(reply: number): Error {
  const [code, why]: Refusal = REFUSALS[reply] ?? ['EIO', `its reply is ${reply}`];
  return systemError(code, `The proxy makes no connection: ${why}`);
}

function strange(): ZmqError {
  return new ZmqError('EPROTO', { message: 'The proxy does not speak SOCKS 5' });
}
