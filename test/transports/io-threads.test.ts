import { expect } from 'chai';
import { Dealer, ioStatistics, Router } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';

describe('ioThreads: 2', () => {
  const stage = useTidyStage();

  it('let both workers carry connections, of one socket and of several', async () => {
    const context = stage.newContext({ ioThreads: 2 });
    // Listeners and connects are dealt out to the workers in turn.
    const router = new Router({ context });
    const endpoints: string[] = [];
    for (let i = 0; i < 2; i++) {
      await router.bind('tcp://127.0.0.1:*');
      endpoints.push(router.lastEndpoint!);
    }
    const dealers: Dealer[] = [];
    for (let i = 0; i < 8; i++) {
      const dealer = new Dealer({ context, routingId: `dealer ${i}` });
      dealer.connect(endpoints[i >> 2]!);
      dealers.push(dealer);
    }
    for (const dealer of dealers) await dealer.send(Buffer.alloc(1000));
    for (let i = 0; i < dealers.length; i++) {
      const [id] = await router.receive();
      await router.send([id!, `to ${String(id)}`]);
    }
    for (const [i, dealer] of dealers.entries()) {
      expect(String((await dealer.receive())[0])).to.equal(`to dealer ${i}`);
    }
    const workers = await ioStatistics(context);
    expect(workers).to.have.lengthOf(2);
    expect(new Set(workers.map(({ threadId }) => threadId)).size).to.equal(2);
    for (const { bytesReceived, bytesSent, ...counts } of workers) {
      expect(counts).to.include({ listeners: 1, accepted: 4, connected: 4, handshakes: 8 });
      expect(bytesReceived).to.be.greaterThan(4 * 1000);
      expect(bytesSent).to.be.greaterThan(4 * 1000);
    }
  });
});
