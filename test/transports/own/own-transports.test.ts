import { expect } from 'chai';
import { BroadcastChannel, type Worker } from 'node:worker_threads';
import {
  Context,
  Pull,
  Push,
  register,
  Reply,
  Request,
  Stream,
  TRANSPORT,
  ZmqError,
  type Event,
  type Transport,
} from '../../../src/index.js';
import { coreOf } from '../../../src/runtime/context/context.js';
import { body } from '../../support/bodies.js';
import { upTo } from '../../support/events.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { portOf, useTidyStage } from '../../support/stage.js';
import { placeOf } from './place.js';
import { startRelay } from './relay.js';

const half = (name: string): URL => new URL(`./${name}.js`, import.meta.url);

const OVER_TCP = half('over-tcp');
const NOWHERE = half('nowhere').href;
const SOON = { reconnectInterval: 10 };

/** As both of the transports that listen at ports have them. */
const PORTS: Pick<Transport, 'check' | 'isWildcard'> = {
  check(address, role) {
    const { port } = placeOf(address);
    if (role === 'connect' && port === 0) throw new ZmqError('EINVAL', { message: 'Where to?' });
  },
  isWildcard: (address) => placeOf(address).port === 0,
};

/** Of these tests alone, since nothing that was registered is ever taken back. */
const REGISTERED: readonly Transport[] = [
  { scheme: 'own', module: NOWHERE },
  // The last one counts.
  { scheme: 'own', module: OVER_TCP, ...PORTS },
  { scheme: 'tls', module: half('over-tls'), ...PORTS },
  { scheme: 'tls-untrusted', module: `${half('over-tls').href}?trust=nobody` },
  { scheme: 'plain', module: OVER_TCP },
  { scheme: 'hanging', module: half('hanging') },
  { scheme: 'strange', module: half('strange') },
  { scheme: 'nowhere', module: NOWHERE },
  { scheme: 'nonsense', module: 'data:text/javascript,export default { connect: 5 }' },
  { scheme: 'broken', module: 'data:text/javascript,throw new Error("Broken from the start")' },
];

async function nextOf<Type extends Event['type']>(
  socket: Push | Pull | Request | Reply,
  type: Type,
): Promise<Extract<Event, { type: Type }>> {
  return (await upTo(socket.events, type)).at(-1) as Extract<Event, { type: Type }>;
}

describe('A transport of one’s own', () => {
  const stage = useTidyStage();

  before(() => {
    for (const transport of REGISTERED) register(TRANSPORT, () => transport);
  });

  for (const scheme of ['own', 'tls'] as const) {
    describe(`over ${scheme === 'own' ? 'a socket of node:net' : 'TLS'}`, () => {
      const WILDCARD = `${scheme}://127.0.0.1:*`;

      it('carries requests and replies', async () => {
        const { context } = stage;
        const [request, reply] = [new Request({ context }), new Reply({ context })];
        await reply.bind(WILDCARD);
        expect(reply.lastEndpoint).to.match(new RegExp(`^${scheme}://127\\.0\\.0\\.1:[1-9]\\d*$`));
        request.connect(reply.lastEndpoint!);
        for (let i = 0; i < 10; i++) {
          await request.send(['question', `${i}`]);
          expect((await reply.receive()).map(String)).to.deep.equal(['question', `${i}`]);
          await reply.send(`answer ${i}`);
          expect((await request.receive()).map(String)).to.deep.equal([`answer ${i}`]);
        }
      });

      it('carries messages of all sizes, in order, to who reads slowly', async () => {
        const { context } = stage;
        const pull = new Pull({ context, receiveHighWaterMark: 2 });
        const push = new Push({ context, sendHighWaterMark: 2 });
        pull.bindSync(WILDCARD);
        push.connect(pull.lastEndpoint!);
        const sizes = [0, 1, 255, 256, 65_535, 65_536, 300_000, 5_000_000];
        const bodies = Array.from({ length: 40 }, (_, i) => body(sizes[i % sizes.length]!, i));
        const sent = (async () => {
          for (const each of bodies) await push.send([each, 'and more']);
        })();
        for (const [i, each] of bodies.entries()) {
          const [first, second] = await pull.receive();
          expect(first!.equals(each), `body ${i}`).to.equal(true);
          expect(String(second)).to.equal('and more');
        }
        await sent;
      });

      it('connects again when a connection is lost, and to who comes late', async () => {
        const { context } = stage;
        const pull = new Pull({ context });
        await pull.bind(WILDCARD);
        const relay = await startRelay(stage, portOf(pull.lastEndpoint));
        const push = new Push({ context, ...SOON });
        const { events } = push;
        push.connect(`${scheme}://127.0.0.1:${relay.port}`);
        for (let life = 0; life < 3; life++) {
          expect((await upTo(events, 'handshake')).at(-2)).to.include({
            type: 'connect',
            peerAddress: `127.0.0.1:${relay.port}`,
          });
          await push.send(`in life ${life}`);
          expect(String(await pull.receive())).to.equal(`in life ${life}`);
          relay.cut();
          await upTo(events, 'disconnect');
        }
        const late = `${scheme}://127.0.0.1:${portOf(await stage.freeEndpoint())}`;
        const early = new Push({ context, ...SOON });
        early.connect(late);
        await early.send('early');
        const { error } = await nextOf(early, 'close');
        expect(error).to.have.property('code', 'ECONNREFUSED');
        await pull.bind(late);
        expect(String(await pull.receive())).to.equal('early');
      });

      it('is unbound: by lastEndpoint alone if a part of it was open', async () => {
        const { context } = stage;
        const pull = new Pull({ context });
        await pull.bind(WILDCARD);
        const bound = pull.lastEndpoint!;
        const push = new Push({ context, ...SOON });
        const lost = nextOf(push, 'disconnect');
        push.connect(bound);
        await push.send('before');
        expect(String(await pull.receive())).to.equal('before');
        failureNow('ENOENT', () => pull.unbindSync(WILDCARD));
        await pull.unbind(bound);
        await lost;
        await pull.bind(bound);
        expect(pull.lastEndpoint).to.equal(bound);
        await push.send('after');
        expect(String(await pull.receive())).to.equal('after');
        await pull.unbind(bound);
        failureNow('ENOENT', () => pull.unbindSync(bound));
      });

      it('is refused by the call that names what is no address, or is taken', async () => {
        const { context } = stage;
        const [pull, push] = [new Pull({ context }), new Push({ context })];
        const wrong = `${scheme}://here`;
        const { address, message, cause } = await failure('EINVAL', () => pull.bind(wrong));
        expect({ address, message }).to.deep.equal({
          ...{ address: wrong, message: 'here is not host:port' },
        });
        expect(cause).to.have.property('message', 'here is not host:port');
        failureNow('EINVAL', () => push.connect(wrong));
        expect(failureNow('EINVAL', () => push.connect(WILDCARD)).message).to.equal('Where to?');
        await pull.bind(WILDCARD);
        const bound = pull.lastEndpoint!;
        const taken = await failure('EADDRINUSE', () => pull.bind(bound));
        expect(taken.address).to.equal(bound);
      });

      it('serves a socket that sends only to connections that stand', async () => {
        const { context } = stage;
        const pull = new Pull({ context });
        await pull.bind(WILDCARD);
        const relay = await startRelay(stage, portOf(pull.lastEndpoint));
        const push = new Push({ context, immediate: true, ...SOON });
        const { events } = push;
        push.connect(`${scheme}://127.0.0.1:${relay.port}`);
        for (let life = 0; life < 2; life++) {
          // What is sent before goes with the last connection, if nobody has heard yet that it is lost.
          await upTo(events, 'handshake');
          await push.send(`in life ${life}`);
          expect(String(await pull.receive())).to.equal(`in life ${life}`);
          relay.cut();
          await upTo(events, 'disconnect');
        }
      });

      it('is served on when the I/O worker has died', async () => {
        const workers: Worker[] = [];
        const started = (worker: Worker): void => void workers.push(worker);
        process.on('worker', started);
        stage.atEnd(() => process.off('worker', started));
        const { context } = stage;
        const pull = new Pull({ context });
        const push = new Push({ context, ...SOON });
        const immediate = new Push({ context, immediate: true, ...SOON });
        await pull.bind(WILDCARD);
        for (const socket of [push, immediate]) socket.connect(pull.lastEndpoint!);
        for (let death = 0; death < 2; death++) {
          for (const socket of [push, immediate]) {
            await socket.send('alive');
            expect(String(await pull.receive())).to.equal('alive');
          }
          const [id] = coreOf(context).ioThreadIds();
          await workers.find(({ threadId }) => threadId === id)!.terminate();
        }
        await push.send('at last');
        expect(String(await pull.receive())).to.equal('at last');
      });

      it('is for threads that have registered it', async () => {
        const { context } = stage;
        const pull = new Pull({ context });
        await pull.bind(WILDCARD);
        const thread = stage.thread(
          async (
            { Context, Push, register, TRANSPORT },
            line,
            {
              handle,
              endpoint,
              module,
            }: { handle: SharedArrayBuffer; endpoint: string; module: string },
          ) => {
            const push = new Push({ context: Context.attach(handle) });
            try {
              push.connect(endpoint);
            } catch (error) {
              line.post((error as { code: string }).code);
            }
            register(TRANSPORT, () => ({ scheme: endpoint.split(':')[0]!, module }));
            push.connect(endpoint);
            await push.send('from a thread');
            await line.next();
            push.close();
          },
          {
            handle: context.handle,
            endpoint: pull.lastEndpoint!,
            module: half(`over-${scheme === 'own' ? 'tcp' : scheme}`).href,
          },
        );
        expect(await thread.next()).to.equal('EPROTONOSUPPORT');
        expect(String(await pull.receive())).to.equal('from a thread');
        thread.post('end');
        await thread.ended;
      });
    });
  }

  it('carries plain bytes, for a STREAM', async () => {
    const { context } = stage;
    const [server, client] = [new Stream({ context }), new Stream({ context })];
    await server.bind('tls://127.0.0.1:*');
    client.connect(server.lastEndpoint!);
    const [ours, opened] = await client.receive();
    const [theirs] = await server.receive();
    expect(opened).to.have.length(0);
    const large = body(200_000, 1);
    await client.send([ours, large]);
    let arrived = Buffer.alloc(0);
    while (arrived.length < large.length) {
      const [id, bytes] = await server.receive();
      expect(id.equals(theirs)).to.equal(true);
      arrived = Buffer.concat([arrived, bytes]);
    }
    expect(arrived.equals(large)).to.equal(true);
    // An empty message closes the connection, and both are told.
    await server.send([theirs, '']);
    expect((await client.receive())[1]).to.have.length(0);
  });

  it('does not connect to who is not trusted, and tells why', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tls://127.0.0.1:*');
    const push = new Push({ context, ...SOON });
    const failed = nextOf(pull, 'accept:error');
    const { events } = push;
    push.connect(pull.lastEndpoint!.replace('tls', 'tls-untrusted'));
    expect((await upTo(events, 'close')).at(-1))
      .to.have.property('error')
      .that.has.property('code', 'DEPTH_ZERO_SELF_SIGNED_CERT');
    await upTo(events, 'connect:retry');
    // Whoever does not speak TLS at all is news for the listener.
    const stranger = await stage.tcp(pull.lastEndpoint!.replace('tls', 'tcp'));
    stranger.end('Who is there?');
    expect((await failed).error)
      .to.have.property('code')
      .that.matches(/^E/);
  });

  it('whose module cannot be used is EPROTONOSUPPORT for a bind, and an event for a connect', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const push = new Push({ context, ...SOON });
    for (const [scheme, why] of [
      ['nowhere', NOWHERE],
      ['nonsense', 'its default export has no connect and listen'],
      ['broken', 'Broken from the start'],
    ] as const) {
      const refused = await failure('EPROTONOSUPPORT', () => pull.bind(`${scheme}://x`));
      expect(refused.message).to.include('cannot be used').and.to.include(why);
      expect(refused.address).to.equal(`${scheme}://x`);
      failureNow('EPROTONOSUPPORT', () => pull.bindSync(`${scheme}://x`));
      push.connect(`${scheme}://x`);
      for (let attempt = 0; attempt < 2; attempt++) {
        // One more attempt at the endpoint before may have been under way when that was left.
        let closed;
        do closed = await nextOf(push, 'close');
        while (closed.address !== `${scheme}://x`);
        const { error } = closed;
        expect(error).to.have.property('code', 'EPROTONOSUPPORT');
        expect(error).to.have.property('message').that.includes(why);
        await nextOf(push, 'connect:retry');
      }
      push.disconnect(`${scheme}://x`);
    }
  });

  it('may do what it should not: that costs its own endpoint', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const thrown = await failure('EINVAL', () => pull.bind('strange://throws'));
    expect(thrown.message).to.equal('Not today');
    await failure('EACCES', () => pull.bind('strange://rejects'));
    const nothing = await failure('EPROTONOSUPPORT', () => pull.bind('strange://nothing'));
    expect(nothing.message).to.include('its listen gave no address and close');
    const { events } = pull;
    await pull.bind('strange://bound');
    expect(pull.lastEndpoint).to.equal('strange://bound');
    const accepted = await upTo(events, 'handshake:error:other');
    const failed = accepted.flatMap((event) =>
      event.type === 'accept:error' ? [event.error.message] : [],
    );
    expect(failed).to.have.length(2);
    expect(failed[0]).to.include('it accepted what is no stream');
    expect(failed[1]).to.equal('no error');
    const closed = nextOf(pull, 'close:error');
    await pull.unbind('strange://bound');
    expect((await closed).error.message).to.equal('It does not close');

    for (const [address, why] of [
      ['throws', 'Not today'],
      ['nothing', 'its connect gave no stream'],
    ] as const) {
      const push = new Push({ context, ...SOON });
      push.connect(`strange://${address}`);
      const { error } = await nextOf(push, 'close');
      expect(error).to.have.property('message').that.includes(why);
      await nextOf(push, 'connect:retry');
      push.close();
    }
    const push = new Push({ context, ...SOON });
    push.connect('strange://text');
    const { error } = await nextOf(push, 'disconnect');
    expect(error).to.have.property('message', 'A connection must be a stream of bytes');
    push.close();
    const deaf = new Push({ context, handshakeInterval: 20, ...SOON });
    deaf.connect('strange://deaf');
    expect((await nextOf(deaf, 'handshake:error:other')).error).to.have.property('code', 'EAGAIN');
    deaf.close(0);
    // All that while the worker is there for others.
    await pull.bind('own://127.0.0.1:*');
    const other = new Push({ context });
    other.connect(pull.lastEndpoint!);
    await other.send('still there');
    expect(String(await pull.receive())).to.equal('still there');
  });

  it('is told when nobody waits for a connection any more, and may be late', async () => {
    const heard = new BroadcastChannel('loomwire-test-hanging');
    stage.atEnd(() => heard.close());
    const { context } = stage;
    const told: unknown[] = [];
    let news: (() => void) | undefined;
    heard.onmessage = ({ data }) => {
      told.push(data);
      news?.();
    };
    const until = async (address: string, what: string): Promise<void> => {
      const is = (one: unknown): boolean => String(one) === `${address},${what}`;
      while (!told.some(is)) await new Promise<void>((resolve) => (news = resolve));
    };
    const push = new Push({ context });
    push.connect('hanging://left');
    await until('left', 'begun');
    push.disconnect('hanging://left');
    await until('left', 'destroyed');
    const limited = new Push({ context, connectTimeout: 20, reconnectInterval: 60_000 });
    const late = nextOf(limited, 'close');
    limited.connect('hanging://late');
    const { error } = await late;
    expect(error).to.have.property('code', 'ETIMEDOUT');
    await until('late', 'destroyed');
    const immediate = new Push({ context, immediate: true });
    immediate.connect('hanging://immediate');
    await until('immediate', 'begun');
    immediate.close();
    await until('immediate', 'destroyed');
    expect(told.map(String).filter((text) => text.startsWith('left'))).to.deep.equal([
      ...['left,begun', 'left,aborted', 'left,destroyed'],
    ]);
  });

  it('takes the place of one of ours, but not of inproc', async () => {
    const thread = stage.thread(
      async ({ Context, Pull, Push, register, TRANSPORT }, line, module: string) => {
        const context = new Context({ arenaSize: 2 ** 26 });
        const ours = new Pull({ context });
        await ours.bind('tcp://127.0.0.1:*');
        const [pull, push] = [new Pull({ context }), new Push({ context })];
        // It knows nothing of wildcards.
        register(TRANSPORT, () => ({ scheme: 'tcp', module }));
        await pull.bind('tcp://127.0.0.1:*');
        push.connect(pull.lastEndpoint!);
        await push.send('by another way');
        line.post(String(await pull.receive()));
        await pull.unbind('tcp://127.0.0.1:*');
        // What was bound before stays what it was.
        await ours.unbind(ours.lastEndpoint!);
        for (const wrong of [{ scheme: 'inproc', module }, { scheme: 'x' }, { module }, null]) {
          register(TRANSPORT, () => wrong as never);
          await pull.bind('inproc://x');
          await pull.unbind('inproc://x');
          await pull.bind('ipc://*').catch((error: unknown) => line.post((error as Error).name));
        }
        await context.destroy({ linger: 0 });
      },
      OVER_TCP.href,
    );
    expect(await thread.next()).to.equal('by another way');
    for (let i = 0; i < 4; i++) expect(await thread.next()).to.equal('TypeError');
    await thread.ended;
  });

  it('is loaded with its first endpoint, and costs nothing before', async () => {
    const other = stage.process(async ({ Context, Pull, Push, register, TRANSPORT }, line) => {
      const text = 'console.error("loaded")';
      let made = 0;
      register(TRANSPORT, () => {
        made++;
        return { scheme: 'costly', module: `data:text/javascript,${text}` };
      });
      const context = new Context({ arenaSize: 2 ** 26 });
      const [pull, push] = [new Pull({ context }), new Push({ context })];
      await pull.bind('inproc://here');
      line.post(made);
      await pull.bind('tcp://127.0.0.1:*');
      push.connect(pull.lastEndpoint!);
      await push.send('');
      await pull.receive();
      console.error('not loaded so far');
      const { events } = push;
      push.connect('costly://x');
      while ((await events.receive()).type !== 'connect:retry');
      line.post(made);
      await context.destroy({ linger: 0 });
    });
    expect(await other.next()).to.equal(0);
    expect(await other.next()).to.equal(1);
    const { stderr } = await other.ended;
    expect(stderr).to.match(/^not loaded so far\nloaded\n/);
    // Said once, though it was tried again.
    expect(stderr.match(/\[LOOMWIRE_TRANSPORT\] Warning: The transport data:/g)).to.have.length(1);
  });

  it('without a check has any address, and without wildcards is unbound by what was bound', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    const wildcard = 'plain://127.0.0.1:*';
    await pull.bind(wildcard);
    await pull.unbind(wildcard);
    // Nobody objects before the I/O worker does.
    const refused = await failure('EINVAL', () => pull.bind('plain://here'));
    expect(refused.message).to.equal('here is not host:port');
  });

  it('is in its own context what it is in another', async () => {
    const [one, other] = [stage.newContext(), stage.newContext({ ioThreads: 0 })];
    const pull = new Pull({ context: one });
    await pull.bind('own://127.0.0.1:*');
    await failure('EMTHREAD', () => new Pull({ context: other }).bind('own://127.0.0.1:*'));
    expect(one).to.be.instanceOf(Context);
  });
});
