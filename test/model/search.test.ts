import { expect } from 'chai';
import type { Outcome } from './search/explore.js';
import { describeBound, killMutant, PROTOCOLS, searchScenario } from './search/protocols.js';

/** Milliseconds. A search waits for nothing: how long it takes is the machine's affair. */
const LONG = 300_000;

describe('interleavings of the shipped source', function () {
  this.timeout(LONG);

  for (const [name, protocol] of Object.entries(PROTOCOLS)) {
    describe(name, () => {
      for (const [scenario, { quick }] of Object.entries(protocol.scenarios)) {
        it(`${scenario}: no schedule fails`, function () {
          const outcome = searchScenario(protocol, scenario, quick);
          const { schedules, steps, states } = outcome;
          // The runner shows the title when the test has passed.
          this.test!.title += ` (${describeBound(quick)}: ${schedules} runs, ${steps} steps, ${states} states)`;
          expect(outcome.failure && format(outcome), 'a failing schedule').to.equal(undefined);
          expect(schedules).to.be.greaterThan(10);
        });
      }

      for (const mutant of protocol.mutants) {
        it(`mutant: ${mutant.name} is killed`, function () {
          const kill = killMutant(protocol, mutant);
          if (kill === undefined) expect.fail('no scenario tells it from the right source');
          this.test!.title += ` (${kill.scenario}, schedule ${kill.schedule}: ${kill.message})`;
        });
      }
    });
  }
});

function format({ failure }: Outcome): string {
  return `${failure!.message}\n${failure!.trace.join('\n')}`;
}
