import type { Transport } from '../../runtime/context/services.js';
import { multicastInterface, parseUdpAddress } from './udp-address.js';

/** udp: the half that application threads need, which is to know an address when they see one. */
export const udpScheme: Transport = {
  scheme: 'udp',
  carrier: 'io',
  // As in libzmq: who only sends connects, and who receives binds.
  types: { bind: ['DISH', 'DGRAM'], connect: ['RADIO'] },
  connectionless: true,
  checkBind: (endpoint) => void multicastInterface(parseUdpAddress(endpoint, 'bind')),
  isWildcard: (endpoint) => parseUdpAddress(endpoint, 'bind').port === 0,
  // Here, since a connect has nobody to tell later.
  checkConnect: (endpoint) => void multicastInterface(parseUdpAddress(endpoint, 'connect')),
};
