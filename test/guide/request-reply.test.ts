import { expect } from 'chai';
import { Reply, Request } from '../../src/index.js';
import { failure } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';
import { COMMAND, ping, WireListener } from '../support/wire-peer.js';

describe('A plain REQ', () => {
  const stage = useTidyStage();

  it('does not recover when the server that has its request is restarted', async () => {
    const listener = await WireListener.open(stage);
    const request = new Request({ context: stage.context, reconnectInterval: 10, linger: 0 });
    request.connect(listener.endpoint);
    await request.send('Hello');
    const first = await listener.accept();
    await first.handshake('REP');
    expect(String((await first.readFrame()).body)).to.equal('');
    expect(String((await first.readFrame()).body)).to.equal('Hello');
    first.reset();

    // It connects again, but does not ask again: the first that comes is the answer to a PING.
    const second = await listener.accept();
    await second.handshake('REP');
    await second.write(ping('anything else?'));
    const { flags, body } = await second.readFrame();
    expect(flags).to.equal(COMMAND);
    expect(String(body)).to.equal('\x04PONGanything else?');
    expect(request.tryReceive()).to.equal(undefined);
    await failure('EFSM', () => request.send('Hello?'));
  });

  it('is helped by closing it and making another', async () => {
    const { context } = stage;
    const endpoint = await stage.freeEndpoint();
    const deaf = new Reply({ context });
    await deaf.bind(endpoint);
    const request = new Request({ context, reconnectInterval: 10, linger: 0, receiveTimeout: 50 });
    request.connect(endpoint);
    await request.send('Hello');
    await deaf.receive();
    deaf.close();
    await failure('EAGAIN', () => request.receive());
    request.close();

    const server = new Reply({ context });
    await server.bind(endpoint);
    const again = new Request({ context, reconnectInterval: 10 });
    again.connect(endpoint);
    await again.send('Hello');
    expect(String(await server.receive())).to.equal('Hello');
    await server.send('World');
    expect(String(await again.receive())).to.equal('World');
  });
});
