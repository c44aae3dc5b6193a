import { expect } from 'chai';
import type { TypeName } from '../support/performer.js';
import { PLACES, type AnySocket, type End } from '../support/places.js';
import { untilHeard } from '../support/reaching.js';
import { useTidySharedStage } from '../support/stage.js';

/** How many sockets share what one sends, or are heard by one. */
const MANY = 4;
/** Messages of each. */
const ROUNDS = 25;

const DEALING: readonly (readonly [TypeName, TypeName])[] = [
  ['Push', 'Pull'],
  ['Dealer', 'Dealer'],
  ['Dealer', 'Router'],
];

const HEARING: readonly (readonly [TypeName, TypeName])[] = [
  ['Push', 'Pull'],
  ['Dealer', 'Dealer'],
  ['Dealer', 'Router'],
  ['Publisher', 'Subscriber'],
];

for (const place of PLACES) {
  for (const transport of place.transports) {
    describe(`Several peers over ${transport} ${place.name}`, () => {
      const stage = useTidySharedStage();
      const open: AnySocket[] = [];
      let ends: [End, End];

      before(async () => {
        ends = await place.ends(stage);
      });

      afterEach(async () => {
        for (const socket of open.splice(0)) await socket.close();
      });

      async function socket(end: End, type: TypeName): Promise<AnySocket> {
        const made = await end.open(type);
        open.push(made);
        return made;
      }

      /** Connects a socket to four others. The pipe of a connect is there at once, so all are attached. */
      async function among(one: TypeName, many: TypeName): Promise<[AnySocket, AnySocket[]]> {
        const sender = await socket(ends[0], one);
        const receivers: AnySocket[] = [];
        for (let i = 0; i < MANY; i++) {
          const receiver = await socket(ends[1], many);
          await sender.connect(await receiver.bind(stage.wildcard(transport)));
          receivers.push(receiver);
        }
        return [sender, receivers];
      }

      for (const [one, many] of DEALING) {
        it(`get 25 each of 100 messages that a ${one} deals out to four ${many}s in turn`, async () => {
          const [sender, receivers] = await among(one, many);
          for (let i = 0; i < MANY * ROUNDS; i++) await sender.send('await', String(i));
          const shares: number[][] = [];
          for (const receiver of receivers) {
            const share: number[] = [];
            // A ROUTER's messages begin with the sender's id.
            for (let i = 0; i < ROUNDS; i++) {
              share.push(Number(String((await receiver.receive('await')).at(-1))));
            }
            shares.push(share);
          }
          // A cycle: whoever is first, each share goes up in steps of four.
          for (const share of shares) {
            expect(share).to.deep.equal(share.map((_, i) => share[0]! + MANY * i));
          }
          expect(shares.map(([first]) => first).sort()).to.deep.equal([0, 1, 2, 3]);
        });
      }

      it('get the requests of a REQ in turn, in the order in which it connected', async () => {
        const [request, replies] = await among('Request', 'Reply');
        for (let i = 0; i < MANY * 5; i++) {
          await request.send('await', String(i));
          const reply = replies[i % MANY]!;
          expect(String(await reply.receive('await'))).to.equal(String(i));
          await reply.send('await', `re ${i}`);
          expect(String(await request.receive('await'))).to.equal(`re ${i}`);
        }
      });

      for (const [many, one] of HEARING) {
        it(`that are four ${many}s are heard by a ${one} in turn while each has messages`, async () => {
          const receiver = await socket(ends[1], one);
          if (one === 'Subscriber') await receiver.subscribe();
          const senders: AnySocket[] = [];
          for (let i = 0; i < MANY; i++) {
            const sender = await socket(ends[0], many);
            senders.push(sender);
            // Each of them binds, so that the receiver's four pipes are there before any message.
            await receiver.connect(await sender.bind(stage.wildcard(transport)));
            if (one === 'Subscriber') {
              await untilHeard(sender, receiver);
              continue;
            }
            await sender.send('await', `ready ${i}`);
            expect(String((await receiver.receive('await')).at(-1))).to.equal(`ready ${i}`);
          }
          for (const [i, sender] of senders.entries()) {
            for (let n = 0; n < ROUNDS; n++) await sender.send('await', `${i}`);
            await sender.send('await', 'last');
          }
          const taken: string[] = [];
          for (let last = 0; last < MANY;) {
            const message = String((await receiver.receive('await')).at(-1));
            if (message === 'last') last++;
            else taken.push(message);
          }
          for (const [i] of senders.entries()) {
            expect(taken.filter((from) => from === String(i))).to.have.lengthOf(ROUNDS);
          }
          // Over ipc and tcp some may still have been on their way when it was a sender's turn.
          if (transport === 'inproc') {
            expect(taken).to.deep.equal(taken.map((_, n) => taken[n % MANY]));
            expect(new Set(taken.slice(0, MANY))).to.have.property('size', MANY);
          }
        });
      }
    });
  }
}
