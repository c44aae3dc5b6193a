import { expect } from 'chai';
import { Stream } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { Performer } from '../support/performer.js';
import { here } from '../support/places.js';
import { useStage } from '../support/stage.js';
import { streamScenarios } from '../support/stream-scenarios.js';

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`STREAM over ${transport}: one`, () => {
    const stage = useStage();
    streamScenarios(stage, transport, () => here(new Performer({ context: stage.context })));
  });
}

describe('STREAM', () => {
  const stage = useStage();

  it('takes no message but of a routing id and data', async () => {
    const { context } = stage;
    const stream = new Stream({ context });
    expect(stream.type).to.equal(11);
    for (const message of [['id'], ['id', 'a', 'b']]) {
      await failure('EINVAL', () => stream.send(message as never));
    }
  });

  it('refuses a name that another peer has', async () => {
    const { context } = stage;
    const stream = new Stream({ context, linger: 0 });
    const endpoint = await stage.freeEndpoint();
    stream.connect(endpoint, { routingId: 'peer' });
    failureNow('EINVAL', () => stream.connect(endpoint, { routingId: 'peer' }));
  });
});
