import { ZmqError } from '../runtime/base/errors.js';
import { toBody, type Body, type MessageLike } from '../runtime/base/message.js';
import { Lease } from '../runtime/thread/leases.js';
import type { Thread } from '../runtime/thread/thread.js';
import type { Codec, Decoder, EncodedPart } from './codecs.js';
import { Incoming, type ReceivingSocket } from './incoming.js';
import { Outgoing, type SendingSocket } from './outgoing.js';
import { PARTS, type Form, type Reading } from './reading.js';
import type { Sendable } from './send-many.js';

// A socket type's type parameters are what its codec encodes and what it decodes, `unknown` without one. All types have
// both, though some send or receive only: otherwise classes in a variable could not be constructed. `NoInfer`, since
// they follow from the codec alone.

/** What a socket sends. */
export type Sent<S> = unknown extends S ? Sendable : NoInfer<S>;

/** What a socket receives. */
export type Received<R> = unknown extends R ? Buffer[] : NoInfer<R>;

/** What a socket sends whose messages have one part. */
export type SentPart<S> = unknown extends S ? MessageLike : NoInfer<S>;

/** What a socket receives whose messages have one part. */
export type ReceivedPart<R> = unknown extends R ? [Buffer] : NoInfer<R>;

/** What a socket receives whose messages have one part, and properties `P`. */
export type ReceivedWith<R, P> = unknown extends R ? [Buffer, P] : [value: NoInfer<R>, P];

/** What a publisher with a codec sends: what subscriptions are compared with, and a value. */
export type Topical<T> = readonly [topic: EncodedPart, value: T];

/** What a publisher sends. */
export type Published<S> = unknown extends S ? Sendable : Topical<NoInfer<S>>;

/** What a subscriber receives. */
export type Heard<R> = unknown extends R ? Buffer[] : [topic: Buffer, value: NoInfer<R>];

interface WithCodec<C> {
  /** What is sent and received in place of parts. */
  readonly codec: C;
}

/**
 * What the constructor of a socket of `T`s takes: a codec, or none if `T` is unknown. No overloads, for the same reason.
 */
export type SocketArguments<T, Options, C> =
  | [options: Options & WithCodec<C>]
  | (unknown extends T ? [options?: Options & { readonly codec?: undefined }] : never);

type Side = 'encode' | 'decode';

/** A codec of whatever values, to those who only pass them on. */
export type AnyCodec = Codec<never, unknown>;

/**
 * The options, and apart from them the codec: it is no option of the socket, but there from the start, or never.
 * @throws TypeError if it is no codec
 */
export function takeCodec<Options extends object>(
  [given]: readonly [given?: Options & { readonly codec?: unknown }],
  ...sides: readonly Side[]
): [options: Options | undefined, codec: AnyCodec | undefined] {
  if (given?.codec === undefined) return [given, undefined];
  const { codec, ...options } = given;
  checkCodec(codec, sides);
  return [options as unknown as Options, codec as AnyCodec];
}

/** The sending half of a socket: with a codec it is another one, so that without one nothing is asked of it. */
export function outgoingOf(
  socket: SendingSocket,
  thread: Thread,
  codec: AnyCodec | undefined,
): Outgoing {
  if (codec === undefined) return new Outgoing(socket, thread);
  return new CodedOutgoing(socket, thread, codec);
}

/** The receiving half of a socket. Leases and receives into a buffer get messages as they are. */
export function incomingOf(
  socket: ReceivingSocket,
  thread: Thread,
  codec: AnyCodec | undefined,
): Incoming {
  if (codec === undefined) return new Incoming(socket, thread);
  // Whatever a codec makes is handed to those alone who know its type.
  return new Incoming(socket, thread, PARTS, decoded(codec) as Reading<Buffer[]>);
}

/** The same, of a socket whose messages have properties besides: with a codec they are `[value, properties]`. */
export function incomingWith<P>(
  socket: ReceivingSocket,
  thread: Thread,
  form: Form<P>,
  codec: AnyCodec | undefined,
): Incoming<P> {
  return new Incoming(socket, thread, form, codec && decodedWith(form, codec));
}

/** Messages as what the codec makes of them, and their properties. */
export function decodedWith<P>(form: Form<P>, codec: AnyCodec): Reading<(Buffer | P)[]> {
  const values = decoded(codec);
  const value: Reading<unknown[]> = { views: false, take: (message) => [values.take(message)] };
  // As above.
  return form(value as Reading<Buffer[]>);
}

/**
 * What publishers and subscribers have to do with a codec: it is for what follows the topic.
 * @param means what they send, to whom untyped code leaves something out
 */
export function topical(
  codec: AnyCodec,
  means = 'a message to publish is [topic, value]',
): Codec<Topical<never>, [Buffer, unknown]> {
  return {
    encode: (message) => {
      // Untyped code may forget the topic.
      if (!Array.isArray(message) || message.length !== 2) {
        throw new TypeError(`With a codec ${means}`);
      }
      const [topic, value] = message;
      const encoded = codec.encode(value);
      if (!isParts(encoded)) return [topic, encoded];
      checkSome(encoded);
      return [topic, ...encoded];
    },
    decode: ([topic, ...parts]) => [topic!, codec.decode(parts)],
  };
}

/** Its messages are values until they are on their way. */
class CodedOutgoing extends Outgoing {
  constructor(
    socket: SendingSocket,
    thread: Thread,
    private readonly codec: AnyCodec,
  ) {
    super(socket, thread);
  }

  protected override take(value: unknown): Body[] {
    const encoded = this.codec.encode(value as never);
    if (!isParts(encoded)) {
      checkPart(encoded);
      return [toBody(encoded)];
    }
    checkSome(encoded);
    encoded.forEach(checkPart);
    return this.takeParts(encoded);
  }
}

/** Messages as what the codec makes of them. */
export function decoded<T>(codec: Decoder<T>): Reading<T> {
  return {
    views: false,
    take: (message) => {
      try {
        return codec.decode(message);
      } catch (cause) {
        throw new ZmqError('EPROTO', {
          message: 'The message could not be decoded',
          cause,
          received: message,
        });
      }
    },
  };
}

function checkCodec(codec: unknown, sides: readonly Side[]): void {
  const functions = codec as Partial<Record<Side, unknown>> | null;
  for (const side of sides) {
    if (typeof codec !== 'object' || typeof functions?.[side] !== 'function') {
      throw new TypeError(`A codec must be an object with a function ${side}`);
    }
  }
}

function isParts(encoded: EncodedPart | readonly EncodedPart[]): encoded is readonly EncodedPart[] {
  return Array.isArray(encoded);
}

/** To a socket no parts are nothing to be sent; here a value would be lost without a word. */
function checkSome(encoded: readonly EncodedPart[]): void {
  if (encoded.length === 0) throw new TypeError('A codec must make at least one part');
}

function checkPart(part: MessageLike | undefined): void {
  if (part === undefined) throw new TypeError('A codec must make parts');
  if (part instanceof Lease) throw new TypeError('A codec cannot make leases');
}
