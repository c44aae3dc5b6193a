import { expect } from 'chai';
import type { System } from '../../src/actors.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Line } from './support/tasks.js';
import { Threads } from './support/threads.js';

/** Says on the channel that it is loading, and is never loaded. */
function endless(channel: string): string {
  return source(`import { BroadcastChannel } from 'node:worker_threads';
    new BroadcastChannel('${channel}').postMessage('loading');
    for (;;);
    export default 1;`);
}

type Start = (sys: System, url: URL | string) => Promise<unknown>;

const starts: Record<string, Start> = {
  server: (sys, url) => sys.server('tcp://127.0.0.1:*', url, { threads: 2, name: 'loading' }),
  'served stage': (sys, url) =>
    sys.serveStage('tcp://127.0.0.1:*', url, { threads: 2, name: 'loading' }),
};
const modules: Record<string, URL> = {
  server: module('servers/handlers'),
  'served stage': module('pools/tasks'),
};

for (const [what, start] of Object.entries(starts)) {
  describe(`A ${what} whose system is shut down`, () => {
    let sys: System;
    let line: Line;
    let threads: Threads;
    beforeEach(async () => {
      threads = new Threads();
      line = new Line();
      sys = await open({ warm: 0, arenaSize: 2 ** 26 });
    });
    afterEach(async () => {
      line.close();
      threads.close();
      await endSystems();
    });

    it('while it loads is ended at once, with its threads', async () => {
      const started = actorFailure('ERR_ACTOR_STOPPED', start(sys, endless(line.channel)));
      await line.begun(2);
      const { drained, forced } = await sys.shutdown();
      // Its own, and the context's: nothing is left.
      expect(threads.running.size).to.equal(0);
      expect({ drained, forced }).to.deep.equal({ drained: ['loading'], forced: [] });
      await started;
    });

    it('when it has just loaded, and is being bound, is ended', async () => {
      const started = actorFailure('ERR_ACTOR_STOPPED', start(sys, modules[what]!));
      await threads.ready(2);
      const { drained, forced } = await sys.shutdown();
      expect(threads.running.size).to.equal(0);
      expect({ drained, forced }).to.deep.equal({ drained: ['loading'], forced: [] });
      await started;
    });

    it('leaves no name behind', async () => {
      const first = actorFailure('ERR_ACTOR_STOPPED', start(sys, endless(line.channel)));
      await sys.shutdown();
      await first;
      const { context } = await open({ warm: 0, arenaSize: 2 ** 26 });
      const again = await open({ warm: 0, context });
      // One that failed by itself is over, too, and not seen off any more.
      await actorFailure('ERR_ACTOR_LOAD', start(again, module('pools/nowhere')));
      await start(again, modules[what]!);
      expect((await again.shutdown()).drained).to.deep.equal(['loading']);
    });
  });
}
