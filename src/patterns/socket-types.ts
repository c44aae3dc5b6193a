import type { SocketType } from '../runtime/context/services.js';

/** The socket types, with the peers that each may have (RFC 28 to 31, 41, 48 to 52; libzmq's check_socket_type). */
export const SOCKET_TYPES: readonly SocketType[] = [
  { name: 'PAIR', code: 0, peers: ['PAIR'] },
  { name: 'PUB', code: 1, peers: ['SUB', 'XSUB'], publishes: true },
  { name: 'SUB', code: 2, peers: ['PUB', 'XPUB'], subscribes: 'topics' },
  { name: 'REQ', code: 3, peers: ['REP', 'ROUTER'], routed: true },
  { name: 'REP', code: 4, peers: ['REQ', 'DEALER'] },
  { name: 'DEALER', code: 5, peers: ['REP', 'DEALER', 'ROUTER'], routed: true },
  { name: 'ROUTER', code: 6, peers: ['REQ', 'DEALER', 'ROUTER'], routed: true, routes: true },
  { name: 'PULL', code: 7, peers: ['PUSH'] },
  { name: 'PUSH', code: 8, peers: ['PULL'] },
  { name: 'XPUB', code: 9, peers: ['SUB', 'XSUB'], publishes: true },
  { name: 'XSUB', code: 10, peers: ['PUB', 'XPUB'], subscribes: 'topics' },
  { name: 'STREAM', code: 11, peers: [], raw: true },
  { name: 'SERVER', code: 12, peers: ['CLIENT'] },
  { name: 'CLIENT', code: 13, peers: ['SERVER'] },
  { name: 'RADIO', code: 14, peers: ['DISH'], publishes: true },
  { name: 'DISH', code: 15, peers: ['RADIO'], subscribes: 'groups' },
  { name: 'GATHER', code: 16, peers: ['SCATTER'] },
  { name: 'SCATTER', code: 17, peers: ['GATHER'] },
  { name: 'DGRAM', code: 18, peers: [], schemes: ['udp'] },
  { name: 'PEER', code: 19, peers: ['PEER'] },
  { name: 'CHANNEL', code: 20, peers: ['CHANNEL'] },
];
