import { expect } from 'chai';
import type { Context } from '../../../src/index.js';
import { Peer, Server } from '../../../src/draft.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { useTidyStage, type Transport } from '../../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('PEER', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(transport: Transport, options = {}): Promise<Peer> {
    const peer = new Peer({ context, ...options });
    await peer.bind(stage.wildcard(transport));
    return peer;
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('can send at once to whom it connects to, by the number that it is answered', async () => {
        const others = [await bound(transport), await bound(transport)];
        const peer = new Peer({ context });
        const ids = others.map((other) => peer.connectPeer(other.lastEndpoint!));
        expect(ids[0]).to.not.equal(ids[1]);
        for (const i of [1, 0]) {
          await peer.send(`to ${i}`, { routingId: ids[i]! });
          const [question, from] = await others[i]!.receive();
          expect(String(question)).to.equal(`to ${i}`);
          await others[i]!.send(`from ${i}`, from);
          const [answer, { routingId }] = await peer.receive();
          expect(String(answer)).to.equal(`from ${i}`);
          expect(routingId).to.equal(ids[i]);
        }
      });

      it('can send before anybody is there', async () => {
        const endpoint = await stage.agreed(transport);
        const early = new Peer({ context, reconnectInterval: 1 });
        await early.send('early', { routingId: early.connectPeer(endpoint) });
        const late = new Peer({ context });
        await late.bind(endpoint);
        expect(String((await late.receive())[0])).to.equal('early');
      });

      it('answers those who connect to it, each by a number of its own', async () => {
        const peer = await bound(transport);
        const others = [1, 2, 3].map(() => new Peer({ context }));
        for (const [i, other] of others.entries()) {
          const routingId = other.connectPeer(peer.lastEndpoint!);
          await other.send(`from ${i}`, { routingId });
        }
        const numbers = new Set<number>();
        for (let i = 0; i < 3; i++) {
          const [body, from] = await peer.receive();
          numbers.add(from.routingId);
          await peer.send(`re ${String(body)}`, from);
        }
        expect(numbers).to.have.property('size', 3);
        for (const [i, other] of others.entries()) {
          expect(String((await other.receive())[0])).to.equal(`re from ${i}`);
        }
      });
    });
  }

  it('refuses a number that nobody has, and forgets one with its peer', async () => {
    const other = await bound('inproc');
    const peer = new Peer({ context });
    const routingId = peer.connectPeer(other.lastEndpoint!);
    const nobodys = routingId === 1 ? 2 : routingId - 1;
    failureNow('EHOSTUNREACH', () => peer.trySend('message', { routingId: nobodys }));
    await peer.send('message', { routingId });
    peer.disconnect(other.lastEndpoint!);
    await failure('EHOSTUNREACH', () => peer.send('message', { routingId }));
    const again = peer.connectPeer(other.lastEndpoint!);
    expect(again).to.not.equal(routingId);
    await peer.send('again', { routingId: again });
  });

  it('may also just connect, and hear who is there', async () => {
    const other = await bound('inproc');
    const peer = new Peer({ context });
    peer.connect(other.lastEndpoint!);
    const back = new Peer({ context });
    const routingId = back.connectPeer(other.lastEndpoint!);
    await back.send('hello', { routingId });
    const [, from] = await other.receive();
    await other.send('back', from);
    expect(await back.receive()).to.deep.equal([Buffer.from('back'), { routingId }]);
  });

  it('has nobody to name with immediate: EFAULT', () => {
    const peer = new Peer({ context, immediate: true });
    const error = failureNow('EFAULT', () => peer.connectPeer('tcp://127.0.0.1:1'));
    expect(error.address).to.equal('tcp://127.0.0.1:1');
    failureNow('EINVAL', () => new Peer({ context }).connectPeer('nonsense'));
    peer.close();
    failureNow('EBADF', () => peer.connectPeer('tcp://127.0.0.1:1'));
  });

  it('has the options that it needs, and no others', () => {
    const options = { sendHighWaterMark: 5, receiveHighWaterMark: 6, sendTimeout: 7, linger: 3 };
    expect(new Peer({ context, ...options })).to.deep.include({ ...options, type: 19 });
    expect(() => new Peer({ context, routingId: 'x' } as object)).to.throw(TypeError);
    expect(new Peer({ context })).to.not.be.instanceOf(Server);
  });
});
