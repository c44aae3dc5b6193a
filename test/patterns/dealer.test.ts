import { expect } from 'chai';
import { Dealer, Reply, Request, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage, type Transport } from '../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('DEALER', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('deals messages out to its peers in turn', async () => {
        const dealer = new Dealer({ context });
        const peers: Dealer[] = [];
        for (let i = 0; i < 3; i++) {
          const peer = new Dealer({ context });
          await peer.bind(stage.wildcard(transport));
          dealer.connect(peer.lastEndpoint!);
          peers.push(peer);
        }
        for (let i = 0; i < 30; i++) await dealer.send(String(i));
        for (const peer of peers) {
          const first = Number(String((await peer.receive())[0]));
          for (let i = 1; i < 10; i++) {
            expect(String((await peer.receive())[0])).to.equal(String(first + 3 * i));
          }
        }
      });

      it('takes messages from its peers in turn, and sends and receives in any order', async () => {
        const dealer = new Dealer({ context });
        await dealer.bind(stage.wildcard(transport));
        const peers = [new Dealer({ context }), new Dealer({ context })];
        for (const peer of peers) {
          peer.connect(dealer.lastEndpoint!);
          await peer.send('hello');
          expect(String((await dealer.receive())[0])).to.equal('hello');
        }
        for (const [n, peer] of peers.entries()) {
          for (let i = 0; i < 10; i++) await peer.send(String(n));
        }
        await dealer.send('one');
        await dealer.send('other');
        const heard: string[] = [];
        for (let i = 0; i < 20; i++) heard.push(String((await dealer.receive())[0]));
        expect(heard.filter((one) => one === '0')).to.have.lengthOf(10);
        if (transport === 'inproc') expect(heard).to.deep.equal(heard.map((_, i) => heard[i % 2]));
        const said = [
          String((await peers[0]!.receive())[0]),
          String((await peers[1]!.receive())[0]),
        ];
        expect(said.sort()).to.deep.equal(['one', 'other']);
      });

      it('asks a REP with an empty part in front, as many questions as it likes', async () => {
        const reply = new Reply({ context });
        await reply.bind(stage.wildcard(transport));
        const dealer = new Dealer({ context });
        dealer.connect(reply.lastEndpoint!);
        for (let i = 0; i < 3; i++) await dealer.send(['', `question ${i}`]);
        for (let i = 0; i < 3; i++) {
          expect(String((await reply.receive())[0])).to.equal(`question ${i}`);
          await reply.send(`answer ${i}`);
        }
        for (let i = 0; i < 3; i++) {
          expect((await dealer.receive()).map(String)).to.deep.equal(['', `answer ${i}`]);
        }
      });
    });
  }

  it('and REQ wait without a peer, and for room at a full one', async () => {
    const dealer = new Dealer({ context, sendTimeout: 0 });
    const request = new Request({ context, sendTimeout: 0 });
    for (const socket of [dealer, request]) {
      await failure('EAGAIN', () => socket.send('nobody'));
      failureNow('EAGAIN', () => socket.sendSync('nobody'));
      expect(socket.trySend('nobody')).to.equal(false);
      expect(socket.writable).to.equal(false);
    }
    const peer = new Dealer({ context, receiveHighWaterMark: 1 });
    await peer.bind(stage.inproc());
    const one = new Dealer({ context, sendHighWaterMark: 1 });
    one.connect(peer.lastEndpoint!);
    await one.send('0');
    await one.send('1');
    expect(one.trySend('no')).to.equal(false);
    const waiting = one.send('2');
    for (let i = 0; i < 3; i++) expect(String((await peer.receive())[0])).to.equal(String(i));
    await waiting;
  });

  it('keeps exactly 1000 messages for an endpoint where nobody listens', async () => {
    const dealer = new Dealer({ context, linger: 0 });
    dealer.connect(await stage.freeEndpoint());
    let count = 0;
    while (count < 5000 && dealer.trySend('message')) count++;
    expect(count).to.equal(1000);
  });

  it('can send no more to an endpoint that was unbound or disconnected', async () => {
    const peer = new Dealer({ context });
    await peer.bind('tcp://127.0.0.1:*');
    const endpoint = peer.lastEndpoint!;
    const dealer = new Dealer({ context, linger: 0 });
    dealer.connect(endpoint);
    await dealer.send('hello');
    await peer.receive();
    await peer.unbind(endpoint);
    expect(peer.trySend('nobody')).to.equal(false);
    dealer.disconnect(endpoint);
    expect(dealer.trySend('nobody')).to.equal(false);
    await failure('ENOENT', () => peer.unbind(endpoint));
    failureNow('ENOENT', () => dealer.disconnect(endpoint));
  });

  it('has the options that it needs, and no others', () => {
    const options = { sendHighWaterMark: 5, receiveHighWaterMark: 6, routingId: 'me', linger: 3 };
    expect(new Dealer({ context, ...options })).to.deep.include({ ...options, type: 5 });
    expect(() => new Dealer({ context, nonsense: 1 } as object)).to.throw(TypeError);
    failureNow('EINVAL', () => new Dealer({ context, routingId: '' }));
    expect(() => new Dealer({ context, routingId: 5 } as object)).to.throw(TypeError);
  });
});
