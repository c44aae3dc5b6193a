import { expect } from 'chai';
import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here } from '../support/places.js';
import { useTidyStage } from '../support/stage.js';

/** Before 1.48 libuv fills abstract names up with zeros, and nobody else finds them. See docs/transports/ipc.md. */
const [major, minor] = process.versions.uv.split('.').map(Number) as [number, number];
if (process.platform === 'linux' && (major > 1 || minor >= 48)) {
  describe('A libzmq peer over an abstract name', () => {
    const stage = useTidyStage();

    for (const binder of ['ours', 'theirs']) {
      it(`that is ${binder} carries messages`, async () => {
        const endpoint = `ipc://@loomwire-test-${process.pid}-${binder}`;
        const push = await here(new Performer({ context: stage.context })).open('Push');
        const pull = await libzmq(stage).open('Pull');
        if (binder === 'ours') await pull.connect(await push.bind(endpoint));
        else await push.connect(await pull.bind(endpoint));
        await push.send('await', 'message');
        expect((await pull.receive('await')).map(String)).to.deep.equal(['message']);
        await pull.close();
      });
    }
  });
}
