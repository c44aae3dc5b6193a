import { libzmq } from '../support/judge.js';
import { optionScenarios } from '../support/option-scenarios.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

for (const transport of ['tcp', 'ipc'] as const) {
  for (const theirs of ['socket that has the option', 'other socket'] as const) {
    describe(`Options of single types over ${transport}, with libzmq’s as the ${theirs}`, () => {
      const stage = useTidySharedStage();
      let ours: End;
      let judge: End;

      before(() => {
        ours = here(new Performer({ context: stage.context }));
        judge = libzmq(stage);
      });

      if (theirs === 'other socket') {
        optionScenarios(stage, transport, () => ({ having: ours, other: judge }));
      } else {
        const cast = { mayWait: false };
        optionScenarios(stage, transport, () => ({ having: judge, other: ours }), cast);
      }
    });
  }
}
