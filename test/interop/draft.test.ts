import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer, type TypeName } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { untilHeard } from '../support/reaching.js';
import { useTidySharedStage } from '../support/stage.js';

/** The longest that a group can be. */
const LONG = 'g'.repeat(255);

for (const transport of ['tcp', 'ipc'] as const) {
  for (const theirs of ['first', 'second'] as const) {
    for (const binder of ['first', 'second'] as const) {
      describe(`Draft types over ${transport}, with libzmq’s as the ${theirs}; the ${binder} binds`, () => {
        const stage = useTidySharedStage();
        const open: AnySocket[] = [];
        let firsts: End;
        let seconds: End;

        before(() => {
          const ours = here(new Performer({ context: stage.context }));
          const judge = libzmq(stage);
          [firsts, seconds] = theirs === 'first' ? [judge, ours] : [ours, judge];
        });

        afterEach(async () => {
          for (const socket of open.splice(0)) await socket.close();
        });

        /** One socket, and as many peers of it as are asked for. */
        async function met(
          types: readonly [first: TypeName, second: TypeName],
          count: number,
        ): Promise<[first: AnySocket, seconds: AnySocket[]]> {
          const first = await firsts.open(types[0]);
          const peers: AnySocket[] = [];
          for (let i = 0; i < count; i++) peers.push(await seconds.open(types[1]));
          open.push(first, ...peers);
          const endpoint = binder === 'first' ? await first.bind(stage.wildcard(transport)) : '';
          for (const peer of peers) {
            if (binder === 'first') await peer.connect(endpoint);
            else await first.connect(await peer.bind(stage.wildcard(transport)));
          }
          return [first, peers];
        }

        it('SERVER and CLIENT: each of four is answered by its routing id', async () => {
          const [server, clients] = await met(['Server', 'Client'], 4);
          const ids: string[] = [];
          for (const [i, client] of clients.entries()) {
            await client.send('await', `from ${i}`);
            const [id, body] = await server.receive('await');
            expect(String(body)).to.equal(`from ${i}`);
            ids.push(String(id));
          }
          expect(new Set(ids)).to.have.property('size', 4);
          expect(ids).to.not.include('0');
          for (const i of [3, 1, 0, 2]) {
            await server.send('await', [ids[i]!, `to ${i}`]);
            expect(String(await clients[i]!.receive('await'))).to.equal(`to ${i}`);
          }
        });

        it('SERVER: a routing id that nobody has is refused with EHOSTUNREACH', async () => {
          const [server, [client]] = await met(['Server', 'Client'], 1);
          await client!.send('await', 'hello');
          const [id] = await server.receive('await');
          const nobody = String((Number(id) % (2 ** 32 - 1)) + 1);
          for (const [to, code] of [
            ['0', 'EINVAL'],
            [nobody, 'EHOSTUNREACH'],
          ] as const) {
            const refused = await server
              .send('await', [to, 'message'])
              .catch((error: unknown) => error);
            expect(refused).to.include({ code });
          }
          await server.send('await', [String(id), 'still there']);
          expect(String(await client!.receive('await'))).to.equal('still there');
        });

        it('SCATTER and GATHER: every message comes to one of them', async () => {
          const [scatter, [gather]] = await met(['Scatter', 'Gather'], 1);
          for (let i = 0; i < 100; i++) await scatter.send('await', `message ${i}`);
          for (let i = 0; i < 100; i++) {
            expect(String(await gather!.receive('await'))).to.equal(`message ${i}`);
          }
        });

        it('GATHER and SCATTER: messages of all four come to one', async () => {
          const [gather, scatters] = await met(['Gather', 'Scatter'], 4);
          for (const [i, scatter] of scatters.entries()) await scatter.send('await', String(i));
          const heard: string[] = [];
          for (let i = 0; i < 4; i++) heard.push(String(await gather.receive('await')));
          expect(heard.sort()).to.deep.equal(['0', '1', '2', '3']);
        });

        it('CHANNEL: messages go both ways, in any order of sending and receiving', async () => {
          const [first, [second]] = await met(['Channel', 'Channel'], 1);
          for (let i = 0; i < 3; i++) await first.send('await', `there ${i}`);
          for (let i = 0; i < 3; i++) {
            expect(String(await second!.receive('await'))).to.equal(`there ${i}`);
            await second!.send('await', `back ${i}`);
          }
          for (let i = 0; i < 3; i++) {
            expect(String(await first.receive('await'))).to.equal(`back ${i}`);
          }
        });

        it('RADIO and DISH: a message goes to those who joined exactly its group', async () => {
          const [radio, dishes] = await met(['Radio', 'Dish'], 2);
          const [one, other] = dishes as [AnySocket, AnySocket];
          await one.join('a', LONG, 'all');
          await other.join('ab', 'all');
          for (const dish of dishes) await untilHeard(radio, dish, '', ['all']);
          // Both are in that group, and have probes of each other's still.
          await radio.send('await', ['all', 'no more probes']);
          for (const dish of dishes) await until('no more probes', dish);
          for (const group of ['', 'b', 'A', 'a', 'ab', 'abc', LONG.slice(1), LONG, 'all']) {
            await radio.send('await', [group, `to ${group}`]);
          }
          for (const group of ['a', LONG, 'all']) await expectFrom(one, group, `to ${group}`);
          for (const group of ['ab', 'all']) await expectFrom(other, group, `to ${group}`);
        });

        it('RADIO and DISH: what a group is sent after it was left does not come', async () => {
          const [radio, [dish]] = await met(['Radio', 'Dish'], 1);
          await dish!.join('left', 'stays');
          await untilHeard(radio, dish!, '', ['stays']);
          await radio.send('await', ['left', 'before']);
          await expectFrom(dish!, 'left', 'before');
          await dish!.leave('left');
          for (const group of ['left', 'stays']) await radio.send('await', [group, 'after']);
          await expectFrom(dish!, 'stays', 'after');
          await dish!.join('left');
          await untilHeard(radio, dish!, '', ['left']);
        });

        it('DISH and RADIO: whoever comes later hears what was joined before', async () => {
          const [dish, radios] = await met(['Dish', 'Radio'], 2);
          await dish.join('group');
          for (const radio of radios) await untilHeard(radio, dish, '', ['group']);
          for (const [i, radio] of radios.entries()) {
            await radio.send('await', ['group', `from ${i}`]);
            await expectFrom(dish, 'group', `from ${i}`);
          }
        });

        it('DISH: joining twice and leaving what was not joined are refused with EINVAL', async () => {
          const [dish] = await met(['Dish', 'Radio'], 1);
          await dish.join('group');
          for (const call of [() => dish.join('group'), () => dish.leave('other')]) {
            expect(await call().catch((error: unknown) => error)).to.include({ code: 'EINVAL' });
          }
        });
      });
    }
  }
}

async function until(text: string, dish: AnySocket): Promise<void> {
  while (String((await dish.receive('await')).at(-1)) !== text);
}

async function expectFrom(dish: AnySocket, group: string, text: string): Promise<void> {
  expect((await dish.receive('await')).map(String)).to.deep.equal([group, text]);
}
