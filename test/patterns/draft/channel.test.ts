import { expect } from 'chai';
import { Pair, Poller, type Context } from '../../../src/index.js';
import { Channel } from '../../../src/draft.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { useTidyStage, type Transport } from '../../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('CHANNEL', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function joined(transport: Transport, options = {}): Promise<[Channel, Channel]> {
    const bound = new Channel({ context, ...options });
    await bound.bind(stage.wildcard(transport));
    const connected = new Channel({ context, ...options });
    connected.connect(bound.lastEndpoint!);
    return [bound, connected];
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('exchanges messages with one other, in any order of sending and receiving', async () => {
        const [bound, connected] = await joined(transport);
        for (let i = 0; i < 3; i++) await connected.send(`there ${i}`);
        for (let i = 0; i < 3; i++) {
          expect((await bound.receive()).map(String)).to.deep.equal([`there ${i}`]);
          await bound.send(`back ${i}`);
        }
        for (let i = 0; i < 3; i++) {
          expect((await connected.receive()).map(String)).to.deep.equal([`back ${i}`]);
        }
      });

      it('receives into memory in order, also after a poll has looked at a message', async () => {
        const [bound, connected] = await joined(transport);
        connected.sendSync('first');
        connected.sendSync('other');
        const poller = new Poller();
        poller.add(bound, { readable: true });
        await poller.wait();
        const target = Buffer.alloc(5);
        for (const text of ['first', 'other']) {
          expect(bound.receiveIntoSync(target)).to.deep.equal([5]);
          expect(String(target)).to.equal(text);
        }
      });

      it('refuses a second peer while the first is there', async () => {
        const [bound, first] = await joined(transport);
        await first.send('first');
        expect(String(await bound.receive())).to.equal('first');
        const second = new Channel({ context, linger: 0, reconnectInterval: 10 });
        second.connect(bound.lastEndpoint!);
        second.trySend('lost or refused');
        await first.send('still first');
        expect(String(await bound.receive())).to.equal('still first');
        await bound.send('for the first');
        expect(String(await first.receive())).to.equal('for the first');
        expect(bound.tryReceive()).to.equal(undefined);
      });
    });
  }

  it('waits without a peer, and for room at a full one', async () => {
    const alone = new Channel({ context, sendTimeout: 0, receiveTimeout: 0 });
    await failure('EAGAIN', () => alone.send('nobody'));
    failureNow('EAGAIN', () => alone.sendSync('nobody'));
    expect(alone.trySend('nobody')).to.equal(false);
    await failure('EAGAIN', () => alone.receive());
    const marks = { sendHighWaterMark: 1, receiveHighWaterMark: 1 };
    const [bound, connected] = await joined('inproc', marks);
    for (const text of ['0', '1']) await connected.send(text);
    expect(connected.trySend('no')).to.equal(false);
    const waiting = connected.send('2');
    for (let i = 0; i < 3; i++) expect(String(await bound.receive())).to.equal(String(i));
    await waiting;
  });

  it('has messages of one part: several are refused, or passed over when they come all the same', async () => {
    const [, channel] = await joined('inproc');
    const two = ['a', 'b'] as unknown as string;
    await failure('EINVAL', () => channel.send(two));
    failureNow('EINVAL', () => channel.sendSync(two));
    failureNow('EINVAL', () => channel.trySend(two));
    const pair = new Pair({ context });
    await pair.bind(stage.inproc());
    const other = new Channel({ context });
    other.connect(pair.lastEndpoint!);
    await pair.send(['several', 'parts']);
    await pair.send('one');
    expect((await other.receive()).map(String)).to.deep.equal(['one']);
    expect(other.readable).to.equal(false);
  });

  it('has the options that it needs, and no others', () => {
    const options = { sendHighWaterMark: 5, receiveHighWaterMark: 6, sendTimeout: 7, linger: 3 };
    expect(new Channel({ context, ...options })).to.deep.include({ ...options, type: 20 });
    expect(() => new Channel({ context, conflate: false } as object)).to.throw(TypeError);
    expect(new Channel({ context })).to.not.be.instanceOf(Pair);
  });
});
