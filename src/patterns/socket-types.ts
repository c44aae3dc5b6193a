import type { SocketType } from '../runtime/context/services.js';

/** The socket types, with the peers that each may have (RFC 28 to 31; libzmq's check_socket_type). */
export const SOCKET_TYPES: readonly SocketType[] = [
  { name: 'PAIR', code: 0, peers: ['PAIR'] },
  { name: 'PUB', code: 1, peers: ['SUB', 'XSUB'], publishes: true },
  { name: 'SUB', code: 2, peers: ['PUB', 'XPUB'], subscribes: true },
  { name: 'REQ', code: 3, peers: ['REP', 'ROUTER'], routed: true },
  { name: 'REP', code: 4, peers: ['REQ', 'DEALER'] },
  { name: 'DEALER', code: 5, peers: ['REP', 'DEALER', 'ROUTER'], routed: true },
  { name: 'ROUTER', code: 6, peers: ['REQ', 'DEALER', 'ROUTER'], routed: true, routes: true },
  { name: 'PULL', code: 7, peers: ['PUSH'] },
  { name: 'PUSH', code: 8, peers: ['PULL'] },
  { name: 'XPUB', code: 9, peers: ['SUB', 'XSUB'], publishes: true },
  { name: 'XSUB', code: 10, peers: ['PUB', 'XPUB'], subscribes: true },
];
