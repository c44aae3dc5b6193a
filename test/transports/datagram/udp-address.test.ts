import { expect } from 'chai';
import type { NetworkInterfaceInfo } from 'node:os';
import { formatPeer, parsePeer } from '../../../src/runtime/base/datagram.js';
import { parseEndpoint } from '../../../src/runtime/base/endpoint.js';
import {
  formatUdpEndpoint,
  isMulticast,
  multicastInterface,
  parseUdpAddress,
} from '../../../src/transports/datagram/udp-address.js';
import { failureNow } from '../../support/expect-error.js';

const IPV4 = { address: '192.0.2.7', family: 'IPv4' } as NetworkInterfaceInfo;
const IPV6 = { address: '2001:db8::7', family: 'IPv6', scopeid: 0 } as NetworkInterfaceInfo;
const INTERFACES = { eth0: [IPV4, IPV6], four: [IPV4] };

describe('A udp address', () => {
  const parse = (text: string, role: 'bind' | 'connect' = 'bind'): unknown =>
    parseUdpAddress(parseEndpoint(text), role);

  it('is a host and a port, and for a group maybe an interface', () => {
    for (const [text, host, port, through] of [
      ['udp://127.0.0.1:5555', '127.0.0.1', 5555, undefined],
      ['udp://name.example:65535', 'name.example', 65535, undefined],
      ['udp://[::1]:1', '::1', 1, undefined],
      ['udp://239.0.0.1:5555', '239.0.0.1', 5555, undefined],
      ['udp://eth0;239.0.0.1:5555', '239.0.0.1', 5555, 'eth0'],
      ['udp://192.0.2.7;239.0.0.1:5555', '239.0.0.1', 5555, '192.0.2.7'],
      ['udp://*;239.0.0.1:5555', '239.0.0.1', 5555, '*'],
      ['udp://eth0;[ff02::1]:5555', 'ff02::1', 5555, 'eth0'],
      ['udp://[2001:db8::7];[ff02::1]:5555', 'ff02::1', 5555, '2001:db8::7'],
    ] as const) {
      for (const role of ['bind', 'connect'] as const) {
        expect(parse(text, role)).to.deep.equal({ text, host, port, through });
      }
    }
  });

  it('may leave open where and at which port to listen', () => {
    for (const [text, host, port] of [
      ['udp://*:5555', '*', 5555],
      ['udp://*:*', '*', 0],
      ['udp://127.0.0.1:0', '127.0.0.1', 0],
    ] as const) {
      expect(parse(text)).to.deep.include({ host, port });
      failureNow('EINVAL', () => parse(text, 'connect'));
    }
  });

  it('is EINVAL if it is anything else', () => {
    for (const text of [
      'udp://127.0.0.1',
      'udp://127.0.0.1:',
      'udp://127.0.0.1:65536',
      'udp://127.0.0.1:-1',
      'udp://:5555',
      'udp://[127.0.0.1]:5555',
      'udp://::1:5555',
      'udp://a b:5555',
      'udp://;239.0.0.1:5555',
      'udp://eth0;;239.0.0.1:5555',
      // An interface is of no use without a group, and is none itself.
      'udp://127.0.0.1;127.0.0.1:5555',
      'udp://eth0;name.example:5555',
      'udp://239.0.0.2;239.0.0.1:5555',
      'udp://[::1];239.0.0.1:5555',
      'udp://127.0.0.1;[ff02::1]:5555',
    ]) {
      for (const role of ['bind', 'connect'] as const)
        failureNow('EINVAL', () => parse(text, role));
    }
  });

  it('of a group is known by its first bits', () => {
    for (const group of ['224.0.0.0', '239.255.255.255', 'ff02::1', 'FF15::1']) {
      expect(isMulticast(group), group).to.equal(true);
    }
    for (const other of ['223.255.255.255', '240.0.0.0', '::1', 'fe80::1', 'ff.example', '239']) {
      expect(isMulticast(other), other).to.equal(false);
    }
  });

  it('names an interface as node:dgram wants it', () => {
    const through = (text: string): string | undefined =>
      multicastInterface(parseUdpAddress(parseEndpoint(text), 'bind'), INTERFACES);
    expect(through('udp://239.0.0.1:1')).to.equal(undefined);
    expect(through('udp://*;239.0.0.1:1')).to.equal(undefined);
    expect(through('udp://eth0;239.0.0.1:1')).to.equal('192.0.2.7');
    expect(through('udp://127.0.0.1;239.0.0.1:1')).to.equal('127.0.0.1');
    expect(through('udp://eth0;[ff02::1]:1')).to.equal('::%eth0');
    expect(through('udp://[2001:db8::7];[ff02::1]:1')).to.equal('::%eth0');
    for (const text of [
      'udp://none;239.0.0.1:1',
      'udp://none;[ff02::1]:1',
      'udp://[::2];[ff02::1]:1',
    ]) {
      expect(failureNow('ENODEV', () => through(text)).address).to.equal(text);
    }
  });

  it('is told as it can be given', () => {
    expect(formatUdpEndpoint('127.0.0.1', 5555)).to.equal('udp://127.0.0.1:5555');
    expect(formatUdpEndpoint('::1', 5555)).to.equal('udp://[::1]:5555');
    expect(formatUdpEndpoint('239.0.0.1', 5, 'eth0')).to.equal('udp://eth0;239.0.0.1:5');
    expect(formatUdpEndpoint('ff02::1', 5, '::1')).to.equal('udp://[::1];[ff02::1]:5');
  });
});

describe('The address of a datagram’s peer', () => {
  it('is an address and a port', () => {
    for (const [host, port] of [
      ['192.0.2.7', 5555],
      ['2001:db8::7', 65535],
    ] as const) {
      expect(parsePeer(formatPeer(host, port))).to.deep.equal({ host, port });
    }
  });

  it('is nobody’s otherwise', () => {
    for (const text of [
      '',
      '192.0.2.7',
      '192.0.2.7:',
      '192.0.2.7:0',
      '192.0.2.7:65536',
      '192.0.2:1',
      '192.0.2.256:1',
      '[192.0.2.7]:1',
      '::1:1',
      '[::1]',
      'localhost:1',
      'udp://192.0.2.7:1',
    ]) {
      expect(parsePeer(text), text).to.equal(undefined);
    }
  });
});
