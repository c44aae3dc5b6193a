import { isErrorCode, ZmqError } from '../base/errors.js';
import type { EventType } from '../base/events.js';
import { COMMAND_HEADER_BYTES } from '../thread/mailbox.js';
import type { Subscribed } from './services.js';

/** Kinds of commands, with their text. All texts are JSON. */

/** To an I/O worker: listen. Answer: a BoundAnswer or `{ error }`. */
export const COMMAND_BIND = 1;
/**
 * To an I/O worker: stop a listener, or a connecter with `immediate`. The socket ends the connections it
 * made. Answer: `{}`.
 */
export const COMMAND_UNBIND = 2;
/** To an I/O worker: keep a pipe connected to an endpoint. Answer: `{}`, at once. */
export const COMMAND_CONNECT = 3;
/** To an I/O worker: connect to an endpoint, with a pipe for each connection that stands. Answer: `{}`. */
export const COMMAND_CONNECT_IMMEDIATE = 8;
/** To an I/O worker: what a socket that is bound has subscribed to. Answer: `{}`. */
export const COMMAND_TOPICS = 5;
/** To the creator: start an I/O worker. Answer: `{}` or `{ error }`. */
export const COMMAND_START_IO = 4;

/** To an application thread, which may be blocked: look at what has come by other ways. Answer: `{}`. */
export const COMMAND_WAKE = 9;

/**
 * To an I/O worker, standing: hand over what happens to a socket's connections from now on. Answered
 * when something has happened, with an EventsAnswer; then it is posted again.
 */
export const COMMAND_OBSERVE = 6;
/** To an I/O worker, standing: what has happened so far was all. The next EventsAnswer is the last, if all fits into it. Answer: `{}`. */
export const COMMAND_UNOBSERVE = 7;

/** Bytes of an EventsAnswer at most, which is some 30 events; with the command's header a 4 KiB block. */
export const EVENTS_BYTES = 4096 - COMMAND_HEADER_BYTES;

/** What a session or listener must know of the socket it serves. Times are in milliseconds. */
export interface SocketProfile {
  readonly type: string;
  readonly peers: readonly string[];
  /** The routing id, as hexadecimal digits, for types that send one. */
  readonly routingId: string | null;
  /** Does the socket want to know its peers' routing ids? */
  readonly routes: boolean;
  /** Does it want to know when a connection comes and goes that serves the pipe of a connect? */
  readonly notified: boolean;
  /** Do its peers subscribe with it? */
  readonly publishes: boolean;
  /** What its connections are like if nobody speaks ZMTP over them: is the application told of each? */
  readonly raw: { readonly notify: boolean } | null;
  /** What it subscribes to with its peers, if it does. */
  readonly subscribes: Subscribed | null;
  /** Does it want to know whom its messages come from? */
  readonly keepsMetadata: boolean;
  /** Properties for its peers to read, as the option `metadata`. */
  readonly metadata: string | null;
  readonly sendHighWaterMark: number;
  readonly receiveHighWaterMark: number;
  readonly linger: number;
  readonly reconnectInterval: number;
  readonly reconnectMaxInterval: number;
  readonly handshakeInterval: number;
  readonly maxMessageSize: number;
  readonly backlog: number;
  readonly heartbeatInterval: number;
  readonly heartbeatTimeToLive: number;
  readonly heartbeatTimeout: number;
  readonly ipv6: boolean;
  readonly connectTimeout: number;
  /** Where the proxy of tcp connections is that are made; null if there is none. */
  readonly socksProxy: string | null;
  readonly socksUsername: string | null;
  readonly socksPassword: string | null;
  /** Networks that a listener of tcp lets in, in a text; null for everybody. */
  readonly tcpAcceptFilter: string | null;
  readonly tcpKeepalive: number;
  /** In seconds. */
  readonly tcpKeepaliveIdle: number;
  readonly tcpKeepaliveCount: number;
  /** In seconds. */
  readonly tcpKeepaliveInterval: number;
  readonly typeOfService: number;
  /** Bits of when not to connect again: 1 refused, 2 handshake failed. */
  readonly reconnectStop: number;
  /** What each connection begins with, as hexadecimal digits; null if with nothing. */
  readonly helloMessage: string | null;
  /** What the socket receives when a connection that it made is lost, likewise; null if nothing. */
  readonly hiccupMessage: string | null;
  readonly multicastHops: number;
  readonly multicastLoop: boolean;
  /** In bytes; -1 for what the system has. */
  readonly sendBufferSize: number;
  readonly receiveBufferSize: number;
}

/** A socket, as other threads know it. */
export interface SocketPlace {
  /** Number of the socket in its thread. */
  readonly socket: number;
  /** Slot of its thread, where accepted pipes go. */
  readonly slot: number;
}

/** A socket that an I/O worker is to serve. */
export interface ServedSocket extends SocketPlace {
  /** Node's number of its thread, which the report of the context's end names. */
  readonly thread: number;
}

export interface BindCommand extends ServedSocket {
  readonly endpoint: string;
  /** Of a user's transport: its module, as a URL. */
  readonly module?: string | undefined;
  readonly profile: SocketProfile;
}

export interface UnbindCommand {
  readonly listener: number;
}

export interface ConnectImmediateCommand extends BindCommand {
  /** The number that its pipes carry in the place of a listener's. */
  readonly connecter: number;
}

export interface TopicsCommand {
  readonly listener: number;
  readonly kind: 'subscribe' | 'cancel';
  /** As Latin-1, one character a byte. */
  readonly topics: readonly string[];
}

export interface ConnectCommand extends ServedSocket {
  readonly endpoint: string;
  /** As a BindCommand's. */
  readonly module?: string | undefined;
  /** Word address of the pipe. */
  readonly pipe: number;
  readonly profile: SocketProfile;
}

/** Text of COMMAND_OBSERVE and COMMAND_UNOBSERVE. */
export type ObserveCommand = SocketPlace;

/** An error on its way between threads. */
export interface SentError {
  readonly message: string;
  readonly code?: string;
  readonly errno?: number;
  readonly status?: number;
}

/** An event on its way between threads; see runtime/base/events.ts for which type has which details. */
export interface SentEvent {
  readonly type: EventType;
  readonly address?: string;
  readonly peerAddress?: string;
  readonly interval?: number;
  readonly dropped?: number;
  readonly error?: SentError;
}

export interface EventsAnswer {
  /** In the order in which they happened in that worker. */
  readonly events: readonly SentEvent[];
  /** Nothing more will come from this worker. */
  readonly end: boolean;
}

export interface StartIoCommand {
  readonly index: number;
}

export interface BoundAnswer {
  /** The endpoint with its wildcards resolved. */
  readonly endpoint: string;
  readonly listener: number;
  /** Word address of the pipe that the socket is to take in, where nobody connects who would bring one. */
  readonly pipe?: number;
}

export interface FailedAnswer {
  readonly error: { readonly code: string; readonly message: string };
}

export function failedAnswer(error: unknown): FailedAnswer {
  const code = error instanceof ZmqError ? error.code : 'EFAULT';
  const message = error instanceof Error ? error.message : String(error);
  return { error: { code, message } };
}

/**
 * What a bind was answered.
 * @throws the ZmqError it failed with, with `address`
 */
export function readBoundAnswer(text: string, address: string): BoundAnswer {
  const answer = JSON.parse(text) as BoundAnswer | FailedAnswer;
  if ('error' in answer) {
    const { code, message } = answer.error;
    throw new ZmqError(isErrorCode(code) ? code : 'EFAULT', { address, message });
  }
  return answer;
}
