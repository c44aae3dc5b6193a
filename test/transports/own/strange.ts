import { Duplex, PassThrough } from 'node:stream';
import type { TransportListener, TransportModule } from '../../../src/index.js';

/** What a careless author may do, by the address. */
const transport: TransportModule = {
  connect(address) {
    if (address === 'throws') throw new Error('Not today');
    if (address === 'text') {
      const stream = new PassThrough();
      stream.setEncoding('latin1');
      return stream;
    }
    if (address === 'deaf') return new Duplex({ read: () => undefined, write: () => undefined });
    return 'no stream' as unknown as Duplex;
  },

  listen(address, { accept, failed }) {
    if (address === 'throws') throw new Error('Not today');
    if (address === 'rejects')
      return Promise.reject(Object.assign(new Error(), { code: 'EACCES' }));
    if (address === 'nothing') return undefined as unknown as TransportListener;
    setImmediate(() => {
      accept('no stream' as unknown as Duplex);
      failed('no error' as unknown as Error);
      const gone = new PassThrough();
      gone.destroy(new Error('Gone before it was seen'));
      accept(gone);
    });
    return { address, close: () => Promise.reject(new Error('It does not close')) };
  },
};

export default transport;
