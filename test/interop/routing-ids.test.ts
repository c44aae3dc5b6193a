import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer, type TypeName } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

/** The longest that there can be. */
const LONG = 'i'.repeat(255);
/** No text in UTF-8, and with a 0 in it. */
const BYTES = Buffer.of(0x80, 0, 0xff);

for (const transport of ['tcp', 'ipc'] as const) {
  for (const theirs of ['ROUTER', 'other peer'] as const) {
    describe(`Routing ids over ${transport}, with libzmq as the ${theirs}`, () => {
      const stage = useTidySharedStage();
      const open: AnySocket[] = [];
      let routing: End;
      let others: End;

      before(() => {
        const ours = here(new Performer({ context: stage.context }));
        const judge = libzmq(stage);
        [routing, others] = theirs === 'ROUTER' ? [judge, ours] : [ours, judge];
      });

      afterEach(async () => {
        for (const socket of open.splice(0)) await socket.close();
      });

      for (const binder of ['ROUTER', 'other peer'] as const) {
        /** A ROUTER, and five peers of it: three with names, and two without. */
        async function met(type: TypeName): Promise<[AnySocket, AnySocket[]]> {
          const router = await routing.open('Router');
          open.push(router);
          const peers: AnySocket[] = [];
          for (const options of [
            { routingId: 'named' },
            { routingId: LONG },
            { routingId: BYTES },
            {},
            {},
          ]) {
            const peer = await others.open(type, options);
            open.push(peer);
            peers.push(peer);
            if (binder === 'other peer') {
              await router.connect(await peer.bind(stage.wildcard(transport)));
            }
          }
          if (binder === 'other peer') return [router, peers];
          const endpoint = await router.bind(stage.wildcard(transport));
          for (const peer of peers) await peer.connect(endpoint);
          return [router, peers];
        }

        for (const [type, envelope] of [
          ['Dealer', []],
          ['Request', ['']],
        ] as const) {
          it(`lead back to each of five ${type}s, when the ${binder} binds`, async () => {
            const [router, peers] = await met(type);
            const ids: Buffer[] = [];
            for (const [i, peer] of peers.entries()) {
              await peer.send('await', `from ${i}`);
              const [id, ...rest] = await router.receive('await');
              expect(rest.map(String)).to.deep.equal([...envelope, `from ${i}`]);
              ids.push(id!);
            }
            expect(ids.slice(0, 2).map(String)).to.deep.equal(['named', LONG]);
            expect([...ids[2]!]).to.deep.equal([...BYTES]);
            // Who has no name gets five bytes, the first of which is 0.
            for (const id of ids.slice(3)) expect([id.length, id[0]]).to.deep.equal([5, 0]);
            expect(ids[3]!.equals(ids[4]!)).to.equal(false);
            for (const i of [3, 1, 0, 4, 2]) {
              await router.send('await', ['nobody', ...envelope, 'dropped']);
              await router.send('await', [ids[i]!, ...envelope, `to ${i}`]);
              expect(String(await peers[i]!.receive('await'))).to.equal(`to ${i}`);
            }
          });
        }
      }
    });
  }
}
