import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pull, Push, Subscriber, XPublisher, type Context } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';

/** Collections between which the event loop turns: what a finalizer would do has been done by then. */
const COLLECTIONS = 5;

/*
 * zeromq.js collects such a socket and closes it, which crashes during a bind and rejects a receive that waits: defect 2 of
 * its version 6.8. Here it stays open until somebody closes it, or its context.
 */
describe('A socket that nobody refers to any more (defect 2 of zeromq.js)', () => {
  const stage = useTidyStage();
  let context: Context;
  let collect: () => void;

  before(() => {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  });

  beforeEach(() => {
    context = stage.context;
  });

  async function collectGarbage(): Promise<void> {
    for (let i = 0; i < COLLECTIONS; i++) {
      collect();
      await turn();
    }
  }

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`is not collected during its bind, and takes messages after it (${transport})`, async () => {
      const endpoint = await stage.agreed(transport);
      const bound = new Pull({ context }).bind(endpoint);
      collect();
      await bound;
      await collectGarbage();
      const push = new Push({ context, sendTimeout: 60_000 });
      push.connect(endpoint);
      await push.send('message');
      while (context.stats().sockets.length < 2) await turn();
      expect(context.stats().sockets.map(({ type }) => type)).to.deep.equal(['Pull', 'Push']);
    });

    it(`gets what its pending receive waits for (${transport})`, async () => {
      const endpoint = await stage.agreed(transport);
      const push = new Push({ context });
      await push.bind(endpoint);
      const receiving = (): Promise<Buffer[]> => {
        const pull = new Pull({ context });
        pull.connect(endpoint);
        return pull.receive();
      };
      const received = receiving();
      await collectGarbage();
      await push.send('message');
      expect(String(await received)).to.equal('message');
    });

    it(`has what it sent delivered (${transport})`, async () => {
      const endpoint = await stage.agreed(transport);
      const sending = async (): Promise<void> => {
        const push = new Push({ context });
        push.connect(endpoint);
        for (let i = 0; i < 10; i++) await push.send(`${i}`);
      };
      await sending();
      await collectGarbage();
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      for (let i = 0; i < 10; i++) expect(String(await pull.receive())).to.equal(`${i}`);
    });
  }

  it('goes on in for await', async () => {
    const publisher = new XPublisher({ context });
    await publisher.bind('tcp://127.0.0.1:*');
    const heard: string[] = [];
    const listening = (async () => {
      const subscriber = new Subscriber({ context });
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe('');
      for await (const message of subscriber) if (heard.push(String(message)) === 5) return;
    })();
    expect(String(await publisher.receive())).to.equal('\x01');
    for (let i = 0; i < 5; i++) {
      await collectGarbage();
      await publisher.send(`${i}`);
    }
    await listening;
    expect(heard).to.deep.equal(['0', '1', '2', '3', '4']);
  });
});
