import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { untilHeard } from '../support/reaching.js';
import { useTidySharedStage } from '../support/stage.js';

const COUNT = 2000;
/** Milliseconds between two messages where nothing tells when the next one is seen. */
const BETWEEN_TRIES = 1;

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`conflate over ${transport}, with libzmq`, () => {
    const stage = useTidySharedStage();
    const sockets: AnySocket[] = [];
    let ours: End;
    let judge: End;

    before(() => {
      ours = here(new Performer({ context: stage.context }));
      judge = libzmq(stage);
    });

    afterEach(async () => {
      for (const socket of sockets.splice(0)) await socket.close();
    });

    async function open(end: End, ...recipe: Parameters<End['open']>): Promise<AnySocket> {
      const socket = await end.open(...recipe);
      sockets.push(socket);
      return socket;
    }

    /** Receives until a message with this number, or more, has come. Their numbers only ever grow. */
    async function receiveUntil(receiver: AnySocket, last: number): Promise<void> {
      for (let before = 0; before < last;) {
        const message = await receiver.receive('await');
        expect(message.length).to.equal(1);
        const number = Number(/\d+$/.exec(String(message[0]))![0]);
        expect(number).to.be.greaterThan(before);
        before = number;
      }
    }

    /**
     * Sends numbers, `count` of them at a stretch, and goes on until the receiver has one of those behind. libzmq shows a
     * message later if its reader looks for one at that very moment, with the next that is sent: so its last one
     * may stay away, and a test cannot wait for it.
     */
    async function converse(
      send: (number: number) => Promise<void>,
      receiver: AnySocket,
      count: number,
    ): Promise<void> {
      let over = false;
      const received = receiveUntil(receiver, count).finally(() => (over = true));
      for (let number = 1; !over; number++) {
        await send(number);
        if (number > count) await pause(BETWEEN_TRIES);
      }
      await received;
    }

    describe('ours conflates', () => {
      it('as a PULL: the last message comes for certain, none twice, none late', async () => {
        const pull = await open(ours, 'Pull', { conflate: true });
        const push = await open(judge, 'Push');
        await push.connect(await pull.bind(stage.wildcard(transport)));
        for (let number = 1; number <= COUNT; number++) await push.send('await', [`${number}`]);
        await receiveUntil(pull, COUNT);
        await push.send('await', ['last']);
        expect((await pull.receive('await')).map(String)).to.deep.equal(['last']);
      });

      it('as a PUSH: a peer that comes late has the last message alone', async () => {
        const endpoint = await stage.agreed(transport);
        const push = await open(ours, 'Push', { conflate: true, sendHighWaterMark: 1 });
        await push.connect(endpoint);
        for (let number = 1; number <= 50; number++) await push.send('await', [`${number}`]);
        const pull = await open(judge, 'Pull');
        await pull.bind(endpoint);
        expect((await pull.receive('await')).map(String)).to.deep.equal(['50']);
        await push.send('await', ['last']);
        expect((await pull.receive('await')).map(String)).to.deep.equal(['last']);
      });

      for (const type of ['SUB', 'PUB'] as const) {
        it(`as a ${type}: the last message comes for certain`, async () => {
          const [pubEnd, subEnd] = type === 'SUB' ? [judge, ours] : [ours, judge];
          const pub = await open(pubEnd, 'Publisher', type === 'PUB' ? { conflate: true } : {});
          const sub = await open(subEnd, 'Subscriber', type === 'SUB' ? { conflate: true } : {});
          await sub.connect(await pub.bind(stage.wildcard(transport)));
          await sub.subscribe('a');
          await untilHeard(pub, sub, 'a');
          // A SUB drops what its mark has no room for, and a PUB for a SUB that is slow.
          for (let number = 1; number <= 500; number++) await pub.send('await', [`a ${number}`]);
          await receiveUntil(sub, 500);
        });
      }

      it('as a DEALER: the last message comes for certain, and its name before all', async () => {
        const router = await open(judge, 'Router');
        const dealer = await open(ours, 'Dealer', { conflate: true, routingId: 'me' });
        await dealer.connect(await router.bind(stage.wildcard(transport)));
        await dealer.send('await', ['hello']);
        expect((await router.receive('await')).map(String)).to.deep.equal(['me', 'hello']);
        for (let number = 1; number <= 500; number++) {
          await router.send('await', ['me', `${number}`]);
        }
        await receiveUntil(dealer, 500);
      });
    });

    describe('libzmq’s conflates', () => {
      it('as a PULL, fed by ours', async () => {
        const pull = await open(judge, 'Pull', { conflate: true });
        const push = await open(ours, 'Push');
        await push.connect(await pull.bind(stage.wildcard(transport)));
        await converse((number) => push.send('await', [`${number}`]), pull, 500);
      });

      it('as a PUSH that feeds ours', async () => {
        const pull = await open(ours, 'Pull');
        const push = await open(judge, 'Push', { conflate: true });
        await push.connect(await pull.bind(stage.wildcard(transport)));
        await converse((number) => push.send('await', [`${number}`]), pull, 500);
      });

      // Not as a PUB: what it is told goes through a pipe that conflates, too. It leaves some without a message, its
      // own among them: 2 of 30,000 that connected over tcp had none after two seconds of sending without a pause.
      it('as a SUB', async () => {
        const pub = await open(ours, 'Publisher');
        const sub = await open(judge, 'Subscriber', { conflate: true });
        await sub.subscribe('a');
        await sub.connect(await pub.bind(stage.wildcard(transport)));
        await converse((number) => pub.send('await', [`a ${number}`]), sub, 500);
      });

      it('as a DEALER that ours, a ROUTER, sends to', async () => {
        const router = await open(ours, 'Router');
        const dealer = await open(judge, 'Dealer', { conflate: true, routingId: 'me' });
        await dealer.connect(await router.bind(stage.wildcard(transport)));
        let known = false;
        const first = router.receive('await').finally(() => (known = true));
        while (!known) {
          await dealer.send('await', ['hello']);
          await pause(BETWEEN_TRIES);
        }
        expect((await first).map(String)).to.deep.equal(['me', 'hello']);
        await converse((number) => router.send('await', ['me', `${number}`]), dealer, 500);
      });
    });
  });
}
