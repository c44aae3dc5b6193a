import { expect } from 'chai';
import type { NetworkInterfaceInfo } from 'node:os';
import { interfaceAddress } from '../../../src/transports/stream/tcp-interface.js';

function info(address: string, scopeid = 0): NetworkInterfaceInfo {
  const common = { address, netmask: '', mac: '', internal: false, cidr: null };
  return address.includes(':')
    ? { ...common, family: 'IPv6', scopeid }
    : { ...common, family: 'IPv4' };
}

describe('A network interface', () => {
  const interfaces = {
    both: [info('fd00::2'), info('192.0.2.2'), info('192.0.2.3'), info('fd00::3')],
    four: [info('192.0.2.4')],
    six: [info('fd00::6')],
    link: [info('fe80::1', 3)],
    none: [],
  };

  for (const [name, ipv6, address] of [
    ['both', false, '192.0.2.2'],
    ['both', true, 'fd00::2'],
    ['four', false, '192.0.2.4'],
    ['four', true, '192.0.2.4'],
    ['six', true, 'fd00::6'],
    ['six', false, undefined],
    ['link', true, 'fe80::1%link'],
    ['none', true, undefined],
    ['unknown', false, undefined],
  ] as const) {
    it(`called ${name} is ${address ?? 'of no use'} ${ipv6 ? 'with' : 'without'} IPv6`, () => {
      expect(interfaceAddress(name, ipv6, interfaces)).to.equal(address);
    });
  }

  it('is one of this machine, unless a test says otherwise', () => {
    expect(interfaceAddress('no such interface', false)).to.equal(undefined);
  });
});
