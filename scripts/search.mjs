// npm run search: the interleavings of the shipped source, further than in npm test. Each scenario is
// searched up to three preemptions, or whole, to the end or to a large number of schedules, and the table says
// which; then with more of them. Then every mutant must be found.
//   npm run search -- [--only PROTOCOL] [--most N] [--record]
//     --only    one protocol
//     --most    schedules of the deeper searches at most (500000)
//     --record  keeps the results in docs/results/proof/search.json
import { parseArgs } from 'node:util';
import { build } from './build.mjs';

const THOROUGH = 3;
/** The searches up to there may take so many times as many schedules before they are left. */
const THOROUGH_PART = 4;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    most: { type: 'string', default: '500000' },
    record: { type: 'boolean', default: false },
  },
});
const status = build();
if (status !== 0) process.exit(status);
process.setSourceMapsEnabled(true);

const { PROTOCOLS, describeBound, killMutant, searchScenario } =
  await import('../dist/test/model/search/protocols.js');
const { writeProofRecord } = await import('../dist/test/support/proof-record.js');

const names = Object.keys(PROTOCOLS).filter((name) => (values.only ?? name) === name);
if (names.length === 0) {
  console.error(`protocols: ${Object.keys(PROTOCOLS).join(', ')}`);
  process.exit(2);
}

const most = Number(values.most);
const started = Date.now();
const searches = [];
const mutants = [];
let failed = 0;

print('scenario', 'preemptions', 'schedules', 'steps', 'states', 'seconds', '');
for (const protocol of names) {
  for (const [scenario, { quick, deep }] of Object.entries(PROTOCOLS[protocol].scenarios)) {
    search(protocol, scenario, Math.max(quick, THOROUGH), THOROUGH_PART * most);
    if (deep > Math.max(quick, THOROUGH)) search(protocol, scenario, deep, most);
  }
}
for (const protocol of names) {
  for (const mutant of PROTOCOLS[protocol].mutants) kill(protocol, mutant);
}

const schedules = searches.reduce((sum, search) => sum + search.schedules, 0);
const seconds = Math.round((Date.now() - started) / 1000);
const killed = mutants.filter(({ kill }) => kill !== null).length;
const verdict = `${schedules} schedules, ${searches.length} searches, ${killed} of ${mutants.length} mutants killed, ${failed} failed.`;
if (values.record && failed === 0) {
  writeProofRecord('search', { seconds, findings: { verdict, schedules, searches, mutants } });
}
console.log(`\nsearch: ${failed === 0 ? 'held' : 'FAILED'}. ${verdict} ${seconds} s`);
process.exitCode = failed === 0 ? 0 : 1;

function search(protocol, scenario, bound, most) {
  const begun = Date.now();
  const outcome = searchScenario(PROTOCOLS[protocol], scenario, bound, most);
  const { schedules, steps, states, failure, ended } = outcome;
  const seconds = (Date.now() - begun) / 1000;
  const preemptions = describeBound(bound);
  const result = failure !== undefined ? 'FAILED' : ended ? 'to the end' : 'as many as asked for';
  print(`${protocol}: ${scenario}`, preemptions, schedules, steps, states, seconds, result);
  if (failure !== undefined) {
    failed++;
    console.log([failure.message, ...failure.trace].join('\n'));
  }
  searches.push({ protocol, scenario, preemptions, schedules, steps, states, seconds, ended });
}

function kill(protocol, mutant) {
  const kill = killMutant(PROTOCOLS[protocol], mutant) ?? null;
  if (kill === null) failed++;
  const { file, find, replace, name } = mutant;
  mutants.push({ protocol, name, file, find, replace, kill });
  console.log(
    kill === null
      ? `SURVIVES  ${protocol}: ${name}`
      : `killed    ${protocol}: ${name} (${kill.scenario}, schedule ${kill.schedule}: ${kill.message})`,
  );
}

function print(scenario, preemptions, ...rest) {
  const [schedules, steps, states, seconds, result] = rest.map(String);
  console.log(
    `${scenario.padEnd(32)} ${preemptions.padEnd(14)} ${schedules.padStart(9)} ${steps.padStart(10)} ` +
      `${states.padStart(9)} ${seconds.padStart(8)}  ${result}`.trimEnd(),
  );
}
