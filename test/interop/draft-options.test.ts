import { libzmq } from '../support/judge.js';
import { noticeScenarios } from '../support/notice-scenarios.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

for (const transport of ['tcp', 'ipc'] as const) {
  for (const theirs of ['socket that has the option', 'other socket'] as const) {
    describe(`libzmq’s draft options over ${transport}, with libzmq’s as the ${theirs}`, () => {
      const stage = useTidySharedStage();
      let ours: End;
      let judge: End;

      before(() => {
        ours = here(new Performer({ context: stage.context }));
        judge = libzmq(stage);
      });

      noticeScenarios(stage, transport, () =>
        theirs === 'other socket' ? { having: ours, other: judge } : { having: judge, other: ours },
      );
    });
  }
}
