import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { peerAddressOf } from '../../../src/transports/stream/link.js';
import { StreamLink } from '../../../src/transports/stream/stream-link.js';
import { portOf, useTidyStage, type Stage } from '../../support/stage.js';

const PLACES: Record<string, (stage: Stage) => Promise<object>> = {
  'a TCP port': async (stage) => ({
    host: '127.0.0.1',
    port: portOf(await stage.freeEndpoint()),
  }),
  'a Unix socket': (stage) => Promise.resolve({ path: stage.path() }),
};

describe('A link', () => {
  const stage = useTidyStage();

  for (const [name, place] of Object.entries(PLACES)) {
    it(`that was accepted at ${name} is read in place, without data events`, async () => {
      const where = await place(stage);
      const server = createServer({ pauseOnConnect: true }).listen(where);
      stage.atEnd(() => server.close());
      await once(server, 'listening');
      const peer = connect(where as never);
      const [accepted] = (await once(server, 'connection')) as [Socket];
      const room = Buffer.alloc(100);
      let filled = 0;
      let arrived: () => void;
      const whole = new Promise<void>((resolve) => (arrived = resolve));
      const link = StreamLink.accepted(accepted, {
        space: () => room.subarray(filled),
        received: (length) => {
          filled += length;
          if (filled === 6) arrived();
          return true;
        },
        closed: () => undefined,
      });
      // Its handle has moved to a socket that reads in place; data events would have it stay.
      expect(accepted).to.have.property('_handle', null);
      expect(accepted.listenerCount('data')).to.equal(0);
      peer.write('foobar');
      await whole;
      expect(room.toString('latin1', 0, 6)).to.equal('foobar');
      link.write([Buffer.from('echo')], () => undefined);
      expect(String(((await once(peer, 'data')) as [Buffer])[0])).to.equal('echo');
      link.destroy();
      peer.destroy();
    });
  }
});

describe('The address of a peer', () => {
  const of = (remoteAddress?: string, remoteFamily?: string, remotePort?: number) =>
    peerAddressOf({ remoteAddress, remoteFamily, remotePort });

  it('is the host, in brackets if it is one of IPv6, and the port', () => {
    expect(of('127.0.0.1', 'IPv4', 5555)).to.equal('127.0.0.1:5555');
    expect(of('::1', 'IPv6', 5555)).to.equal('[::1]:5555');
  });

  it('is none where there is nobody, or no port', () => {
    expect(of()).to.equal(undefined);
    expect(of('')).to.equal(undefined);
  });
});
