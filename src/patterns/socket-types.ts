import type { SocketType } from '../runtime/context/services.js';

/** The socket types, with the peers that each may have (RFC 28 and 30; libzmq's check_socket_type). */
export const SOCKET_TYPES: readonly SocketType[] = [
  { name: 'REQ', code: 3, peers: ['REP', 'ROUTER'], routed: true },
  { name: 'REP', code: 4, peers: ['REQ', 'DEALER'], routed: false },
  { name: 'PULL', code: 7, peers: ['PUSH'], routed: false },
  { name: 'PUSH', code: 8, peers: ['PULL'], routed: false },
];
