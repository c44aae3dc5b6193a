import { register, TRANSPORT, ZmqError } from '../../../src/index.js';

/** Shows that it has been loaded, by a transport that nobody else has; see `reach` in ../pools/tasks.ts. */
register(TRANSPORT, () => ({
  scheme: 'composed',
  module: new URL('./nowhere.js', import.meta.url),
  check() {
    throw new ZmqError('ENODEV');
  },
}));
