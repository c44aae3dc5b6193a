import { expect } from 'chai';
import type { TypeName } from './performer.js';
import type { AnySocket, End } from './places.js';
import { SocksProxy, type ProxyScript } from './socks-proxy.js';
import { portOf, type Stage } from './stage.js';
import { Talk } from './stream-scenarios.js';

/** By number, since zeromq.js has no properties for them. */
const SOCKS_USERNAME = 99;
const SOCKS_PASSWORD = 100;

/** Who plays: the socket that connects through a proxy is made by `through`, its peer by `peer`. */
export interface Cast {
  readonly through: End;
  readonly peer: End;
}

/**
 * What a SOCKS proxy is to a socket, one test for each guarantee: the same for our sockets among themselves, and with
 * libzmq's on either side.
 * @param theirs is it libzmq that connects? On a busy machine it has been seen to ask such a proxy twice.
 */
export function socksScenarios(stage: Stage, cast: () => Cast, theirs = false): void {
  const connecting: AnySocket[] = [];
  const bound: AnySocket[] = [];
  const proxies: SocksProxy[] = [];

  // A libzmq aborts when a socket is closed that waits to ask a proxy again which has refused. So none is to lose its
  // peer first, which the proxy would not reach any more.
  afterEach(async () => {
    for (const socket of connecting.splice(0)) await socket.close();
    for (const proxy of proxies.splice(0)) await proxy.until(() => proxy.idle);
    for (const socket of bound.splice(0)) await socket.close();
  });

  async function open(type: TypeName): Promise<AnySocket> {
    const socket = await cast().peer.open(type);
    bound.push(socket);
    return socket;
  }

  async function openThrough(
    { address }: SocksProxy,
    type: TypeName,
    options = {},
  ): Promise<AnySocket> {
    const all = { socksProxy: address, reconnectInterval: 10, ...options };
    const socket = await cast().through.open(type, all);
    connecting.push(socket);
    return socket;
  }

  async function proxied(script: ProxyScript = {}): Promise<SocksProxy> {
    const proxy = await SocksProxy.open(stage, script);
    proxies.push(proxy);
    return proxy;
  }

  interface Pair {
    readonly request: AnySocket;
    readonly reply: AnySocket;
    readonly port: number;
  }

  /** A REQ that connects to a REP through a proxy. @param host what its endpoint calls the machine of the REP */
  async function pair(proxy: SocksProxy, options = {}, host = '127.0.0.1'): Promise<Pair> {
    const reply = await open('Reply');
    const port = portOf(await reply.bind('tcp://127.0.0.1:*'));
    const request = await openThrough(proxy, 'Request', options);
    await request.connect(`tcp://${host}:${port}`);
    return { request, reply, port };
  }

  async function converse({ request, reply }: Pair, text = 'hello'): Promise<void> {
    await request.send('await', text);
    expect(String(await reply.receive('await'))).to.equal(text);
    await reply.send('await', `${text} yourself`);
    expect(String(await request.receive('await'))).to.equal(`${text} yourself`);
  }

  function expectOne({ clients }: SocksProxy): void {
    if (!theirs) expect(clients).to.have.lengthOf(1);
  }

  it('carries requests and replies, to the address that the endpoint says', async () => {
    const proxy = await proxied();
    const both = await pair(proxy);
    for (const text of ['hello', 'again', 'x'.repeat(100_000)]) await converse(both, text);
    expect(proxy.requests).to.deep.equal([{ type: 1, host: '127.0.0.1', port: both.port }]);
  });

  it('leaves it to the proxy to look up a name', async () => {
    const proxy = await proxied({ names: { 'peer.invalid': '127.0.0.1' } });
    const both = await pair(proxy, {}, 'peer.invalid');
    await converse(both);
    expect(proxy.requests).to.deep.equal([{ type: 3, host: 'peer.invalid', port: both.port }]);
  });

  it('is asked for an IPv6 address as one, without ipv6', async () => {
    const host = '00000000000000000000000000000001';
    const proxy = await proxied({ names: { [host]: '127.0.0.1' } });
    const both = await pair(proxy, {}, '[::1]');
    await converse(both);
    expect(proxy.requests).to.deep.equal([{ type: 4, host, port: both.port }]);
  });

  it('is told user name and password', async () => {
    const credentials = { user: 'me', password: 'secret' };
    const proxy = await proxied({ credentials });
    const both = await pair(proxy, { [SOCKS_USERNAME]: 'me', [SOCKS_PASSWORD]: 'secret' });
    await converse(both);
    expect(proxy.requests).to.have.lengthOf(1);
    expect(proxy.requests[0]).to.include(credentials);
  });

  it('is told a user name without a password', async () => {
    const proxy = await proxied({ credentials: { user: 'me', password: '' } });
    const both = await pair(proxy, { [SOCKS_USERNAME]: 'me' });
    await converse(both);
    expect(proxy.requests[0]).to.include({ user: 'me', password: '' });
  });

  it('is not told who asks, if the user name is empty', async () => {
    const proxy = await proxied();
    await converse(await pair(proxy, { [SOCKS_USERNAME]: '', [SOCKS_PASSWORD]: 'secret' }));
    expect(proxy.requests[0]).to.have.all.keys('type', 'host', 'port');
  });

  it('is asked again when it has refused, until it does not', async () => {
    const proxy = await proxied({ replies: [5, 1, 255] });
    await converse(await pair(proxy));
    expect(proxy.requests).to.have.lengthOf(4);
  });

  it('is asked again when it did not let its client in, until it does', async () => {
    const proxy = await proxied({ credentials: { user: 'you', password: 'secret' } });
    const both = await pair(proxy);
    const sent = both.request.send('await', 'hello');
    await proxy.until(() => proxy.clients.length >= 3);
    expect(proxy.requests).to.deep.equal([]);
    proxy.script.credentials = undefined;
    await sent;
    expect(String(await both.reply.receive('await'))).to.equal('hello');
  });

  it('may speak an octet at a time', async () => {
    const credentials = { user: 'me', password: 'secret' };
    const proxy = await proxied({ credentials, bytewise: true });
    await converse(await pair(proxy, { [SOCKS_USERNAME]: 'me', [SOCKS_PASSWORD]: 'secret' }));
    expectOne(proxy);
  });

  it('may bring the peer’s first bytes right behind its own', async () => {
    const proxy = await proxied({ withFirstBytes: true });
    await converse(await pair(proxy));
    expectOne(proxy);
  });

  it('is asked again when a connection is lost', async () => {
    const proxy = await proxied();
    const pull = await open('Pull');
    const endpoint = await pull.bind('tcp://127.0.0.1:*');
    const push = await openThrough(proxy, 'Push');
    await push.connect(endpoint);
    for (let sent = 0; sent < 3; sent++) {
      await push.send('await', `message ${sent}`);
      expect(String(await pull.receive('await'))).to.equal(`message ${sent}`);
      const { length } = proxy.requests;
      proxy.cut();
      // What is sent from now on goes to the next connection.
      await proxy.until(() => proxy.requests.length > length);
    }
  });

  it('carries what STREAM sockets say', async () => {
    const proxy = await proxied();
    const server = await open('Stream');
    const endpoint = await server.bind('tcp://127.0.0.1:*');
    const client = await openThrough(proxy, 'Stream');
    await client.connect(endpoint, { routingId: 'server' });
    const [there, back] = [await Talk.begun(client), await Talk.begun(server)];
    await there.send('hello');
    expect(String(await back.read(5))).to.equal('hello');
    await back.send('world');
    expect(String(await there.read(5))).to.equal('world');
    expect(proxy.requests).to.have.lengthOf(1);
  });
}
