import { libzmq } from '../support/judge.js';
import { Performer } from '../support/performer.js';
import { here, type End } from '../support/places.js';
import { socksScenarios } from '../support/socks-scenarios.js';
import { useTidySharedStage } from '../support/stage.js';

for (const theirs of ['socket that connects', 'peer'] as const) {
  describe(`A SOCKS proxy, with libzmq’s as the ${theirs}`, () => {
    const stage = useTidySharedStage();
    let ours: End;
    let judge: End;

    before(() => {
      ours = here(new Performer({ context: stage.context, linger: 0 }));
      judge = libzmq(stage);
    });

    socksScenarios(
      stage,
      () => (theirs === 'peer' ? { through: ours, peer: judge } : { through: judge, peer: ours }),
      theirs !== 'peer',
    );
  });
}
