import { expect } from 'chai';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import type { SocketProfile } from '../../../src/runtime/context/commands.js';
import { openListener } from '../../../src/transports/stream/open-listener.js';
import type { AcceptedLink } from '../../../src/transports/stream/stream-transport.js';
import { useTidyStage } from '../../support/stage.js';

describe('A listener of the system', () => {
  const stage = useTidyStage();

  it('tells of a connection that could not be accepted, and goes on', async () => {
    const failures: Error[] = [];
    const came: AcceptedLink[] = [];
    const place = { host: '127.0.0.1', port: 0 };
    const server = await openListener(place, { backlog: 1 } as SocketProfile, {
      accepted: (link) => void came.push(link),
      acceptFailed: (error) => void failures.push(error),
      closeFailed: (error) => void failures.push(error),
    });
    stage.atEnd(() => server.close());
    // As node:net does where libuv tells it, which depends on the system.
    const failure = new Error('accept EMFILE');
    server.emit('error', failure);
    expect(failures).to.deep.equal([failure]);
    const { port } = server.address() as AddressInfo;
    const peer = connect(port, '127.0.0.1');
    await Promise.all([once(peer, 'connect'), once(server, 'connection')]);
    expect(came).to.have.lengthOf(1);
    expect(came[0]!.peerAddress).to.equal(`127.0.0.1:${peer.localPort}`);
    came[0]!.refuse();
    await once(peer, 'close');
    expect(failures).to.have.lengthOf(1);
  });
});
