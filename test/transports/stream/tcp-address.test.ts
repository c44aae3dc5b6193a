import { expect } from 'chai';
import { parseEndpoint } from '../../../src/runtime/base/endpoint.js';
import { formatTcpEndpoint, parseTcpAddress } from '../../../src/transports/stream/tcp-address.js';
import { failureNow } from '../../support/expect-error.js';

describe('A TCP address', () => {
  const ADDRESSES: Record<string, { host: string; port: number; only?: 'bind' }> = {
    'tcp://127.0.0.1:5555': { host: '127.0.0.1', port: 5555 },
    'tcp://localhost:1': { host: 'localhost', port: 1 },
    'tcp://some.host-name.example:65535': { host: 'some.host-name.example', port: 65535 },
    'tcp://[::1]:80': { host: '::1', port: 80 },
    'tcp://[fe80::1%eth0]:80': { host: 'fe80::1%eth0', port: 80 },
    'tcp://*:5555': { host: '*', port: 5555, only: 'bind' },
    'tcp://127.0.0.1:*': { host: '127.0.0.1', port: 0, only: 'bind' },
    'tcp://127.0.0.1:0': { host: '127.0.0.1', port: 0, only: 'bind' },
    'tcp://[::]:*': { host: '::', port: 0, only: 'bind' },
  };

  for (const [text, { host, port, only }] of Object.entries(ADDRESSES)) {
    it(`may be ${text}`, () => {
      const endpoint = parseEndpoint(text);
      expect(parseTcpAddress(endpoint, 'bind')).to.deep.equal({ host, port });
      if (only === undefined) {
        expect(parseTcpAddress(endpoint, 'connect')).to.deep.equal({ host, port });
      } else {
        failureNow('EINVAL', () => parseTcpAddress(endpoint, 'connect'));
      }
    });
  }

  for (const address of [
    'a',
    'a:',
    ':1',
    'a:b',
    'a:65536',
    'a b:1',
    `${'a'.repeat(256)}:1`,
    '[a]:1',
    '[]:1',
    '::1:1',
    '*',
  ]) {
    it(`may not be ${address}`, () => {
      const endpoint = parseEndpoint(`tcp://${address}`);
      const refused = failureNow('EINVAL', () => parseTcpAddress(endpoint, 'bind'));
      expect(refused.address).to.equal(endpoint.text);
    });
  }

  it('may have a source before it, to connect', () => {
    const parse = (text: string, role: 'bind' | 'connect'): unknown =>
      parseTcpAddress(parseEndpoint(`tcp://${text}`), role);
    const host = '127.0.0.1';
    const [destination, any] = [
      { host, port: 80 },
      { host: '*', port: 0 },
    ];
    expect(parse('127.0.0.1:5;127.0.0.1:80', 'connect')).to.deep.equal({
      ...destination,
      source: { host, port: 5 },
    });
    expect(parse('*:*;127.0.0.1:80', 'connect')).to.deep.equal({ ...destination, source: any });
    expect(parse('[::1]:0;127.0.0.1:80', 'connect')).to.deep.equal({
      ...destination,
      source: { host: '::1', port: 0 },
    });
    for (const text of [';127.0.0.1:80', '127.0.0.1:5;', 'a;b', '*:1;*:1', 'a:1;b:1;c:1']) {
      failureNow('EINVAL', () => parse(text, 'connect'));
    }
    failureNow('EINVAL', () => parse('127.0.0.1:5;127.0.0.1:80', 'bind'));
  });

  it('has IPv6 in brackets', () => {
    expect(formatTcpEndpoint('127.0.0.1', 5)).to.equal('tcp://127.0.0.1:5');
    expect(formatTcpEndpoint('::1', 5)).to.equal('tcp://[::1]:5');
  });
});
