import type { Transport } from '../../runtime/context/services.js';
import { parseTcpAddress } from './tcp-address.js';

/** tcp: the half that application threads need, which is to know an address when they see one. */
export const tcpScheme: Transport = {
  scheme: 'tcp',
  carrier: 'io',
  checkBind: (endpoint) => void parseTcpAddress(endpoint, 'bind'),
  isWildcard: (endpoint) => parseTcpAddress(endpoint, 'bind').port === 0,
  checkConnect: (endpoint) => void parseTcpAddress(endpoint, 'connect'),
};
