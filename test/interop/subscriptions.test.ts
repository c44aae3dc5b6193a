import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

const BINARY = Buffer.from([0, 255, 1, 128]);
const LONG = 'x'.repeat(300);

for (const transport of ['tcp', 'ipc'] as const) {
  for (const theirs of ['publisher', 'subscriber'] as const) {
    describe(`Subscriptions over ${transport}, with libzmq as the ${theirs}`, () => {
      const stage = useTidySharedStage();
      const open: AnySocket[] = [];
      let publishing: End;
      let subscribing: End;

      before(() => {
        const ours = here(new Performer({ context: stage.context }));
        const judge = libzmq(stage);
        [publishing, subscribing] = theirs === 'publisher' ? [judge, ours] : [ours, judge];
      });

      afterEach(async () => {
        for (const socket of open.splice(0)) await socket.close();
      });

      for (const binder of ['publisher', 'subscriber'] as const) {
        async function pair(): Promise<[publisher: AnySocket, subscriber: AnySocket]> {
          const publisher = await publishing.open('XPublisher');
          const subscriber = await subscribing.open('Subscriber');
          open.push(publisher, subscriber);
          // Before they meet, so that a libzmq that binds has nothing to say to those who come later.
          await subscriber.subscribe('first');
          if (binder === 'publisher') {
            await subscriber.connect(await publisher.bind(stage.wildcard(transport)));
          } else {
            await publisher.connect(await subscriber.bind(stage.wildcard(transport)));
          }
          const greeting = async (): Promise<void> => {
            await expectHeard(publisher, 1, 'first');
            await publisher.send('await', 'first of all');
          };
          await Promise.all([subscriber.receive('await'), greeting()]);
          return [publisher, subscriber];
        }

        it(`are heard, and so is their end, when the ${binder} binds`, async () => {
          const [publisher, subscriber] = await pair();
          await subscriber.subscribe('a', BINARY, LONG);
          for (const topic of ['a', BINARY, LONG]) await expectHeard(publisher, 1, topic);
          await subscriber.unsubscribe(BINARY, 'first', LONG);
          for (const topic of [BINARY, 'first', LONG]) await expectHeard(publisher, 0, topic);
        });

        it(`choose what is received, by prefix, when the ${binder} binds`, async () => {
          const [publisher, subscriber] = await pair();
          await subscriber.subscribe('ab', BINARY, LONG);
          for (const topic of ['ab', BINARY, LONG]) await expectHeard(publisher, 1, topic);
          const wanted = ['ab', 'abc', LONG, `${LONG} and more`, 'first'].map((text) =>
            Buffer.from(text),
          );
          wanted.push(BINARY, Buffer.concat([BINARY, BINARY]));
          const unwanted = ['', 'a', 'b', 'Ab', ' ab', LONG.slice(1), 'firs'].map((text) =>
            Buffer.from(text),
          );
          unwanted.push(BINARY.subarray(0, 3), BINARY.subarray(1));
          for (const topic of unwanted) await publisher.send('await', [topic, 'unwanted']);
          for (const topic of wanted) {
            await publisher.send('await', [topic, 'wanted']);
            for (const other of unwanted) await publisher.send('await', [other, 'unwanted']);
          }
          for (const topic of wanted) {
            const message = await subscriber.receive('await');
            expect(message.map(String)).to.deep.equal([String(topic), 'wanted']);
          }
        });

        it(`end with their last cancelling, when the ${binder} binds`, async () => {
          const [publisher, subscriber] = await pair();
          await subscriber.subscribe('twice', 'once', 'twice');
          // Others do not hear of a topic that somebody has already.
          await expectHeard(publisher, 1, 'twice');
          await expectHeard(publisher, 1, 'once');
          await subscriber.unsubscribe('twice', 'once');
          await expectHeard(publisher, 0, 'once');
          for (const topic of ['once', 'twice']) await publisher.send('await', topic);
          expect(String(await subscriber.receive('await'))).to.equal('twice');
          await subscriber.unsubscribe('twice');
          await expectHeard(publisher, 0, 'twice');
          for (const topic of ['twice', 'first again']) await publisher.send('await', topic);
          expect(String(await subscriber.receive('await'))).to.equal('first again');
        });
      }
    });
  }
}

async function expectHeard(publisher: AnySocket, kind: 0 | 1, topic: string | Buffer) {
  const said = await publisher.receive('await');
  const expected = Buffer.concat([Buffer.of(kind), Buffer.from(topic as string)]);
  expect(said.map((part) => part.toString('hex'))).to.deep.equal([expected.toString('hex')]);
}
