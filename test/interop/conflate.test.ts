import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { untilHeard } from '../support/reaching.js';
import { useSharedStage } from '../support/stage.js';

const COUNT = 2000;

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`conflate over ${transport}, with libzmq`, () => {
    const stage = useSharedStage();
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

    /** Receives until the last message has come; answers how many came. Their numbers only ever grow. */
    async function receiveUntil(receiver: AnySocket, last: number): Promise<number> {
      let count = 0;
      for (let before = 0; before < last; count++) {
        const message = await receiver.receive('await');
        expect(message.length).to.equal(1);
        const number = Number(/\d+$/.exec(String(message[0]))![0]);
        expect(number).to.be.greaterThan(before);
        before = number;
      }
      return count;
    }

    for (const whose of ['ours', 'libzmq’s'] as const) {
      const cast = (): [having: End, other: End] =>
        whose === 'ours' ? [ours, judge] : [judge, ours];

      it(`of a PULL that is ${whose}: the last message comes for certain, none twice, none late`, async () => {
        const [having, other] = cast();
        const pull = await open(having, 'Pull', { conflate: true });
        const push = await open(other, 'Push');
        await push.connect(await pull.bind(stage.wildcard(transport)));
        for (let number = 1; number <= COUNT; number++) await push.send('await', [`${number}`]);
        const received = await receiveUntil(pull, COUNT);
        expect(received).to.be.at.most(COUNT);
        await push.send('await', ['3000']);
        expect((await pull.receive('await')).map(String)).to.deep.equal(['3000']);
      });

      it(`of a PUSH that is ${whose}, and whose peer comes late: it has the last message alone`, async () => {
        const [having, other] = cast();
        const endpoint = await stage.agreed(transport);
        const push = await open(having, 'Push', { conflate: true, sendHighWaterMark: 1 });
        await push.connect(endpoint);
        for (let number = 1; number <= 50; number++) await push.send('await', [`${number}`]);
        const pull = await open(other, 'Pull');
        await pull.bind(endpoint);
        expect((await pull.receive('await')).map(String)).to.deep.equal(['50']);
        await push.send('await', ['51']);
        expect((await pull.receive('await')).map(String)).to.deep.equal(['51']);
      });

      it(`of a SUB that is ${whose}`, async () => {
        const [having, other] = cast();
        const pub = await open(other, 'Publisher');
        const sub = await open(having, 'Subscriber', { conflate: true });
        await sub.connect(await pub.bind(stage.wildcard(transport)));
        await sub.subscribe('a');
        await untilHeard(pub, sub, 'a');
        for (let number = 1; number <= COUNT; number++) await pub.send('await', [`a ${number}`]);
        await receiveUntil(sub, COUNT);
      });

      it(`of a PUB that is ${whose}`, async () => {
        const [having, other] = cast();
        const pub = await open(having, 'Publisher', { conflate: true });
        const sub = await open(other, 'Subscriber');
        await sub.connect(await pub.bind(stage.wildcard(transport)));
        await sub.subscribe('a');
        await untilHeard(pub, sub, 'a');
        for (let number = 1; number <= COUNT; number++) await pub.send('await', [`a ${number}`]);
        await receiveUntil(sub, COUNT);
      });

      it(`of a DEALER that is ${whose}`, async () => {
        const [having, other] = cast();
        const router = await open(other, 'Router');
        const dealer = await open(having, 'Dealer', { conflate: true, routingId: 'me' });
        await dealer.connect(await router.bind(stage.wildcard(transport)));
        await dealer.send('await', ['hello']);
        expect((await router.receive('await')).map(String)).to.deep.equal(['me', 'hello']);
        for (let number = 1; number <= 500; number++) {
          await router.send('await', ['me', `${number}`]);
        }
        await receiveUntil(dealer, 500);
      });
    }
  });
}
