import { expect } from 'chai';
import { Dealer, Router } from '../../src/index.js';
import { DeadLetters } from '../../src/patterns/actor/dead-letters.js';
import { Mailbox } from '../../src/patterns/actor/mailbox.js';
import { header, HELLO } from '../../src/patterns/actor/wire.js';
import { useStage } from '../support/stage.js';

describe('A mailbox', () => {
  const stage = useStage();

  for (const endpoint of ['inproc://mailbox', 'tcp://127.0.0.1:*']) {
    it(`forgets who vanishes without a word, over ${endpoint.split(':')[0]!}`, async () => {
      const { context } = stage;
      const router = new Router({ context, linger: 0, mandatory: true });
      const letters = new DeadLetters();
      const mailbox = new Mailbox(router, 'actor', letters);
      const { peers } = mailbox as unknown as { peers: ReadonlyMap<string, unknown> };
      await router.bind(endpoint);
      const greeted = new Promise<void>((resolve) => {
        letters.on(() => letters.count === 5 && resolve());
      });
      const dealers: Dealer[] = [];
      for (let i = 0; i < 5; i++) {
        const dealer = new Dealer({ context, linger: 0 });
        dealers.push(dealer);
        dealer.connect(router.lastEndpoint!);
        await dealer.send([header(HELLO, 1)]);
        // It is a dead letter, which tells that the greeting has come.
        await dealer.send('?');
      }
      await greeted;
      expect(peers.size).to.equal(5);
      for (const dealer of dealers) dealer.close();
      while (peers.size > 0) await new Promise((resolve) => setImmediate(resolve));
      router.close();
    });
  }
});
