import type { Transport } from '../../runtime/context/services.js';
import { parseIpcAddress } from './ipc-address.js';

/** ipc: the half that application threads need, which is to know an address when they see one. */
export const ipcScheme: Transport = {
  scheme: 'ipc',
  carrier: 'io',
  checkBind: (endpoint) => void parseIpcAddress(endpoint, 'bind'),
  isWildcard: (endpoint) => parseIpcAddress(endpoint, 'bind') === undefined,
  checkConnect: (endpoint) => void parseIpcAddress(endpoint, 'connect'),
};
