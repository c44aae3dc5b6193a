import { expect } from 'chai';
import { NOTIFY_CONNECT, NOTIFY_DISCONNECT } from '../../src/index.js';
import type { TypeName } from './performer.js';
import type { AnySocket, End } from './places.js';
import type { Stage, Transport } from './stage.js';

/**
 * What `routerNotify` of a ROUTER does, one test for each guarantee: the same for our sockets among themselves, and with
 * libzmq on either side.
 */
export function notifyScenarios(
  stage: Stage,
  transport: Transport,
  cast: () => { readonly router: End; readonly peer: End },
): void {
  const BOTH = NOTIFY_CONNECT | NOTIFY_DISCONNECT;
  const sockets: AnySocket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) await socket.close();
  });

  async function open(end: End, type: TypeName, options?: object): Promise<AnySocket> {
    const socket = await end.open(type, options);
    sockets.push(socket);
    return socket;
  }

  async function close(socket: AnySocket): Promise<void> {
    sockets.splice(sockets.indexOf(socket), 1);
    await socket.close();
  }

  async function texts(socket: AnySocket): Promise<string[]> {
    return (await socket.receive('await')).map(String);
  }

  for (const type of ['Dealer', 'Request', 'Router'] as const) {
    it(`tells when a ${type} has come, and when it has gone`, async () => {
      const router = await open(cast().router, 'Router', { routerNotify: BOTH });
      const endpoint = await router.bind(stage.wildcard(transport));
      // libzmq may refuse a second one of a name that it has just told has gone.
      for (const name of ['first', 'second']) {
        const peer = await open(cast().peer, type, { routingId: name });
        await peer.connect(endpoint);
        // Before it has said anything.
        expect(await texts(router)).to.deep.equal([name, '']);
        await router.send('await', [name, '', 'welcome']);
        if (type === 'Dealer') {
          await peer.send('await', 'thanks');
          expect(await texts(router)).to.deep.equal([name, 'thanks']);
        }
        await close(peer);
        expect(await texts(router)).to.deep.equal([name, '']);
      }
    });
  }

  it('tells the id that it gives to whoever brings none', async () => {
    const router = await open(cast().router, 'Router', { routerNotify: BOTH });
    const peer = await open(cast().peer, 'Dealer');
    await peer.connect(await router.bind(stage.wildcard(transport)));
    const [id, empty] = await router.receive('await');
    expect(id).to.have.lengthOf(5);
    expect(empty).to.have.lengthOf(0);
    await router.send('await', [id!, 'welcome']);
    expect(await texts(peer)).to.deep.equal(['welcome']);
    await close(peer);
    expect(await router.receive('await')).to.deep.equal([id, empty]);
  });

  it('tells only who has come, or only who has gone', async () => {
    const coming = await open(cast().router, 'Router', { routerNotify: NOTIFY_CONNECT });
    const going = await open(cast().router, 'Router', { routerNotify: NOTIFY_DISCONNECT });
    const endpoints = [
      await coming.bind(stage.wildcard(transport)),
      await going.bind(stage.wildcard(transport)),
    ];
    for (const name of ['first', 'second']) {
      const peer = await open(cast().peer, 'Dealer', { routingId: name });
      // To each of the two in turn, in the order in which they are connected.
      await peer.connect(endpoints[0]!);
      expect(await texts(coming)).to.deep.equal([name, '']);
      await peer.connect(endpoints[1]!);
      for (const body of ['a', 'b']) await peer.send('await', body);
      const [one, other] = await Promise.all([texts(coming), texts(going)]);
      expect([one[0], other[0]]).to.deep.equal([name, name]);
      expect([one[1], other[1]].sort()).to.deep.equal(['a', 'b']);
      await close(peer);
      expect(await texts(going)).to.deep.equal([name, '']);
    }
  });

  it('tells of whoever it connects to', async () => {
    const peer = await open(cast().peer, 'Dealer', { routingId: 'bound' });
    const router = await open(cast().router, 'Router', {
      routerNotify: BOTH,
      reconnectInterval: 10,
    });
    await router.connect(await peer.bind(stage.wildcard(transport)));
    expect(await texts(router)).to.deep.equal(['bound', '']);
    await router.send('await', ['bound', 'hello']);
    expect(await texts(peer)).to.deep.equal(['hello']);
    await peer.send('await', 'hello yourself');
    expect(await texts(router)).to.deep.equal(['bound', 'hello yourself']);
    await close(peer);
    expect(await texts(router)).to.deep.equal(['bound', '']);
  });

  if (transport === 'inproc') return;

  it('tells of each connection that it makes', async () => {
    const router = await open(cast().router, 'Router', {
      routerNotify: BOTH,
      reconnectInterval: 10,
    });
    const endpoint = await stage.agreed(transport);
    await router.connect(endpoint);
    for (let time = 0; time < 3; time++) {
      const peer = await open(cast().peer, 'Dealer', { routingId: 'bound' });
      await peer.bind(endpoint);
      expect(await texts(router)).to.deep.equal(['bound', '']);
      await peer.send('await', `message ${time}`);
      expect(await texts(router)).to.deep.equal(['bound', `message ${time}`]);
      await close(peer);
      expect(await texts(router)).to.deep.equal(['bound', '']);
    }
  });
}
