import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Pull,
  Push,
  Stream,
  type Context,
  type EventOfType,
  type Observer,
} from '../../../src/index.js';
import { typesOf, upTo } from '../../support/events.js';
import { Performer } from '../../support/performer.js';
import { here, type End } from '../../support/places.js';
import { answer, SocksProxy } from '../../support/socks-proxy.js';
import { socksScenarios } from '../../support/socks-scenarios.js';
import { useTidyStage } from '../../support/stage.js';
import { greeting, ready, WireListener, type WirePeer } from '../../support/wire-peer.js';

/** Nobody is there, and nobody is asked: it is the proxy that would connect to it. */
const PEER = 'tcp://192.0.2.1:5555';
const REQUEST = Buffer.of(5, 1, 0, 1, 192, 0, 2, 1, 5555 >> 8, 5555 & 0xff);
const NO_AUTHENTICATION = Buffer.of(5, 0);
const GRANTED = answer(0);

/** What comes from something that is no proxy, or not a friendly one, and the code that an attempt then fails with. */
const OFFENCES: Readonly<Record<string, readonly [bytes: Buffer, code: string]>> = {
  'another version': [Buffer.of(4, 0), 'EPROTO'],
  HTTP: [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'EPROTO'],
  ZMTP: [greeting(), 'EPROTO'],
  'no method': [Buffer.of(5, 0xff), 'EACCES'],
  'a method that was not offered': [Buffer.of(5, 2), 'EPROTO'],
  'a reply of another version': [Buffer.concat([NO_AUTHENTICATION, Buffer.of(4)]), 'EPROTO'],
  'a reply with an address of no type': [
    Buffer.concat([NO_AUTHENTICATION, Buffer.of(5, 0, 0, 9)]),
    'EPROTO',
  ],
  'a refusal, and much behind it': [
    Buffer.concat([NO_AUTHENTICATION, answer(2), Buffer.alloc(100_000)]),
    'EACCES',
  ],
};

/** How far a proxy gets before it says no more. */
const BEGINNINGS: Readonly<Record<string, Buffer>> = {
  'before it says anything': Buffer.alloc(0),
  'in the middle of the method': NO_AUTHENTICATION.subarray(0, 1),
  'before its reply': NO_AUTHENTICATION,
  'in the middle of its reply': Buffer.concat([NO_AUTHENTICATION, GRANTED.subarray(0, 3)]),
  'in the last octet of its reply': Buffer.concat([NO_AUTHENTICATION, GRANTED.subarray(0, -1)]),
};

describe('A SOCKS proxy', () => {
  const stage = useTidyStage();
  let end: End;

  beforeEach(() => {
    end = here(new Performer({ context: stage.context, linger: 0 }));
  });

  socksScenarios(stage, () => ({ through: end, peer: end }));
});

describe('A socket that connects through a SOCKS proxy', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** A PUSH that connects through what is listened for here, whatever that may be. */
  async function through(options = {}): Promise<[WireListener, Push, Observer]> {
    const proxy = await WireListener.open(stage);
    const socksProxy = proxy.endpoint.slice('tcp://'.length);
    const push = new Push({ context, linger: 0, reconnectInterval: 1, socksProxy, ...options });
    const { events } = push;
    push.connect(PEER);
    return [proxy, push, events];
  }

  /** Is proxy and PULL in one, which speaks as soon as it may, and gives the message that it gets. */
  async function message(peer: WirePeer): Promise<string> {
    expect(await peer.read(3)).to.deep.equal(Buffer.of(5, 1, 0));
    await peer.write(NO_AUTHENTICATION);
    expect(await peer.read(REQUEST.length)).to.deep.equal(REQUEST);
    await peer.write(GRANTED, greeting(), ready('PULL'));
    await peer.read(greeting().length);
    await peer.readFrame();
    return String((await peer.readFrame()).body);
  }

  /** What the next attempt that fails does so with. */
  async function failureIn(events: Observer): Promise<string> {
    const { error } = (await upTo(events, 'close')).at(-1) as EventOfType<'close'>;
    expect(error!.errno).to.be.greaterThan(0);
    return error!.code;
  }

  for (const [name, [bytes, code]] of Object.entries(OFFENCES)) {
    it(`is told of ${name}, tries again, and disturbs nobody`, async () => {
      const [proxy, push, events] = await through();
      const pull = new Pull({ context });
      await pull.bind('tcp://127.0.0.1:*');
      const other = new Push({ context });
      other.connect(pull.lastEndpoint!);
      const offender = await proxy.accept();
      void offender.write(bytes);
      expect(await failureIn(events)).to.equal(code);
      await offender.closed;
      await push.send('hello');
      expect(await message(await proxy.accept())).to.equal('hello');
      await other.send('undisturbed');
      expect(String(await pull.receive())).to.equal('undisturbed');
    });
  }

  for (const [where, bytes] of Object.entries(BEGINNINGS)) {
    it(`tries again when the proxy closes the connection ${where}`, async () => {
      const [proxy, push, events] = await through();
      const first = await proxy.accept();
      await first.read(3);
      first.socket.end(bytes);
      expect(await failureIn(events)).to.equal('ECONNRESET');
      await push.send('hello');
      expect(await message(await proxy.accept())).to.equal('hello');
    });

    it(`tries again when the proxy resets the connection ${where}`, async () => {
      const [proxy, push, events] = await through();
      const first = await proxy.accept();
      await first.read(3);
      await first.write(bytes);
      first.reset();
      expect(await failureIn(events)).to.equal('ECONNRESET');
      await push.send('hello');
      expect(await message(await proxy.accept())).to.equal('hello');
    });

    for (const option of ['connectTimeout', 'handshakeInterval']) {
      it(`gives a proxy up after ${option} that falls silent ${where}`, async () => {
        const [proxy, , events] = await through({ [option]: 50 });
        for (let attempt = 0; attempt < 2; attempt++) {
          const silent = await proxy.accept();
          if (bytes.length > 0) void silent.write(bytes);
          expect(await failureIn(events)).to.equal('ETIMEDOUT');
          await silent.closed;
        }
      });
    }

    for (const immediate of [false, true]) {
      it(`can be closed while a proxy is silent ${where} (immediate: ${immediate})`, async () => {
        const [proxy, push, events] = await through({ immediate });
        const silent = await proxy.accept();
        await silent.write(bytes);
        push.close();
        await silent.closed;
        expect(typesOf(await upTo(events, 'end'))).to.deep.equal(['connect:delay', 'end']);
      });
    }
  }

  it('is not given up after connectTimeout or handshakeInterval when it is connected', async () => {
    const proxy = await SocksProxy.open(stage);
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const patience = 200;
    const push = new Push({
      context,
      socksProxy: proxy.address,
      connectTimeout: patience,
      handshakeInterval: patience,
    });
    const { events } = push;
    push.connect(pull.lastEndpoint!);
    await upTo(events, 'handshake');
    await pause(2 * patience);
    expect(events.tryReceive()).to.equal(undefined);
    await push.send('still here');
    expect(String(await pull.receive())).to.equal('still here');
  });

  for (const immediate of [false, true]) {
    it(`has events with the address of the proxy, connected only when that says so (immediate: ${immediate})`, async () => {
      const [proxy, push, events] = await through({ immediate });
      const first = await proxy.accept();
      await first.write(NO_AUTHENTICATION, answer(5));
      const failed = await upTo(events, 'connect:retry');
      expect(typesOf(failed)).to.deep.equal(['connect:delay', 'close', 'connect:retry']);
      const { error } = failed[1] as EventOfType<'close'>;
      expect(error).to.include({ code: 'ECONNREFUSED' });
      const second = await proxy.accept();
      await second.write(NO_AUTHENTICATION);
      await second.read(3 + REQUEST.length);
      expect(typesOf([await events.receive()])).to.deep.equal(['connect:delay']);
      expect(events.tryReceive()).to.equal(undefined);
      await second.write(GRANTED, greeting(), ready('PULL'));
      const succeeded = await upTo(events, 'handshake');
      expect(typesOf(succeeded)).to.deep.equal(['connect', 'handshake']);
      expect(succeeded[0]).to.include({ peerAddress: push.socksProxy });
      for (const event of [...failed, ...succeeded]) {
        expect(event).to.include({ address: proxy.endpoint });
      }
      // The endpoint is what was connected all the same.
      expect(push.lastEndpoint).to.equal(PEER);
      push.disconnect(PEER);
      await second.closed;
    });

    for (const who of ['the proxy is not there', 'the proxy says that the peer refuses'] as const) {
      it(`does not try again with reconnectStop 1 when ${who} (immediate: ${immediate})`, async () => {
        const socksProxy =
          who === 'the proxy is not there'
            ? (await stage.freeEndpoint()).slice('tcp://'.length)
            : (await SocksProxy.open(stage, { replies: [5] })).address;
        const push = new Push({ context, linger: 0, immediate, socksProxy, reconnectStop: 1 });
        const { events } = push;
        push.connect(PEER);
        expect(await failureIn(events)).to.equal('ECONNREFUSED');
        push.close();
        expect(typesOf(await upTo(events, 'end'))).to.deep.equal(['end']);
      });
    }
  }

  it('is connected through the proxy that was set last', async () => {
    const [one, other] = [await SocksProxy.open(stage), await SocksProxy.open(stage)];
    const names = { user: 'me', password: 'secret' };
    other.script.credentials = names;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context, socksProxy: one.address });
    const { events } = push;
    push.connect(pull.lastEndpoint!);
    await upTo(events, 'handshake');
    push.socksProxy = other.address;
    push.socksUsername = names.user;
    push.socksPassword = names.password;
    push.connect(pull.lastEndpoint!);
    await upTo(events, 'handshake');
    push.socksProxy = null;
    push.connect(pull.lastEndpoint!);
    await upTo(events, 'handshake');
    expect([one.clients.length, other.clients.length]).to.deep.equal([1, 1]);
    expect(other.requests[0]).to.include(names);
  });

  it('comes to the proxy, which may have a name, from the source that its endpoint says', async () => {
    const proxy = await SocksProxy.open(stage);
    const source = (await stage.freeEndpoint()).slice('tcp://'.length);
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const destination = pull.lastEndpoint!.slice('tcp://'.length);
    const socksProxy = proxy.address.replace('127.0.0.1', 'localhost');
    const push = new Push({ context, socksProxy });
    push.connect(`tcp://${source};${destination}`);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
    expect(proxy.clients).to.deep.equal([source]);
    expect(proxy.requests[0]).to.include({ type: 1, host: '127.0.0.1' });
  });

  it('has ipc and inproc without it', async () => {
    const socksProxy = (await stage.freeEndpoint()).slice('tcp://'.length);
    for (const transport of ['ipc', 'inproc'] as const) {
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context, socksProxy });
      push.connect(pull.lastEndpoint!);
      await push.send(transport);
      expect(String(await pull.receive())).to.equal(transport);
    }
  });

  it('binds without it', async () => {
    const socksProxy = (await stage.freeEndpoint()).slice('tcp://'.length);
    const pull = new Pull({ context, socksProxy });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
  });

  it('is STREAM, and hears what the peer says in the same packet as the proxy', async () => {
    const proxy = await WireListener.open(stage);
    const stream = new Stream({ context, socksProxy: proxy.endpoint.slice('tcp://'.length) });
    stream.connect(PEER, { routingId: 'peer' });
    await stream.send(['peer', 'hello']);
    const peer = await proxy.accept();
    await peer.write(NO_AUTHENTICATION);
    await peer.read(3 + REQUEST.length);
    await peer.write(GRANTED, Buffer.from('welcome'));
    expect(String(await peer.read(5))).to.equal('hello');
    expect((await stream.receive()).map(String)).to.deep.equal(['peer', '']);
    expect((await stream.receive()).map(String)).to.deep.equal(['peer', 'welcome']);
  });
});
