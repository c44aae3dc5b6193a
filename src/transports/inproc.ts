import type { Transport } from '../runtime/context/services.js';

/**
 * Threads of one process. The runtime joins the two ends itself, so all there is to say is the scheme;
 * names are checked where they are looked up.
 */
export const inproc: Transport = {
  scheme: 'inproc',
  carrier: 'inproc',
  checkBind: () => undefined,
  isWildcard: () => false,
  checkConnect: () => undefined,
};
