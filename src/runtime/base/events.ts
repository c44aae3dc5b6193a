/**
 * What can be observed of a socket's connections, under the names that Node programs know from
 * zeromq.js. libzmq's numbers are ZMQ_EVENT_ followed by the name in brackets.
 */

/** An error with the system's or libzmq's code. */
export interface ErrnoError extends Error {
  readonly code: string;
  readonly errno: number;
}

/** A refusal by the other side's authentication. */
export interface AuthError extends Error {
  /** ZAP's: 300 for now, 400 for good, 500 because of a failure of its own. */
  readonly status: 300 | 400 | 500;
}

/** libzmq's protocol errors, and after them refusals for which libzmq has no code. */
export type ProtoErrorCode =
  | 'ERR_ZMTP_UNSPECIFIED'
  | 'ERR_ZMTP_UNEXPECTED_COMMAND'
  | 'ERR_ZMTP_INVALID_SEQUENCE'
  | 'ERR_ZMTP_KEY_EXCHANGE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED'
  | 'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_HELLO'
  | 'ERR_ZMTP_MALFORMED_COMMAND_INITIATE'
  | 'ERR_ZMTP_MALFORMED_COMMAND_ERROR'
  | 'ERR_ZMTP_MALFORMED_COMMAND_READY'
  | 'ERR_ZMTP_MALFORMED_COMMAND_WELCOME'
  | 'ERR_ZMTP_INVALID_METADATA'
  | 'ERR_ZMTP_CRYPTOGRAPHIC'
  | 'ERR_ZMTP_MECHANISM_MISMATCH'
  | 'ERR_ZAP_UNSPECIFIED'
  | 'ERR_ZAP_MALFORMED_REPLY'
  | 'ERR_ZAP_BAD_REQUEST_ID'
  | 'ERR_ZAP_BAD_VERSION'
  | 'ERR_ZAP_INVALID_STATUS_CODE'
  | 'ERR_ZAP_INVALID_METADATA'
  | 'ERR_ZMTP_INVALID_GREETING'
  | 'ERR_ZMTP_UNSUPPORTED_VERSION'
  | 'ERR_ZMTP_HANDSHAKE_TOO_LARGE'
  | 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE'
  | 'ERR_ZMTP_PEER_ERROR';

/** A peer that broke ZMTP, or does not fit. */
export interface ProtoError extends Error {
  readonly code: ProtoErrorCode;
}

export interface EventAddress {
  /** The endpoint that was bound or connected, with its wildcards resolved; that of the proxy, if it is connected through one. */
  readonly address: string;
}

/** Of every event of a connection. */
export interface EventPeer {
  /**
   * Where the peer is, `address:port`, the same from its connection's first event to the last; absent where the
   * transport does not tell, and if the peer had left before it could be asked.
   */
  readonly peerAddress?: string;
}

export interface EventInterval {
  /** Milliseconds until the next attempt. */
  readonly interval: number;
}

export interface EventError<E = ErrnoError> {
  readonly error: E;
}

type Expand<T> = T extends infer Expanded ? { [Key in keyof Expanded]: Expanded[Key] } : never;

type EventFor<Type extends string, Details = object> = Expand<{ readonly type: Type } & Details>;

export type Event =
  /** A connection was accepted; it is a peer after its handshake (ACCEPTED). */
  | EventFor<'accept', EventAddress & EventPeer>
  /** A connection was closed unread, because too many wait for their handshake (ACCEPT_FAILED). */
  | EventFor<'accept:error', EventAddress & EventPeer & EventError>
  /** The socket listens (LISTENING). */
  | EventFor<'bind', EventAddress>
  /** It does not: what `bind` failed with (BIND_FAILED). */
  | EventFor<'bind:error', EventAddress & EventError>
  /** A connection stands, its handshake begins (CONNECTED). */
  | EventFor<'connect', EventAddress & EventPeer>
  /** An attempt to connect is under way (CONNECT_DELAYED). */
  | EventFor<'connect:delay', EventAddress>
  /** There will be another attempt (CONNECT_RETRIED). */
  | EventFor<'connect:retry', EventAddress & EventInterval>
  /** A listener was closed, or an attempt to connect has failed, then with its error (CLOSED). */
  | EventFor<'close', EventAddress & Partial<EventError>>
  /** A listener was closed, but the folder that it made could not be removed (CLOSE_FAILED). */
  | EventFor<'close:error', EventAddress & EventError>
  /** A connection is gone, and this side did not ask for it. The error is its reason, if there is one (DISCONNECTED). */
  | EventFor<'disconnect', EventAddress & EventPeer & Partial<EventError<Error>>>
  /** Messages flow (HANDSHAKE_SUCCEEDED). */
  | EventFor<'handshake', EventAddress & EventPeer>
  /** The peer does not speak ZMTP, or does not fit (HANDSHAKE_FAILED_PROTOCOL). */
  | EventFor<'handshake:error:protocol', EventAddress & EventPeer & EventError<ProtoError>>
  /** The peer refused the credentials (HANDSHAKE_FAILED_AUTH). */
  | EventFor<'handshake:error:auth', EventAddress & EventPeer & EventError<AuthError>>
  /** The peer left in its handshake (EPIPE or the system's code), or took too long (EAGAIN) (HANDSHAKE_FAILED_NO_DETAIL). */
  | EventFor<'handshake:error:other', EventAddress & EventPeer & EventError>
  /** The socket was closed; the last event (MONITOR_STOPPED). */
  | EventFor<'end'>
  /** Events were lost at this place. */
  | EventFor<
      'unknown',
      {
        /** How many; absent if the I/O worker ended before it could say. */
        readonly dropped?: number;
      }
    >;

export type EventType = Event['type'];

/** The event of one type: `EventOfType<'accept'>`. */
export type EventOfType<Type extends EventType = EventType> = Extract<
  Event,
  { readonly type: Type }
>;

/** Complete by its type: a name that is missing does not compile. */
const TYPES: Readonly<Record<EventType, true>> = {
  accept: true,
  'accept:error': true,
  bind: true,
  'bind:error': true,
  connect: true,
  'connect:delay': true,
  'connect:retry': true,
  close: true,
  'close:error': true,
  disconnect: true,
  handshake: true,
  'handshake:error:protocol': true,
  'handshake:error:auth': true,
  'handshake:error:other': true,
  end: true,
  unknown: true,
};

export const EVENT_TYPES = Object.keys(TYPES) as readonly EventType[];

export function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(TYPES, type);
}
