import { expect } from 'chai';
import { Dealer, Router } from '../../src/index.js';
import { DeadLetters } from '../../src/patterns/actor/dead-letters.js';
import { Mailbox } from '../../src/patterns/actor/mailbox.js';
import type { Letter, Link } from '../../src/patterns/actor/link.js';
import { decodeRoom, header, HELLO, nameIn, TELL } from '../../src/patterns/actor/wire.js';
import { useStage } from '../support/stage.js';

describe('A mailbox', () => {
  const stage = useStage();

  /** An instance that takes what it is given, and begins nothing. */
  class Hoard {
    readonly letters: Letter[] = [];
    readonly load = 0;
    readonly busy = false;

    constructor(public room: number) {}

    send(letter: Letter): void {
      this.letters.push(letter);
      this.room--;
    }
  }

  const names = ['first', 'second', 'third'];
  for (const [what, received] of [
    ['comes as an instance dies', false],
    ['waits for room when an instance dies', true],
  ] as const) {
    it(`keeps the order of what ${what}`, async () => {
      const { context } = stage;
      const router = new Router({ context, linger: 0, mandatory: true });
      const mailbox = new Mailbox(router, 'actor', new DeadLetters());
      await router.bind('inproc://mailbox');
      const dealer = new Dealer({ context, linger: 0 });
      dealer.connect('inproc://mailbox');
      for (const name of names) dealer.trySend([header(TELL, 0, name), 'x']);
      // Then the first has been received, and the others lie in the pipe behind it.
      if (received) await new Promise((resolve) => setImmediate(resolve));
      mailbox.tellDeath({ kind: 'exit', exitCode: 1 }, true);
      const hoard = new Hoard(names.length);
      mailbox.link(hoard as unknown as Link);
      while (hoard.room > 0) await new Promise((resolve) => setImmediate(resolve));
      expect(hoard.letters.map(({ header: head }) => nameIn(head))).to.deep.equal(names);
      dealer.close();
      router.close();
    });
  }

  it('tells of room again that it could not tell of', async () => {
    const { context } = stage;
    const options = { context, linger: 0, sendHighWaterMark: 1, receiveHighWaterMark: 1 };
    const router = new Router({ ...options, mandatory: true });
    const mailbox = new Mailbox(router, 'actor', new DeadLetters());
    await router.bind('inproc://mailbox');
    const dealer = new Dealer({ ...options, sendHighWaterMark: 0 });
    dealer.connect('inproc://mailbox');
    const hoard = new Hoard(names.length);
    mailbox.link(hoard as unknown as Link);
    for (const name of names) {
      await dealer.send([header(TELL, 0, name), 'x']);
    }
    while (hoard.room > 0) await new Promise((resolve) => setImmediate(resolve));
    // Two fit into the pipe.
    for (const letter of hoard.letters) {
      mailbox.credit(letter);
      mailbox.settled();
    }
    const told = (): number => decodeRoom(dealer.tryReceive()?.[1])?.messages ?? 0;
    expect([told(), told(), told()]).to.deep.equal([1, 1, 0]);
    mailbox.settled();
    expect([told(), told()]).to.deep.equal([1, 0]);
    dealer.close();
    router.close();
  });

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
