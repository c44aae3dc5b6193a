import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { Pull, Push, Subscriber, XPublisher, type Context } from '../../src/index.js';
import { upTo } from '../support/events.js';
import { useTidyStage } from '../support/stage.js';
import { text, TRANSPORTS } from './both-ends.js';

const WIRES = ['ipc', 'tcp'] as const;

describe('As libzmq’s own tests show of what is lost with a peer, and what is dropped', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const transport of TRANSPORTS) {
    it(`spec_pushpull: what a PULL had queued of a peer goes when it disconnects from it, over ${transport}`, async () => {
      const [left, kept] = [new Push({ context }), new Push({ context })];
      const pull = new Pull({ context });
      for (const push of [left, kept]) {
        await push.bind(stage.wildcard(transport));
        pull.connect(push.lastEndpoint!);
      }
      for (let i = 0; i < 3; i++) await left.send(`left ${i}`);
      for (let i = 0; i < 3; i++) await kept.send(`kept ${i}`);
      while (queued(context) < 6) await turn();
      pull.disconnect(left.lastEndpoint!);
      for (let i = 0; i < 3; i++) expect(text(await pull.receive())).to.equal(`kept ${i}`);
      expect(pull.tryReceive()).to.equal(undefined);
    });

    it(`spec_pushpull: what a PUSH had queued for a peer goes with it, over ${transport}`, async () => {
      const push = new Push({ context });
      await push.bind(stage.wildcard(transport));
      const first = new Pull({ context });
      first.connect(push.lastEndpoint!);
      for (let i = 0; i < 5; i++) await push.send(`for the first ${i}`);
      first.close();
      // The peer is gone when nobody is there to send to.
      while (push.writable) await turn();
      const second = new Pull({ context });
      second.connect(push.lastEndpoint!);
      await push.send('for the second');
      expect(text(await second.receive())).to.equal('for the second');
      expect(second.tryReceive()).to.equal(undefined);
    });
  }

  for (const transport of WIRES) {
    it(`spec_pushpull: a message of several parts is lost whole or not at all when its peer goes, over ${transport}`, async () => {
      const endpoint = await stage.agreed(transport);
      const push = new Push({
        context,
        sendHighWaterMark: 5,
        reconnectInterval: 1,
        linger: 0,
      });
      const { events } = push;
      const first = new Pull({ context, receiveHighWaterMark: 1 });
      await first.bind(endpoint);
      push.connect(endpoint);
      const body = Buffer.alloc(200_000);
      let sent = 0;
      // More than the system takes, of which the last message went in part.
      while (push.trySend([`${sent}`, body, `${sent}`])) {
        sent++;
        await turn();
      }
      expect(text((await first.receive()).slice(0, 1))).to.equal('0');
      first.close();
      await upTo(events, 'disconnect');
      const second = new Pull({ context });
      await second.bind(endpoint);
      const sending = push.send('the last');
      let before = 0;
      for (;;) {
        const parts = await second.receive();
        if (text(parts) === 'the last') break;
        expect(parts).to.have.lengthOf(3);
        const [number, large, again] = parts;
        expect(String(again)).to.equal(String(number));
        expect(large).to.have.lengthOf(body.length);
        expect(Number(number)).to.be.greaterThan(before);
        before = Number(number);
      }
      await sending;
    });

    it(`hwm_pubsub: a subscriber that does not read misses what its marks and the system do not hold, over ${transport}`, async () => {
      const publisher = new XPublisher({ context, sendHighWaterMark: 10 });
      await publisher.bind(stage.wildcard(transport));
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 10 });
      subscriber.connect(publisher.lastEndpoint!);
      subscriber.subscribe('');
      expect(text(await publisher.receive())).to.equal('\x01');
      const body = Buffer.alloc(50_000);
      let sent = 0;
      while (publisher.dropped < 20) {
        await publisher.send([`${sent++}`, body]);
        await turn();
      }
      const { dropped } = publisher;
      let before = -1;
      for (let received = 0; received < sent - dropped; received++) {
        const [number, large, ...more] = await subscriber.receive();
        expect(Number(number)).to.be.greaterThan(before);
        expect([large!.length, more.length]).to.deep.equal([body.length, 0]);
        before = Number(number);
      }
      // And it is sent again what comes now.
      await publisher.send('the last');
      expect(text(await subscriber.receive())).to.equal('the last');
      expect(publisher.dropped).to.equal(dropped);
    });
  }
});

/** Messages that lie in the pipes of the context's sockets. */
function queued(context: Context): number {
  const { pipes } = context.stats();
  return pipes.reduce(
    (sum, { to, queued }) => (to?.socket === undefined ? sum : sum + (queued ?? 0)),
    0,
  );
}
