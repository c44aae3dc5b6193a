import { expect } from 'chai';
import { Dealer, Pull, Push, Router } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';

const MIB = 2 ** 20;
const MESSAGES = 1000;
const CONNECTIONS = 100;
const ROUNDS = 20;

describe('A peer that takes nothing', function () {
  this.timeout(240_000);
  const stage = useTidyStage();

  // Each takes a quarter of the arena, which is all that a pipe may have.
  for (const peers of [1, 2, 4]) {
    it(`and is sent ${MESSAGES} messages of 1 MiB does not hold up ${CONNECTIONS} other connections (${peers} of them)`, async () => {
      const { context } = stage;
      const elsewhere = stage.newContext();
      const body = Buffer.alloc(MIB, 'large');
      const stuck = [];
      for (let i = 0; i < peers; i++) {
        const pull = new Pull({ context: elsewhere, receiveHighWaterMark: 1 });
        await pull.bind('tcp://127.0.0.1:*');
        const push = new Push({ context, sendHighWaterMark: 0 });
        push.connect(pull.lastEndpoint!);
        const sender = { pull, sent: 0, done: Promise.resolve() };
        sender.done = (async () => {
          for (; sender.sent < MESSAGES; sender.sent++) await push.send(body);
        })();
        stuck.push(sender);
      }
      const router = new Router({ context });
      await router.bind('tcp://127.0.0.1:*');
      const dealers = Array.from({ length: CONNECTIONS }, () => {
        const dealer = new Dealer({ context });
        dealer.connect(router.lastEndpoint!);
        return dealer;
      });
      for (let round = 0; round < ROUNDS; round++) {
        const size = round % 2 === 0 ? 16 : 4000;
        for (const [i, dealer] of dealers.entries()) {
          // At once: its one message before was answered, so nothing but want of memory could refuse it.
          expect(dealer.trySend([String(i), Buffer.alloc(size, round)])).to.equal(true);
        }
        for (let i = 0; i < CONNECTIONS; i++) {
          expect(router.trySend(await router.receive())).to.equal(true);
        }
        for (const [i, dealer] of dealers.entries()) {
          const [name, answer] = await dealer.receive();
          expect(String(name)).to.equal(String(i));
          expect(answer!.equals(Buffer.alloc(size, round))).to.equal(true);
        }
      }
      // What the stuck ones were sent has waited all the while, and comes when they take it.
      for (const { sent } of stuck) expect(sent).to.be.lessThan(MESSAGES);
      for (const { pull, done } of stuck) {
        for (let i = 0; i < MESSAGES; i++) {
          const [received] = await pull.receive();
          if (!received!.equals(body)) expect.fail(`message ${i} is not what was sent`);
        }
        await done;
      }
    });
  }
});
