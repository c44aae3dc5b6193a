import { expect } from 'chai';
import { body, digest } from '../support/bodies.js';
import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';
import { streamScenarios, Talk, unreachable } from '../support/stream-scenarios.js';

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`libzmq’s STREAM over ${transport} does what ours does: one`, () => {
    const stage = useTidySharedStage();
    let judge: End;

    before(() => {
      judge = libzmq(stage);
    });

    streamScenarios(stage, transport, () => judge, { endFits: false, closesAtOnce: false });
  });

  describe(`STREAM over ${transport} and libzmq’s`, () => {
    const stage = useTidySharedStage();
    const open: AnySocket[] = [];
    let ours: End;
    let judge: End;

    before(() => {
      ours = here(new Performer({ context: stage.context }));
      judge = libzmq(stage);
    });

    afterEach(async () => {
      for (const socket of open.splice(0)) await socket.close();
    });

    for (const binder of ['ours', 'libzmq’s'] as const) {
      it(`send each other bytes, when ${binder} binds`, async () => {
        const [binding, connecting] = binder === 'ours' ? [ours, judge] : [judge, ours];
        const server = await binding.open('Stream');
        const client = await connecting.open('Stream');
        open.push(server, client);
        const endpoint = await server.bind(stage.wildcard(transport));
        await client.connect(endpoint, { routingId: 'server' });
        const [there, back] = [await Talk.begun(client), await Talk.begun(server)];
        const sent = body(200_000);
        for (const [from, to] of [
          [there, back],
          [back, there],
        ] as const) {
          await from.send('hello');
          expect(String(await to.read(5))).to.equal('hello');
          await from.send(sent);
          expect(digest(await to.read(sent.length))).to.equal(digest(sent));
        }
        await back.send('goodbye');
        await back.send('');
        await unreachable(back, binder === 'ours');
        expect(String(await there.read(7))).to.equal('goodbye');
        await there.end();
      });
    }
  });
}
