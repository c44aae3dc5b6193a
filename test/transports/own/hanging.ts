import { Duplex } from 'node:stream';
import { BroadcastChannel } from 'node:worker_threads';
import type { TransportModule } from '../../../src/index.js';

/** Where the test hears what becomes of an attempt, by its address. */
const told = new BroadcastChannel('loomwire-test-hanging');
told.unref();

/** Connections come about only when nobody wants them any more. */
const transport: TransportModule = {
  connect(address, { signal }) {
    told.postMessage([address, 'begun']);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        told.postMessage([address, 'aborted']);
        const late = new Duplex({
          read: () => undefined,
          destroy(error, done) {
            told.postMessage([address, 'destroyed']);
            done(error);
          },
        });
        resolve(late);
      });
    });
  },

  listen: () => new Promise(() => undefined),
};

export default transport;
