import { expect } from 'chai';
import { Dealer, ioStatistics, Router, type Context } from '../../../src/index.js';
import { Client, Server } from '../../../src/draft.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { turn } from '../../support/heard.js';
import { useTidyStage, type Transport } from '../../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

const reasonOf = (reason: unknown): unknown => reason;

describe('CLIENT and SERVER', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(transport: Transport, options = {}): Promise<Server> {
    const server = new Server({ context, ...options });
    await server.bind(stage.wildcard(transport));
    return server;
  }

  function connected(server: Server, options = {}): Client {
    const client = new Client({ context, ...options });
    client.connect(server.lastEndpoint!);
    return client;
  }

  /** What the server calls a client that has just said so. */
  async function idOf(client: Client, server: Server): Promise<number> {
    await client.send('hello');
    const [body, { routingId }] = await server.receive();
    expect(String(body)).to.equal('hello');
    return routingId;
  }

  /** Until nobody has the routing id any more. */
  async function gone(server: Server, routingId: number): Promise<void> {
    for (;;) {
      try {
        server.trySend('are you there?', { routingId });
      } catch {
        return;
      }
      await turn();
    }
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('a SERVER knows each client by a number of its own, and answers whom it likes', async () => {
        const server = await bound(transport);
        const clients = [1, 2, 3].map(() => connected(server));
        const ids: number[] = [];
        for (const client of clients) ids.push(await idOf(client, server));
        expect(new Set(ids)).to.have.property('size', 3);
        for (const id of ids) expect(id).to.be.within(1, 2 ** 32 - 1);
        for (const i of [2, 0, 1]) {
          await server.send(`to ${i}`, { routingId: ids[i]! });
          expect((await clients[i]!.receive()).map(String)).to.deep.equal([`to ${i}`]);
        }
        expect(await idOf(clients[0]!, server)).to.equal(ids[0]);
      });

      it('every form of a call tells, and takes, the routing id', async () => {
        const server = await bound(transport);
        const client = connected(server);
        const routingId = await idOf(client, server);
        const body = Buffer.alloc(20_000, 'b');
        const arrived = async (): Promise<void> => {
          client.sendSync(body);
          while (!server.readable) await turn();
        };

        await arrived();
        expect(server.receiveSync()).to.deep.equal([body, { routingId }]);
        await arrived();
        expect(server.tryReceive()).to.deep.equal([body, { routingId }]);
        expect(server.tryReceive()).to.equal(undefined);
        await arrived();
        for await (const [one, from] of server) {
          expect([one, from]).to.deep.equal([body, { routingId }]);
          break;
        }
        await arrived();
        const [lease, whose] = await server.receiveLease();
        expect(Buffer.from(lease.bytes)).to.deep.equal(body);
        expect(whose).to.deep.equal({ routingId });
        lease.release();
        await arrived();
        const target = Buffer.alloc(body.length);
        expect(server.receiveIntoSync(target)).to.deep.equal([body.length, { routingId }]);
        expect(target).to.deep.equal(body);
        await arrived();
        const error = failureNow('EMSGSIZE', () => server.tryReceiveInto(Buffer.alloc(10)));
        expect(error.received).to.deep.equal([body]);

        server.sendSync('sync', { routingId });
        expect(server.trySend('try', { routingId })).to.equal(true);
        const own = context.allocate(5);
        own.bytes.set(Buffer.from('lease'));
        await server.send(own, { routingId });
        for (const text of ['sync', 'try', 'lease']) {
          expect((await client.receive()).map(String)).to.deep.equal([text]);
        }
      });

      it('a message for nobody is refused with EHOSTUNREACH, in every form', async () => {
        const server = await bound(transport);
        const client = connected(server);
        const routingId = await idOf(client, server);
        const nobody = { routingId: routingId === 1 ? 2 : routingId - 1 };
        await failure('EHOSTUNREACH', () => server.send('message', nobody));
        failureNow('EHOSTUNREACH', () => server.sendSync('message', nobody));
        failureNow('EHOSTUNREACH', () => server.trySend('message', nobody));
        client.close();
        await gone(server, routingId);
        await failure('EHOSTUNREACH', () => server.send('message', { routingId }));
      });

      it('a message for a client that has left unread ones is refused', async () => {
        const server = await bound(transport);
        const client = connected(server);
        const routingId = await idOf(client, server);
        await client.send('unread');
        while (!server.readable) await turn();
        client.close();
        await gone(server, routingId);
        const [body, from] = await server.receive();
        expect(String(body)).to.equal('unread');
        expect(from).to.deep.equal({ routingId });
      });

      it('work when the CLIENT binds', async () => {
        const client = new Client({ context });
        await client.bind(stage.wildcard(transport));
        const server = new Server({ context });
        server.connect(client.lastEndpoint!);
        await client.send('question');
        const [question, from] = await server.receive();
        expect(String(question)).to.equal('question');
        await server.send('answer', from);
        expect(String(await client.receive())).to.equal('answer');
      });

      it('a SERVER takes messages from its clients in turn', async () => {
        const server = await bound(transport);
        const clients = [1, 2, 3].map(() => connected(server));
        const ids: number[] = [];
        for (const client of clients) ids.push(await idOf(client, server));
        for (const client of clients) for (let i = 0; i < 10; i++) await client.send(String(i));
        const from: number[] = [];
        for (let i = 0; i < 30; i++) from.push((await server.receive())[1].routingId);
        for (const id of ids) expect(from.filter((one) => one === id)).to.have.lengthOf(10);
        if (transport === 'inproc') expect(from).to.deep.equal(from.map((_, i) => from[i % 3]));
      });
    });
  }

  it('a CLIENT deals messages out to its servers in turn, and waits while none has room', async () => {
    const client = new Client({ context, sendHighWaterMark: 1, sendTimeout: 0 });
    expect(client.writable).to.equal(false);
    await failure('EAGAIN', () => client.send('nobody'));
    const servers: Server[] = [];
    for (let i = 0; i < 2; i++) {
      const server = await bound('inproc', { receiveHighWaterMark: 1 });
      client.connect(server.lastEndpoint!);
      servers.push(server);
    }
    for (let i = 0; i < 4; i++) expect(client.trySend(String(i))).to.equal(true);
    expect(client.trySend('no')).to.equal(false);
    expect(client.writable).to.equal(false);
    client.sendTimeout = -1;
    const waiting = client.send('4');
    expect(String(servers[0]!.receiveSync()[0])).to.equal('0');
    expect(String(servers[0]!.receiveSync()[0])).to.equal('2');
    await waiting;
    for (const text of ['1', '3']) expect(String(servers[1]!.receiveSync()[0])).to.equal(text);
    expect(String((await servers[0]!.receive())[0])).to.equal('4');
  });

  it('a SERVER waits for room at a full client, EAGAIN and false included', async () => {
    const server = await bound('inproc', { sendHighWaterMark: 1 });
    const client = connected(server, { receiveHighWaterMark: 1 });
    const routingId = await idOf(client, server);
    await server.send('0', { routingId });
    await server.send('1', { routingId });
    expect(server.trySend('no', { routingId })).to.equal(false);
    server.sendTimeout = 10;
    await failure('EAGAIN', () => server.send('no', { routingId }));
    failureNow('EAGAIN', () => server.sendSync('no', { routingId }));
    server.sendTimeout = -1;
    const abort = new AbortController();
    const aborted = server.send('no', { routingId, signal: abort.signal }).catch(reasonOf);
    abort.abort('enough');
    expect(await aborted).to.equal('enough');
    // Another client may have room, so it is writable all the same.
    expect(server.writable).to.equal(true);
    const waiting = server.send('2', { routingId });
    for (let i = 0; i < 3; i++) expect(String((await client.receive())[0])).to.equal(String(i));
    await waiting;
  });

  it('a SERVER ends a send that waits for a client when that client has gone', async () => {
    const server = await bound('inproc', { sendHighWaterMark: 1 });
    const client = connected(server, { receiveHighWaterMark: 1 });
    const routingId = await idOf(client, server);
    await client.send('unread');
    await server.send('0', { routingId });
    await server.send('1', { routingId });
    const waiting = failure('EHOSTUNREACH', () => server.send('2', { routingId }));
    client.close();
    await waiting;
  });

  it('several parts are refused with EINVAL; an array of one is that one', async () => {
    const server = await bound('inproc');
    const client = connected(server);
    const routingId = await idOf(client, server);
    const two = ['a', 'b'] as unknown as string;
    await failure('EINVAL', () => client.send(two));
    failureNow('EINVAL', () => client.sendSync(two));
    failureNow('EINVAL', () => client.trySend(two));
    await failure('EINVAL', () => server.send(two, { routingId }));
    failureNow('EINVAL', () => server.sendSync(two, { routingId }));
    failureNow('EINVAL', () => server.trySend([] as unknown as string, { routingId }));
    await client.send(['one'] as unknown as string);
    expect(String((await server.receive())[0])).to.equal('one');
    await server.send(['one'] as unknown as string, { routingId });
    expect(String((await client.receive())[0])).to.equal('one');
    expect(client.tryReceive()).to.equal(undefined);
  });

  it('messages of several parts that come all the same are passed over, and nothing waits for them', async () => {
    const dealer = new Dealer({ context });
    await dealer.bind(stage.inproc());
    const server = new Server({ context });
    server.connect(dealer.lastEndpoint!);
    const router = new Router({ context });
    await router.bind(stage.inproc());
    const client = new Client({ context });
    client.connect(router.lastEndpoint!);
    await client.send('hello');
    const [id] = await router.receive();

    // More than are passed over at a stretch.
    for (let i = 0; i < 1500; i++) await dealer.send(['several', 'parts']);
    expect(server.readable).to.equal(false);
    const waiting = server.receive();
    for (let i = 0; i < 1500; i++) await dealer.send(['several', 'parts']);
    await dealer.send('one');
    expect(String((await waiting)[0])).to.equal('one');

    await router.send([id!, 'several', 'parts']);
    await router.send([id!, 'one']);
    expect((await client.receive()).map(String)).to.deep.equal(['one']);
  });

  it('a SERVER that connects keeps a client’s number across reconnections', async () => {
    const endpoint = await stage.agreed('tcp');
    const server = new Server({ context, reconnectInterval: 1 });
    server.connect(endpoint);
    const ids: number[] = [];
    for (let life = 0; life < 3; life++) {
      const client = new Client({ context });
      await client.bind(endpoint);
      ids.push(await idOf(client, server));
      await server.send('back', { routingId: ids[0]! });
      expect(String(await client.receive())).to.equal('back');
      client.close();
      while ((await ioStatistics(context))[0]!.listeners > 0) await turn();
    }
    expect(new Set(ids)).to.have.property('size', 1);
  });

  it('check what a message is sent with', async () => {
    const server = await bound('inproc');
    const send = server.trySend.bind(server) as (...rest: unknown[]) => boolean;
    for (const options of [undefined, null, 1]) {
      expect(() => send('message', options)).to.throw(TypeError);
    }
    expect(() => send(undefined, { routingId: 1 })).to.throw(TypeError);
    expect(() => send('message', { routingId: '1' })).to.throw(TypeError);
    for (const routingId of [undefined, 0, -1, 0.5, 2 ** 32, NaN]) {
      failureNow('EINVAL', () => send('message', { routingId }));
    }
    await failure('EHOSTUNREACH', () => server.send('message', { routingId: 2 ** 32 - 1 }));
  });

  it('have the options that they need, and no others', () => {
    const options = { sendHighWaterMark: 5, receiveHighWaterMark: 6, sendTimeout: 7, linger: 3 };
    expect(new Server({ context, ...options })).to.deep.include({ ...options, type: 12 });
    expect(new Client({ context, ...options })).to.deep.include({ ...options, type: 13 });
    expect(() => new Client({ context, routingId: 'x' } as object)).to.throw(TypeError);
    expect(() => new Server({ context, mandatory: true } as object)).to.throw(TypeError);
    // They belong to their thread, as every socket here does.
    expect(new Server({ context }).threadSafe).to.equal(false);
  });
});
