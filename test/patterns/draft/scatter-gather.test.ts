import { expect } from 'chai';
import { Push, type Context } from '../../../src/index.js';
import { Gather, Scatter } from '../../../src/draft.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { useTidyStage, type Transport } from '../../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

describe('SCATTER and GATHER', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(transport: Transport, options = {}): Promise<Gather> {
    const gather = new Gather({ context, ...options });
    await gather.bind(stage.wildcard(transport));
    return gather;
  }

  for (const transport of TRANSPORTS) {
    it(`over ${transport}, deal messages out in turn and collect them from all`, async () => {
      const scatter = new Scatter({ context });
      const gathers: Gather[] = [];
      for (let i = 0; i < 3; i++) {
        const gather = await bound(transport);
        scatter.connect(gather.lastEndpoint!);
        gathers.push(gather);
      }
      for (let i = 0; i < 9; i++) await scatter.send(String(i));
      for (const [i, gather] of gathers.entries()) {
        for (let n = i; n < 9; n += 3) {
          expect((await gather.receive()).map(String)).to.deep.equal([String(n)]);
        }
        expect(gather.tryReceive()).to.equal(undefined);
      }
      const others = [new Scatter({ context }), new Scatter({ context })];
      for (const other of others) {
        other.connect(gathers[0]!.lastEndpoint!);
        await other.send('from another');
        expect(String(await gathers[0]!.receive())).to.equal('from another');
      }
    });
  }

  it('wait while no peer has room', async () => {
    const scatter = new Scatter({ context, sendHighWaterMark: 1 });
    expect(scatter.writable).to.equal(false);
    expect(scatter.trySend('nobody')).to.equal(false);
    const gather = await bound('inproc', { receiveHighWaterMark: 1 });
    scatter.connect(gather.lastEndpoint!);
    for (const text of ['0', '1']) expect(scatter.trySend(text)).to.equal(true);
    expect(scatter.trySend('no')).to.equal(false);
    const waiting = scatter.send('2');
    for (let i = 0; i < 3; i++) expect(String(await gather.receive())).to.equal(String(i));
    await waiting;
  });

  it('have messages of one part: several are refused, or passed over when they come all the same', async () => {
    const gather = await bound('inproc');
    const scatter = new Scatter({ context });
    scatter.connect(gather.lastEndpoint!);
    const two = ['a', 'b'] as unknown as string;
    await failure('EINVAL', () => scatter.send(two));
    failureNow('EINVAL', () => scatter.sendSync(two));
    failureNow('EINVAL', () => scatter.trySend(two));
    const push = new Push({ context });
    push.connect(gather.lastEndpoint!);
    await push.send(['several', 'parts']);
    await push.send('one');
    expect((await gather.receive()).map(String)).to.deep.equal(['one']);
    expect(gather.tryReceive()).to.equal(undefined);
  });

  it('have the options that they need, and no others', () => {
    const sending = { sendHighWaterMark: 5, sendTimeout: 7, linger: 3, conflate: false };
    expect(new Scatter({ context, ...sending })).to.deep.include({ ...sending, type: 17 });
    const receiving = { receiveHighWaterMark: 6, receiveTimeout: 7, linger: 3, conflate: false };
    expect(new Gather({ context, ...receiving })).to.deep.include({ ...receiving, type: 16 });
    expect(() => new Gather({ context, sendTimeout: 1 } as object)).to.throw(TypeError);
    const scatter = new Scatter({ context }) as unknown as Gather;
    failureNow('ENOTSUP', () => scatter.tryReceive());
  });
});
