import { expect } from 'chai';
import {
  Pull,
  Push,
  Request,
  type Context,
  type EventOfType,
  type Event,
} from '../../src/index.js';
import { coreOf } from '../../src/runtime/context/context.js';
import { CREATOR_SLOT, SLOT_BELL, slotAt } from '../../src/runtime/memory/layout.js';
import { countTypes, ofConnections, toTheEnd, typesOf, upTo } from '../support/events.js';
import { failure, failureNow } from '../support/expect-error.js';
import { portOf, useTidyStage } from '../support/stage.js';
import { command, frame, greeting, WireListener, WirePeer } from '../support/wire-peer.js';

const ANY = 'tcp://127.0.0.1:*';

describe('socket.events', () => {
  const stage = useTidyStage();
  let context: Context;
  let pull: Pull;
  let push: Push;

  beforeEach(() => {
    context = stage.context;
    pull = new Pull({ context });
    push = new Push({ context, linger: 0, reconnectInterval: 20 });
  });

  describe('tell in order what happens', () => {
    it('to a listener and its connections', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      push.connect(pull.lastEndpoint!);
      await push.send('message');
      await pull.receive();
      push.close();
      const told = await upTo(events, 'disconnect');
      pull.close();
      told.push(...(await toTheEnd(events)));
      expect(typesOf(told)).to.deep.equal([
        'bind',
        'accept',
        'handshake',
        'disconnect',
        'close',
        'end',
      ]);
    });

    it('to a connection, and to the next one', async () => {
      const listener = await WireListener.open(stage);
      const { events } = push;
      push.connect(listener.endpoint);
      const peer = await listener.accept();
      await peer.handshake('PULL');
      const told = await upTo(events, 'handshake');
      peer.socket.end();
      told.push(...(await upTo(events, 'connect')));
      expect(typesOf(told)).to.deep.equal([
        'connect:delay',
        'connect',
        'handshake',
        'disconnect',
        'connect:retry',
        'connect:delay',
        'connect',
      ]);
      push.close();
      expect(typesOf(await toTheEnd(events))).to.deep.equal(['end']);
    });

    it('while nobody listens yet', async () => {
      const endpoint = await stage.freeEndpoint();
      const { events } = push;
      push.connect(endpoint);
      for (let attempt = 0; attempt < 3; attempt++) {
        const [delay, close, retry] = await upTo(events, 'connect:retry');
        expect(delay).to.deep.equal({ type: 'connect:delay', address: endpoint });
        expect(close!.type).to.equal('close');
        expect((close as EventOfType<'close'>).error!.code).to.equal('ECONNREFUSED');
        expect((retry as EventOfType<'connect:retry'>).interval).to.be.within(20, 39);
      }
      await pull.bind(endpoint);
      const told = typesOf(await upTo(events, 'handshake'));
      expect(told.slice(-3)).to.deep.equal(['connect:delay', 'connect', 'handshake']);
    });

    it('and leave out what happened before somebody asked', async () => {
      await pull.bind(ANY);
      push.connect(pull.lastEndpoint!);
      await push.send('message');
      await pull.receive();
      const { events } = pull;
      push.close();
      expect(typesOf(await upTo(events, 'disconnect'))).to.deep.equal(['disconnect']);
    });

    it('over ipc, where peers have no address', async () => {
      const { events } = pull;
      await pull.bind('ipc://*');
      const address = pull.lastEndpoint!;
      const peer = await WirePeer.connect(stage, address);
      await peer.handshake('PUSH');
      peer.socket.end();
      const told = await upTo(events, 'disconnect');
      const stranger = await WirePeer.connect(stage, address);
      await stranger.write(Buffer.from('nonsense'));
      const [, failed, lost] = await upTo(events, 'disconnect');
      expect(failed).to.include({ type: 'handshake:error:protocol', address });
      for (const event of [failed, lost]) expect(event).to.have.keys('type', 'address', 'error');
      pull.close();
      told.push(...(await toTheEnd(events)));
      expect(told).to.deep.equal([
        { type: 'bind', address },
        { type: 'accept', address },
        { type: 'handshake', address },
        { type: 'disconnect', address },
        { type: 'close', address },
        { type: 'end' },
      ]);
    });

    it('and nothing over inproc', async () => {
      const { events } = pull;
      const name = stage.inproc();
      await pull.bind(name);
      push.connect(name);
      await push.send('message');
      await pull.receive();
      push.close();
      pull.close();
      expect(await toTheEnd(events)).to.deep.equal([{ type: 'end' }]);
    });
  });

  describe('name the peer, from its first event to the last', () => {
    it('at a listener, with the endpoint’s wildcards resolved', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      const address = pull.lastEndpoint!;
      const peer = await WirePeer.connect(stage, address);
      const peerAddress = addressOf(peer);
      await peer.handshake('PUSH');
      peer.socket.end();
      expect(await upTo(events, 'disconnect')).to.deep.equal([
        { type: 'bind', address },
        { type: 'accept', address, peerAddress },
        { type: 'handshake', address, peerAddress },
        { type: 'disconnect', address, peerAddress },
      ]);
    });

    for (const immediate of [false, true]) {
      it(`at a connecter, with immediate ${immediate}, in one connection after another`, async () => {
        const listener = await WireListener.open(stage);
        const { endpoint: address } = listener;
        const peerAddress = `127.0.0.1:${portOf(address)}`;
        const client = new Push({ context, linger: 0, reconnectInterval: 20, immediate });
        const { events } = client;
        client.connect(address);
        for (let connection = 0; connection < 2; connection++) {
          const peer = await listener.accept();
          await peer.handshake('PULL');
          peer.socket.end();
          expect((await upTo(events, 'disconnect')).slice(-3)).to.deep.equal([
            { type: 'connect', address, peerAddress },
            { type: 'handshake', address, peerAddress },
            { type: 'disconnect', address, peerAddress },
          ]);
          const [retry, delay] = await upTo(events, 'connect:delay');
          expect(retry).to.have.keys('type', 'address', 'interval');
          expect(delay).to.deep.equal({ type: 'connect:delay', address });
        }
      });
    }

    it('each of several, whichever leaves, and however', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      const peers: WirePeer[] = [];
      for (let i = 0; i < 4; i++) {
        const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
        await peer.handshake('PUSH');
        peers.push(peer);
        const told = (await upTo(events, 'handshake')).at(-1);
        expect(told).to.include({ peerAddress: addressOf(peer) });
      }
      for (const i of [2, 0, 3, 1]) {
        const peer = peers[i]!;
        const peerAddress = addressOf(peer);
        if (i % 2 === 0) peer.socket.end();
        else peer.reset();
        expect(await events.receive()).to.include({ type: 'disconnect', peerAddress });
      }
    });

    it('also who came before anybody asked', async () => {
      await pull.bind(ANY);
      const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
      await peer.handshake('PUSH');
      await peer.write(frame('message'));
      await pull.receive();
      const peerAddress = addressOf(peer);
      const { events } = pull;
      peer.reset();
      expect(await events.receive()).to.include({ type: 'disconnect', peerAddress });
    });
  });

  it('tell why a bind has failed', async () => {
    await pull.bind(ANY);
    const other = new Pull({ context });
    const { events } = other;
    const { code, message } = await failure('EADDRINUSE', () => other.bind(pull.lastEndpoint!));
    const [event] = await upTo(events, 'bind:error');
    expect(event).to.include({ type: 'bind:error', address: pull.lastEndpoint });
    expect((event as EventOfType<'bind:error'>).error).to.include({ code, message });
  });

  describe('tell why a handshake has failed', () => {
    async function outcome(events: Pull['events']): Promise<[type: string, error: unknown]> {
      const told = ofConnections(await upTo(events, 'disconnect'));
      const [came, failed, lost] = told as [Event, Event, Event];
      expect(came.type).to.match(/^(accept|connect)$/);
      expect(failed.type).to.match(/^handshake:error:/);
      expect(lost.type).to.equal('disconnect');
      const { peerAddress } = came as EventOfType<'accept'>;
      expect(peerAddress).to.match(/^127\.0\.0\.1:\d+$/);
      for (const event of told) expect(event).to.include({ peerAddress });
      return [failed.type, (failed as EventOfType<'handshake:error:other'>).error];
    }

    async function outcomeOf(act: (peer: WirePeer) => unknown, options = {}): Promise<unknown[]> {
      const server = new Pull({ context, ...options });
      const { events } = server;
      await server.bind(ANY);
      const peer = await WirePeer.connect(stage, server.lastEndpoint!);
      await act(peer);
      return outcome(events);
    }

    it('with a peer that speaks something else', async () => {
      const [type, error] = await outcomeOf((peer) =>
        peer.write(Buffer.from('GET / HTTP/1.0\r\n\r\n')),
      );
      expect(type).to.equal('handshake:error:protocol');
      expect(error).to.be.instanceOf(Error).and.to.include({ code: 'ERR_ZMTP_INVALID_GREETING' });
    });

    it('with a peer of a type that does not fit', async () => {
      const [type, error] = await outcomeOf((peer) => peer.handshake('SUB'));
      expect(type).to.equal('handshake:error:protocol');
      expect(error).to.include({ code: 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE' });
    });

    it('with a peer that leaves', async () => {
      const [type, error] = await outcomeOf((peer) => peer.socket.end());
      expect(type).to.equal('handshake:error:other');
      expect(error).to.be.instanceOf(Error).and.to.include({ code: 'EPIPE', errno: 32 });
    });

    it('with a peer that breaks off', async () => {
      const [type, error] = await outcomeOf(async (peer) => {
        await peer.read(1);
        peer.reset();
      });
      expect(type).to.equal('handshake:error:other');
      expect(error).to.include({ code: 'ECONNRESET', errno: 104 });
    });

    it('with a peer that takes too long', async () => {
      const [type, error] = await outcomeOf(() => undefined, { handshakeInterval: 30 });
      expect(type).to.equal('handshake:error:other');
      expect(error).to.include({ code: 'EAGAIN' });
    });

    it('with a peer that refuses us, by ZAP’s status', async () => {
      const listener = await WireListener.open(stage);
      const { events } = push;
      push.connect(listener.endpoint);
      const peer = await listener.accept();
      await peer.write(greeting(), command('ERROR', '\x03400'));
      const [type, error] = await outcome(events);
      expect(type).to.equal('handshake:error:auth');
      expect(error).to.include({ status: 400 });
    });

    it('and that a connecter whose peer does not fit gives up', async () => {
      await pull.bind(ANY);
      const request = new Request({ context, reconnectInterval: 1 });
      const { events } = request;
      const served = pull.events;
      request.connect(pull.lastEndpoint!);
      await upTo(served, 'disconnect');
      const told = await upTo(events, 'disconnect');
      expect(typesOf(told).slice(0, 2)).to.deep.equal(['connect:delay', 'connect']);
      expect(told[2]!.type).to.match(/^handshake:error:/);
      request.close();
      expect(typesOf(await toTheEnd(events)).filter((type) => type !== 'end')).to.deep.equal([]);
    });
  });

  it('are neither lost nor doubled around ten reconnections', async () => {
    const listener = await WireListener.open(stage);
    const { events } = push;
    push.connect(listener.endpoint);
    for (let connection = 0; connection < 10; connection++) {
      const peer = await listener.accept();
      await peer.handshake('PULL');
      await push.send('message');
      await peer.readFrame();
      peer.reset();
    }
    const told: Event[] = [];
    for (let connection = 0; connection < 11; connection++) {
      told.push(...(await upTo(events, 'connect')));
    }
    push.close();
    told.push(...(await toTheEnd(events)));
    expect(countTypes(told)).to.deep.equal({
      'connect:delay': 11,
      connect: 11,
      handshake: 10,
      disconnect: 10,
      'connect:retry': 10,
      end: 1,
    });
  });

  it('of two sockets do not mix', async () => {
    const other = new Pull({ context });
    const [mine, others] = [pull.events, other.events];
    await pull.bind(ANY);
    await other.bind(ANY);
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    await pull.receive();
    pull.close();
    other.close();
    expect(typesOf(await toTheEnd(mine))).to.deep.equal([
      'bind',
      'accept',
      'handshake',
      'close',
      'end',
    ]);
    expect(typesOf(await toTheEnd(others))).to.deep.equal(['bind', 'close', 'end']);
  });

  it('come from every I/O worker that serves the socket, and end after the last', async () => {
    const wide = stage.newContext({ ioThreads: 2 });
    const server = new Pull({ context: wide });
    await server.bind(ANY);
    const { events } = server;
    for (let i = 0; i < 3; i++) await server.bind(ANY);
    server.close();
    expect(countTypes(await toTheEnd(events))).to.deep.equal({ bind: 3, close: 4, end: 1 });
  });

  it('of a socket that nobody observes wake nobody', async () => {
    const words = new Int32Array(context.handle);
    const bell = (): number => Atomics.load(words, slotAt(CREATOR_SLOT) + SLOT_BELL);
    const listener = await WireListener.open(stage);
    push.connect(listener.endpoint);
    const attempts = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) (await listener.accept()).socket.destroy();
    };
    await attempts(2);
    const before = bell();
    await attempts(5);
    expect(bell()).to.equal(before);
    expect(push.events.closed).to.equal(false);
    await attempts(5);
    expect(bell()).to.be.greaterThan(before);
  });

  it('give their shared memory back when the socket is closed', async () => {
    const { allocator } = coreOf(context).thread;
    await pull.bind(ANY);
    const before = allocator.blocks;
    for (let i = 0; i < 100; i++) {
      const server = new Pull({ context });
      const { events } = server;
      await server.bind(ANY);
      expect(allocator.blocks).to.be.greaterThan(before);
      server.close();
      await toTheEnd(events);
    }
    // The last goodbye may still be on its way.
    await pull.bind(ANY);
    expect(allocator.blocks).to.equal(before);
  });

  it('can all be read later by a thread that computes while they happen', async () => {
    const busy = new Int32Array(new SharedArrayBuffer(4));
    const thread = stage.thread(
      ({ Context, Pull }, line, { handle, busy }) => {
        const server = new Pull({ context: Context.attach(handle) });
        const { events } = server;
        server.bindSync('tcp://127.0.0.1:*');
        line.post(server.lastEndpoint);
        Atomics.wait(busy, 0, 0);
        const told: string[] = [];
        while (told.length < 1 + 3 * 300) told.push(events.receiveSync().type);
        line.post(told);
        server.close();
        line.post(events.receiveSync().type + events.receiveSync().type);
      },
      { handle: context.handle, busy },
    );
    const endpoint = await thread.next<string>();
    for (let i = 0; i < 300; i++) {
      const peer = await WirePeer.connect(stage, endpoint);
      await peer.write(Buffer.from('nonsense'));
      await peer.closed;
    }
    Atomics.store(busy, 0, 1);
    Atomics.notify(busy, 0);
    const told = await thread.next<string[]>();
    expect(told[0]).to.equal('bind');
    for (let i = 0; i < 300; i++) {
      expect(told.slice(1 + 3 * i, 4 + 3 * i)).to.deep.equal([
        'accept',
        'handshake:error:protocol',
        'disconnect',
      ]);
    }
    expect(await thread.next()).to.equal('closeend');
  });

  describe('read with receive', () => {
    it('go to concurrent calls in the order in which they were made', async () => {
      const { events } = pull;
      const calls = [events.receive(), events.receive(), events.receive()];
      await pull.bind(ANY);
      pull.close();
      expect(typesOf(await Promise.all(calls))).to.deep.equal(['bind', 'close', 'end']);
    });

    it('can be given up, with the signal’s reason', async () => {
      const { events } = pull;
      const abort = new AbortController();
      const reason = new Error('enough');
      const given = events.receive({ signal: abort.signal }).catch((error: unknown) => error);
      const kept = events.receive();
      abort.abort(reason);
      expect(await given).to.equal(reason);
      await pull.bind(ANY);
      expect((await kept).type).to.equal('bind');
    });

    it('keep blocking and immediate calls out while a call waits', async () => {
      const { events } = pull;
      const waits = events.receive();
      const { message } = failureNow('EBUSY', () => events.tryReceive());
      expect(message).to.equal('Awaiting receives wait, and come first');
      failureNow('EBUSY', () => events.receiveSync());
      pull.close();
      await waits;
    });

    it('are undefined for now if there is none', () => {
      expect(pull.events.tryReceive()).to.equal(undefined);
    });

    it('by a blocked thread', () => {
      const { events } = pull;
      pull.bindSync(ANY);
      expect(events.receiveSync()).to.deep.equal({ type: 'bind', address: pull.lastEndpoint });
    });

    it('by for await, up to the end', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      const told: Event[] = [];
      for await (const event of events) {
        told.push(event);
        if (event.type === 'bind') pull.close();
      }
      expect(typesOf(told)).to.deep.equal(['bind', 'close', 'end']);
      expect(events.closed).to.equal(true);
      for await (const event of events) expect.fail(event.type);
    });
  });

  describe('handed to listeners', () => {
    it('come one after the other, with those that came before the first listener', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      const told: string[] = [];
      const ended = new Promise((resolve) => {
        events
          .on('bind', (event) => told.push(`${event.type} ${event.address}`))
          .on('close', ({ type }) => told.push(type))
          .on('end', resolve);
      });
      pull.close();
      await ended;
      expect(told).to.deep.equal([`bind ${pull.lastEndpoint}`, 'close']);
      expect(events.closed).to.equal(true);
    });

    it('are not for receive any more', async () => {
      const { events } = pull;
      const waiting = events.receive();
      const listener = (): void => undefined;
      events.on('bind', listener).off('bind', listener);
      const { message } = await failure('EBUSY', () => events.receive());
      expect(message).to.match(/^Observer is in event emitter mode/);
      failureNow('EBUSY', () => events.receiveSync());
      failureNow('EBUSY', () => events.tryReceive());
      await failure('EBUSY', () => events[Symbol.asyncIterator]().next());
      await pull.bind(ANY);
      expect((await waiting).type).to.equal('bind');
    });

    it('let the listener use sockets', async () => {
      const endpoint = await new Promise<string>((resolve) => {
        pull.events.on('bind', () => {
          const other = new Pull({ context });
          other.bindSync(ANY);
          pull.close();
          resolve(other.lastEndpoint!);
        });
        pull.bindSync(ANY);
      });
      expect(portOf(endpoint)).to.be.greaterThan(0);
    });

    it('go on behind a listener that throws', async () => {
      const child = stage.process(async ({ Pull }, line) => {
        process.on('uncaughtException', ({ message }) => line.post(message));
        const server = new Pull();
        server.events.on('bind', () => {
          throw new Error('thrown by a listener');
        });
        server.events.on('end', ({ type }) => line.post(type));
        await server.bind('tcp://127.0.0.1:*');
        server.close();
      });
      expect(await child.next()).to.equal('thrown by a listener');
      expect(await child.next()).to.equal('end');
      expect((await child.ended).code).to.equal(0);
    });

    it('need a listener, and an event that there is', () => {
      const { events } = pull;
      const untyped = events as unknown as { on(type: unknown, listener: unknown): void };
      expect(() => untyped.on('monitor_error', () => undefined)).to.throw(TypeError);
      expect(() => untyped.on(1, () => undefined)).to.throw(TypeError);
      expect(() => untyped.on('bind', undefined)).to.throw(TypeError);
      expect(events.tryReceive()).to.equal(undefined);
    });
  });

  describe('end', () => {
    it('with the socket: what waits gets the end, what comes later EBADF', async () => {
      const { events } = pull;
      const [last, late] = [events.receive(), events.receive().catch((error: unknown) => error)];
      pull.close();
      expect(await last).to.deep.equal({ type: 'end' });
      expect(await late).to.include({ code: 'EAGAIN' });
      expect(events.closed).to.equal(true);
      await failure('EBADF', () => events.receive());
      failureNow('EBADF', () => events.tryReceive());
      failureNow('ENOTSOCK', () => pull.events);
    });

    it('when they are closed; the socket goes on', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      expect((await events.receive()).type).to.equal('bind');
      const waits = events.receive().catch((error: unknown) => error);
      events.close();
      events.close();
      expect(await waits).to.include({ code: 'EAGAIN' });
      expect(events.closed).to.equal(true);
      expect(pull.events).to.equal(events);
      await failure('EBADF', () => events.receive());
      push.connect(pull.lastEndpoint!);
      await push.send('message');
      expect(String(await pull.receive())).to.equal('message');
    });

    it('with ETERM when the context is shut down; a closed socket’s can still be read', async () => {
      const { events } = pull;
      const closed = push.events;
      await pull.bind(ANY);
      push.connect(pull.lastEndpoint!);
      await upTo(events, 'handshake');
      push.close();
      const waits = events.receive().then(() => events.receive());
      const failed = waits.catch((error: unknown) => error);
      context.shutdown();
      expect(await failed).to.include({ code: 'ETERM' });
      await failure('ETERM', () => events.receive());
      failureNow('ETERM', () => events.tryReceive());
      expect(countTypes(await toTheEnd(closed)).end).to.equal(1);
      pull.close();
      // The connection of the one that was closed may end between the two.
      const ends = typesOf(await toTheEnd(events)).filter((type) => type !== 'disconnect');
      expect(ends.slice(-2)).to.deep.equal(['close', 'end']);
    });

    it('with ETERM for a thread that blocks for one', async () => {
      const thread = stage.thread(({ Context, Pull }, line, handle) => {
        const server = new Pull({ context: Context.attach(handle) });
        line.post('blocks');
        try {
          server.events.receiveSync();
        } catch (error) {
          line.post((error as { code: string }).code);
        }
        server.close();
      }, context.handle);
      await thread.next();
      context.shutdown();
      expect(await thread.next()).to.equal('ETERM');
    });

    it('after everything was told, even if the context is destroyed at once', async () => {
      const { events } = pull;
      await pull.bind(ANY);
      for (let i = 0; i < 100; i++) {
        const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
        await peer.write(Buffer.from('nonsense'));
        await peer.closed;
      }
      await context.destroy();
      expect(countTypes(await toTheEnd(events))).to.deep.equal({
        bind: 1,
        accept: 100,
        'handshake:error:protocol': 100,
        disconnect: 100,
        close: 1,
        end: 1,
      });
    });

    it('without holding whoever terminates, though their thread never reads them', async () => {
      const busy = new Int32Array(new SharedArrayBuffer(4));
      const thread = stage.thread(
        ({ Context, Pull }, line, { handle, busy }) => {
          const server = new Pull({ context: Context.attach(handle) });
          const { events } = server;
          server.bindSync('tcp://127.0.0.1:*');
          line.post(server.lastEndpoint);
          Atomics.wait(busy, 0, 0);
          server.close();
          line.post('closed');
          Atomics.wait(busy, 0, 1);
          const told: string[] = [];
          while (!events.closed) told.push(events.receiveSync().type);
          line.post(told.slice(-2));
        },
        { handle: context.handle, busy },
      );
      const endpoint = await thread.next<string>();
      for (let i = 0; i < 100; i++) {
        const peer = await WirePeer.connect(stage, endpoint);
        await peer.write(Buffer.from('nonsense'));
        await peer.closed;
      }
      const go = (): void => {
        Atomics.add(busy, 0, 1);
        Atomics.notify(busy, 0);
      };
      go();
      await thread.next();
      pull.close();
      push.close();
      await context.terminate();
      go();
      // What it could not be told any more is named.
      expect(await thread.next()).to.deep.equal(['unknown', 'end']);
    });
  });

  describe('keep the process alive', () => {
    it('while a call waits for one', async () => {
      const child = stage.process(async ({ Push }, line) => {
        const client = new Push({ linger: 0 });
        const { events } = client;
        client.connect('tcp://127.0.0.1:1');
        for (;;) if ((await events.receive()).type === 'connect:retry') break;
        line.post('told');
      });
      expect(await child.next()).to.equal('told');
      expect((await child.ended).code).to.equal(0);
    });

    it('while there are listeners', async () => {
      const child = stage.process(({ Push }, line) => {
        const client = new Push({ linger: 0 });
        const listener = (): void => {
          line.post('told');
          client.events.off('connect:retry', listener);
        };
        client.events.on('connect:retry', listener);
        client.connect('tcp://127.0.0.1:1');
      });
      expect(await child.next()).to.equal('told');
      expect((await child.ended).code).to.equal(0);
    });

    it('but not when it exits while another thread observes, and computes', async () => {
      const child = stage.process(async ({ context }) => {
        const { Worker } = await import('node:worker_threads');
        const source = `
          const { parentPort, workerData } = require('node:worker_threads');
          import(workerData.library).then(({ Context, Push }) => {
            const context = Context.attach(workerData.handle);
            const client = new Push({ context, linger: 0, reconnectInterval: 60_000 });
            const { events } = client;
            client.connect('tcp://127.0.0.1:1');
            while (events.receiveSync().type !== 'connect:retry');
            parentPort.postMessage('observes');
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
          });`;
        const library = process.env.LOOMWIRE_LIBRARY;
        const workerData = { handle: context.handle, library };
        const worker = new Worker(source, { eval: true, workerData });
        worker.once('message', () => process.exit(7));
      });
      expect(await child.ended).to.include({ code: 7, stderr: '' });
    });

    it('but not if nobody reads them', async () => {
      const child = stage.process(async ({ Pull }, line) => {
        const server = new Pull();
        await server.bind('tcp://127.0.0.1:*');
        line.post(server.events.closed);
      });
      expect(await child.next()).to.equal(false);
      expect((await child.ended).code).to.equal(0);
    });
  });
});

/** A peer's own address, as the other end is to name it. */
function addressOf({ socket }: WirePeer): string {
  return `${socket.localAddress}:${socket.localPort}`;
}
