import { expect } from 'chai';
import { Pull, Push } from '../../src/index.js';
import { turn } from '../support/heard.js';
import { useTidyStage } from '../support/stage.js';

describe('A pipeline', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`gives all that was sent so far to the worker that came first, over ${transport}`, async () => {
      const { context } = stage;
      // Without marks: how much comes before the second is there is open, and a full peer is passed over.
      const ventilator = new Push({ context, sendHighWaterMark: 0 });
      await ventilator.bind(stage.wildcard(transport));
      const workers = [0, 1].map(() => new Pull({ context, receiveHighWaterMark: 0 }));
      workers[0]!.connect(ventilator.lastEndpoint!);
      while (!ventilator.writable) await turn();
      for (let i = 0; i < 100; i++) expect(ventilator.trySend(`early ${i}`)).to.equal(true);

      // The second one comes. Once it has had a task, both are there, and share evenly.
      workers[1]!.connect(ventilator.lastEndpoint!);
      let received: Buffer[] | undefined;
      let extra = 0;
      while (received === undefined) {
        await ventilator.send(`extra ${extra++}`);
        await turn();
        received = workers[1]!.tryReceive();
      }
      expect(String(received)).to.match(/^extra/);
      for (let i = 0; i < 100; i++) await ventilator.send(`late ${i}`);

      const shares: string[][] = [[], []];
      let sum = 1;
      while (sum < 200 + extra) {
        for (const [k, worker] of workers.entries()) {
          const task = worker.tryReceive();
          if (task === undefined) continue;
          shares[k]!.push(String(task));
          sum++;
        }
        await turn();
      }
      const count = (k: number, kind: string): number =>
        shares[k]!.filter((task) => task.startsWith(kind)).length;
      expect([count(0, 'early'), count(1, 'early')]).to.deep.equal([100, 0]);
      expect([count(0, 'late'), count(1, 'late')]).to.deep.equal([50, 50]);
    });
  }

  it('counts results that are empty messages', async () => {
    const { context } = stage;
    const sink = new Pull({ context });
    await sink.bind('tcp://127.0.0.1:*');
    const worker = new Push({ context });
    worker.connect(sink.lastEndpoint!);
    for (let i = 0; i < 100; i++) await worker.send('');
    for (let i = 0; i < 100; i++) {
      expect((await sink.receive()).map((part) => part.length)).to.deep.equal([0]);
    }
  });
});
