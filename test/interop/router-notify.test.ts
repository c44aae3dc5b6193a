import { libzmq } from '../support/judge.js';
import { notifyScenarios } from '../support/notify-scenarios.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

for (const transport of ['tcp', 'ipc'] as const) {
  for (const theirs of ['ROUTER', 'peer'] as const) {
    describe(`routerNotify over ${transport}, with libzmq’s as the ${theirs}`, () => {
      const stage = useTidySharedStage();
      let ours: End;
      let judge: End;

      before(() => {
        ours = here(new Performer({ context: stage.context, linger: 0 }));
        judge = libzmq(stage);
      });

      notifyScenarios(stage, transport, () =>
        theirs === 'peer' ? { router: ours, peer: judge } : { router: judge, peer: ours },
      );
    });
  }
}
