import { Buffer } from 'node:buffer';

/**
 * Frames by which two sockets, rather than two applications, speak through a pipe. They lie in a ring
 * like any other frame, with COMMAND set, and have the body of a ZMTP command (RFC 37): so that what a
 * SUB tells its PUB goes to a peer of ZMTP 3.1 as it lies there.
 *
 *     name length (1) │ name │ what it says
 *
 * They do not count against high-water marks: a socket that lost one would be wrong for ever.
 */
export type Signal =
  | { readonly kind: 'subscribe' | 'cancel'; readonly topic: Buffer }
  /** The same between DISH and RADIO, whose topics are called groups. */
  | { readonly kind: 'join' | 'leave'; readonly topic: Buffer }
  /** To a session: publishers that come are to be told of the topic, or no more; the present one hears of it in a message. */
  | { readonly kind: 'remembered' | 'forgotten'; readonly topic: Buffer }
  /** All that the socket had to say when it took an accepted pipe in has been said. */
  | { readonly kind: 'attached' }
  /** First in a pipe towards a ROUTER, or nowhere: the name it shall know this peer by, perhaps empty. */
  | { readonly kind: 'routingId'; readonly id: Buffer }
  /** Towards a ROUTER that has asked for it: a connection that serves a pipe stands, or is lost and may come again. */
  | { readonly kind: 'connected' | 'disconnected' };

const NAMES = {
  subscribe: 'SUBSCRIBE',
  cancel: 'CANCEL',
  join: 'JOIN',
  leave: 'LEAVE',
  remembered: 'REMEMBERED',
  forgotten: 'FORGOTTEN',
  attached: 'ATTACHED',
  routingId: 'ROUTING-ID',
  connected: 'CONNECTED',
  disconnected: 'DISCONNECTED',
} as const;

export function subscribeBody(topic: Uint8Array): Buffer {
  return body(NAMES.subscribe, topic);
}

export function cancelBody(topic: Uint8Array): Buffer {
  return body(NAMES.cancel, topic);
}

export function joinBody(group: Uint8Array): Buffer {
  return body(NAMES.join, group);
}

export function leaveBody(group: Uint8Array): Buffer {
  return body(NAMES.leave, group);
}

/** For our own sessions only. */
export function rememberedBody(topic: Uint8Array): Buffer {
  return body(NAMES.remembered, topic);
}

/** For our own sessions only. */
export function forgottenBody(topic: Uint8Array): Buffer {
  return body(NAMES.forgotten, topic);
}

/** For our own sessions only. */
export function attachedBody(): Buffer {
  return body(NAMES.attached, Buffer.alloc(0));
}

/** Between our own sockets and sessions only; over a wire the handshake says it. */
export function routingIdBody(id: Uint8Array): Buffer {
  return body(NAMES.routingId, id);
}

/** From our own sessions only. */
export function connectedBody(): Buffer {
  return body(NAMES.connected, Buffer.alloc(0));
}

/** From our own sessions only. */
export function disconnectedBody(): Buffer {
  return body(NAMES.disconnected, Buffer.alloc(0));
}

/** What a frame's body says; undefined if it says nothing that we know. */
export function parseSignal(bytes: Buffer): Signal | undefined {
  const end = 1 + (bytes[0] ?? 0);
  if (end > bytes.length) return undefined;
  const said = bytes.subarray(end);
  switch (bytes.toString('latin1', 1, end)) {
    case NAMES.subscribe:
      return { kind: 'subscribe', topic: said };
    case NAMES.cancel:
      return { kind: 'cancel', topic: said };
    case NAMES.join:
      return { kind: 'join', topic: said };
    case NAMES.leave:
      return { kind: 'leave', topic: said };
    case NAMES.remembered:
      return { kind: 'remembered', topic: said };
    case NAMES.forgotten:
      return { kind: 'forgotten', topic: said };
    case NAMES.attached:
      return { kind: 'attached' };
    case NAMES.routingId:
      return { kind: 'routingId', id: said };
    case NAMES.connected:
      return { kind: 'connected' };
    case NAMES.disconnected:
      return { kind: 'disconnected' };
    default:
      return undefined;
  }
}

function body(name: string, said: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + name.length + said.length);
  bytes[0] = name.length;
  bytes.write(name, 1, 'latin1');
  bytes.set(said, 1 + name.length);
  return bytes;
}
