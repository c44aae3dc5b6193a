import { expect } from 'chai';
import { parseEndpoint } from '../../../src/runtime/base/endpoint.js';
import { parseIpcAddress } from '../../../src/transports/stream/ipc-address.js';
import { failureNow } from '../../support/expect-error.js';

describe('An ipc address', () => {
  const PATHS = ['/tmp/socket', 'relative.sock', './a b', 'grüße', 'with@inside', 'a*', '/'];

  for (const path of PATHS) {
    it(`may be the path ${path}`, () => {
      const endpoint = parseEndpoint(`ipc://${path}`);
      const address = { path, file: true };
      expect(parseIpcAddress(endpoint, 'bind')).to.deep.equal(address);
      expect(parseIpcAddress(endpoint, 'connect')).to.deep.equal(address);
    });
  }

  it('may be a wildcard, to bind', () => {
    const endpoint = parseEndpoint('ipc://*');
    expect(parseIpcAddress(endpoint, 'bind')).to.equal(undefined);
    const refused = failureNow('EINVAL', () => parseIpcAddress(endpoint, 'connect'));
    expect(refused.address).to.equal('ipc://*');
  });

  if (process.platform === 'linux') {
    it('may be an abstract name', () => {
      for (const [text, name] of [
        ['ipc://@name', 'name'],
        ['ipc://@a/b', 'a/b'],
        ['ipc://@@', '@'],
      ] as const) {
        const address = { path: `\0${name}`, file: false };
        expect(parseIpcAddress(parseEndpoint(text), 'bind')).to.deep.equal(address);
        expect(parseIpcAddress(parseEndpoint(text), 'connect')).to.deep.equal(address);
      }
    });

    it('has 107 bytes at most, in UTF-8', () => {
      for (const longest of [`/${'x'.repeat(106)}`, `@${'x'.repeat(106)}`, `x${'ü'.repeat(53)}`]) {
        expect(parseIpcAddress(parseEndpoint(`ipc://${longest}`), 'bind')).to.be.an('object');
        const text = `ipc://${longest}x`;
        const refused = failureNow('ENAMETOOLONG', () =>
          parseIpcAddress(parseEndpoint(text), 'connect'),
        );
        expect(refused).to.include({ errno: 36, address: text, message: 'File name too long' });
      }
    });
  }

  for (const address of ['@', '/tmp/a\0b', '\0name', '@a\0']) {
    it(`may not be ${JSON.stringify(address)}`, () => {
      const endpoint = parseEndpoint(`ipc://${address}`);
      failureNow('EINVAL', () => parseIpcAddress(endpoint, 'bind'));
      failureNow('EINVAL', () => parseIpcAddress(endpoint, 'connect'));
    });
  }
});
