import { expect } from 'chai';
import fc from 'fast-check';
import {
  Dealer,
  Pull,
  Push,
  Router,
  Subscriber,
  XPublisher,
  type Context,
} from '../../src/index.js';
import { typesOf, upTo } from '../support/events.js';
import { failureNow } from '../support/expect-error.js';
import { PATTERNS } from '../support/patterns.js';
import { Performer } from '../support/performer.js';
import { here } from '../support/places.js';
import { useTidyStage } from '../support/stage.js';
import { command, frame, greeting, ping, ready, WirePeer } from '../support/wire-peer.js';
import { listen, text } from './both-ends.js';

const WIRES = ['ipc', 'tcp'] as const;

describe('As libzmq’s own tests show of what goes over a wire', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('heartbeats: a TTL of 6,553,599 ms is taken, and one of 6,553,600 refused', () => {
    const dealer = new Dealer({ context, heartbeatTimeToLive: 6_553_599 });
    expect(dealer.heartbeatTimeToLive).to.equal(6_553_599);
    failureNow('EINVAL', () => (dealer.heartbeatTimeToLive = 6_553_600));
    expect(dealer.heartbeatTimeToLive).to.equal(6_553_599);
  });

  for (const transport of WIRES) {
    describe(`over ${transport}`, () => {
      for (const [form, subscribe, cancel] of [
        ['as commands', command('SUBSCRIBE', 'A'), command('CANCEL', 'A')],
        ['as messages', frame('\x01A'), frame('\x00A')],
      ] as const) {
        it(`mock_pub_sub: subscriptions ${form} are the same to an XPUB that binds`, async () => {
          const publisher = new XPublisher({ context });
          await publisher.bind(stage.wildcard(transport));
          const peer = await WirePeer.connect(stage, publisher.lastEndpoint!);
          await peer.write(greeting(), ready('SUB'), subscribe);
          expect(text(await publisher.receive())).to.equal('\x01A');
          await publisher.send('ALOL');
          await peer.write(cancel);
          expect(text(await publisher.receive())).to.equal('\x00A');
        });

        it(`mock_pub_sub: subscriptions ${form} are the same to an XPUB that connects`, async () => {
          const listener = await listen(stage, transport);
          const publisher = new XPublisher({ context });
          publisher.connect(listener.endpoint);
          const peer = await listener.accept();
          await peer.write(greeting(), ready('XSUB'), subscribe);
          expect(text(await publisher.receive())).to.equal('\x01A');
          await peer.write(cancel);
          expect(text(await publisher.receive())).to.equal('\x00A');
        });
      }

      it('mock_pub_sub: a SUB hears a publisher that says no more than it must', async () => {
        const subscriber = new Subscriber({ context });
        await subscriber.bind(stage.wildcard(transport));
        subscriber.subscribe('A');
        const peer = await WirePeer.connect(stage, subscriber.lastEndpoint!);
        await peer.write(greeting(), ready('PUB'), frame('B no'), frame('ALOL'));
        expect(text(await subscriber.receive())).to.equal('ALOL');
      });

      it('stream_timeout: a peer that does not shake hands in time is shown the door', async () => {
        const pull = new Pull({ context, handshakeInterval: 50 });
        await pull.bind(stage.wildcard(transport));
        const { events } = pull;
        const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
        await peer.write(greeting().subarray(0, 20));
        await peer.closed;
        await upTo(events, 'handshake:error:other');
      });

      it('stream_timeout: a listener that does not shake hands in time is left, and tried again', async () => {
        const listener = await listen(stage, transport);
        const push = new Push({
          context,
          handshakeInterval: 50,
          reconnectInterval: 1,
          linger: 0,
        });
        push.connect(listener.endpoint);
        const first = await listener.accept();
        await first.closed;
        await listener.accept();
      });

      it('security_null: two peers without more are joined; a mechanism that nobody offers is refused', async () => {
        const pull = new Pull({ context });
        await pull.bind(stage.wildcard(transport));
        const { events } = pull;
        const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
        await stranger.write(greeting({ mechanism: 'PLAIN' }));
        await stranger.closed;
        await upTo(events, 'handshake:error:protocol');
        const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
        await peer.write(greeting(), ready('PUSH'), frame('welcome'));
        expect(text(await pull.receive())).to.equal('welcome');
      });

      it('heartbeats: a peer that has fallen silent is given up', async () => {
        const router = new Router({ context, heartbeatInterval: 30, heartbeatTimeout: 60 });
        await router.bind(stage.wildcard(transport));
        const { events } = router;
        const peer = await WirePeer.connect(stage, router.lastEndpoint!);
        await peer.write(greeting(), ready('DEALER'));
        await upTo(events, 'handshake');
        await peer.closed;
        await upTo(events, 'disconnect');
      });

      it('heartbeats: a PING is answered with its context', async () => {
        const router = new Router({ context });
        await router.bind(stage.wildcard(transport));
        const peer = await WirePeer.connect(stage, router.lastEndpoint!);
        await peer.write(greeting(), ready('DEALER'), ping('LOL'));
        const answer = command('PONG', 'LOL');
        await peer.read(64);
        let heard: Buffer = Buffer.alloc(0);
        while (!heard.includes(answer)) heard = Buffer.concat([heard, await peer.read(1)]);
      });

      it('heartbeats: peers that have them lose nothing', async () => {
        const options = { context, heartbeatInterval: 5, heartbeatTimeout: 30_000 };
        const router = new Router(options);
        await router.bind(stage.wildcard(transport));
        const dealer = new Dealer({ ...options, routingId: 'X' });
        dealer.connect(router.lastEndpoint!);
        for (let i = 0; i < 200; i++) {
          await dealer.send(`${i}`);
          expect(text(await router.receive())).to.equal(`X|${i}`);
          await router.send(['X', `${i}`]);
          expect(text(await dealer.receive())).to.equal(`${i}`);
        }
      });

      for (const pattern of PATTERNS) {
        it(`heartbeats: ${pattern.name} that have them lose nothing`, async () => {
          const heartbeats = { heartbeatInterval: 5, heartbeatTimeToLive: 30_000 };
          const common = { context, linger: 0, ...heartbeats, heartbeatTimeout: 30_000 };
          const end = here(new Performer(common));
          const [first, second] = [
            await end.open(pattern.types[0], pattern.options?.[0]),
            await end.open(pattern.types[1], pattern.options?.[1]),
          ];
          await second.connect(await first.bind(stage.wildcard(transport)));
          const ways = await pattern.ways(first, second);
          for (let i = 0; i < 100; i++) {
            for (const way of ways) {
              await way.send('await', `${i}`);
              expect(text(await way.receive('await'))).to.equal(`${i}`);
            }
          }
        });
      }

      it('monitor: what happens to a listener and to a connecter is told in order', async () => {
        const [pull, push] = [new Pull({ context }), new Push({ context })];
        const [here, there] = [pull.events, push.events];
        await pull.bind(stage.wildcard(transport));
        push.connect(pull.lastEndpoint!);
        expect(typesOf(await upTo(here, 'handshake'))).to.deep.equal([
          'bind',
          'accept',
          'handshake',
        ]);
        expect(
          typesOf(await upTo(there, 'handshake')).filter((type) => type !== 'connect:delay'),
        ).to.deep.equal(['connect', 'handshake']);
        push.close();
        expect(typesOf(await upTo(here, 'disconnect'))).to.deep.equal(['disconnect']);
      });

      for (const role of ['listener', 'connecter'] as const) {
        it(`fuzzers: whatever bytes come to a ${role}, it stands, and serves who comes next`, async () => {
          await fc.assert(
            fc.asyncProperty(noise(), async (bytes) => {
              const pull = new Pull({ context, linger: 0, reconnectInterval: 1 });
              let peer: WirePeer;
              if (role === 'listener') {
                await pull.bind(stage.wildcard(transport));
                peer = await WirePeer.connect(stage, pull.lastEndpoint!);
              } else {
                const listener = await listen(stage, transport);
                pull.connect(listener.endpoint);
                peer = await listener.accept();
              }
              await peer.write(bytes);
              peer.socket.destroy();
              await peer.closed;
              const push = new Push({ context });
              const endpoint = role === 'listener' ? pull.lastEndpoint! : stage.wildcard(transport);
              if (role === 'listener') push.connect(endpoint);
              else {
                await push.bind(endpoint);
                pull.connect(push.lastEndpoint!);
              }
              await push.send('sane');
              // What came before may have been a message, by chance or because it began as one.
              while (text(await pull.receive()) !== 'sane');
              push.close();
              pull.close();
            }),
            { numRuns: 40 },
          );
        });
      }
    });
  }
});

/** Random bytes, and conversations with some bytes changed or cut off. */
function noise(): fc.Arbitrary<Uint8Array> {
  const conversation = Buffer.concat([greeting(), ready('PUSH'), frame('message'), ping('x')]);
  const mutated = fc
    .array(fc.tuple(fc.nat(conversation.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const bytes = Buffer.from(conversation);
      for (const [at, value] of changes) bytes[at] = value;
      return new Uint8Array(bytes);
    });
  const cut = fc
    .nat(conversation.length)
    .map((length) => new Uint8Array(conversation.subarray(0, length)));
  return fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 300 }), mutated, cut);
}
