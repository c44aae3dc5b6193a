import { expect } from 'chai';
import { Poller, Stream } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { Performer } from '../support/performer.js';
import { here } from '../support/places.js';
import { useTidyStage } from '../support/stage.js';
import { streamScenarios } from '../support/stream-scenarios.js';
import { WirePeer } from '../support/wire-peer.js';

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`STREAM over ${transport}: one`, () => {
    const stage = useTidyStage();
    streamScenarios(stage, transport, () => here(new Performer({ context: stage.context })));
  });
}

describe('STREAM', () => {
  const stage = useTidyStage();

  it('takes no message but of a routing id and data', async () => {
    const { context } = stage;
    const stream = new Stream({ context });
    expect(stream.type).to.equal(11);
    for (const message of [['id'], ['id', 'a', 'b']]) {
      await failure('EINVAL', () => stream.send(message as never));
    }
  });

  it('joins threads over inproc, where no connection comes or goes, as in libzmq', async () => {
    const { context } = stage;
    const [server, client] = [new Stream({ context }), new Stream({ context })];
    await server.bind('inproc://stream');
    client.connect('inproc://stream', { routingId: 'server' });
    await client.send(['server', 'hello']);
    const [id, data] = await server.receive();
    expect([id.length, id[0], String(data)]).to.deep.equal([5, 0, 'hello']);
    await server.send([id, 'world']);
    expect((await client.receive()).map(String)).to.deep.equal(['server', 'world']);
  });

  it('tells pollers and those who block of a connection that stands, and is gone', async () => {
    const { context } = stage;
    const stream = new Stream({ context });
    await stream.bind('tcp://127.0.0.1:*');
    const poller = new Poller();
    poller.add(stream, { readable: true });
    const stands = poller.wait();
    const peer = await stage.tcp(stream.lastEndpoint!);
    await stands;
    const [id, nothing] = stream.receiveSync();
    expect([id.length, nothing.length]).to.deep.equal([5, 0]);
    expect(stream.tryReceive()).to.equal(undefined);
    await new Promise<void>((done) => peer.end(done));
    expect(stream.receiveSync()).to.deep.equal([id, nothing]);
  });

  it('sends and receives in every form', async () => {
    const { context } = stage;
    const stream = new Stream({ context });
    await stream.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, stream.lastEndpoint!);
    const [id] = await stream.receive();
    await stream.send([id, 'a']);
    stream.sendSync([id, 'b']);
    expect(stream.trySend([id, 'c'])).to.equal(true);
    expect(String(await peer.read(3))).to.equal('abc');
    const into = Buffer.alloc(20);
    await peer.write(Buffer.from('into'));
    expect(await stream.receiveInto(into)).to.deep.equal([id.length, 4]);
    expect(String(into.subarray(id.length, id.length + 4))).to.equal('into');
    await peer.write(Buffer.from('lease'));
    const lease = await stream.receiveLease();
    expect(lease.map(({ bytes }) => Buffer.from(bytes))).to.deep.equal([id, Buffer.from('lease')]);
    for (const part of lease) part.release();
    await peer.write(Buffer.from('loop'));
    for await (const message of stream) {
      expect(message).to.deep.equal([id, Buffer.from('loop')]);
      break;
    }
  });

  it('refuses a name that another peer has', async () => {
    const { context } = stage;
    const stream = new Stream({ context, linger: 0 });
    const endpoint = await stage.freeEndpoint();
    stream.connect(endpoint, { routingId: 'peer' });
    failureNow('EINVAL', () => stream.connect(endpoint, { routingId: 'peer' }));
  });
});
