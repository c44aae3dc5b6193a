// npm run search: the interleavings of the shipped source, further than in npm test. Each scenario is
// searched up to three preemptions, or whole, to the end or to a large number of schedules, and the table says
// which; then with more of them. Then every mutant must be found.
//   npm run search -- [--only PROTOCOL] [--most N] [--threads N] [--record]
//     --only     one protocol
//     --most     schedules of the deeper searches at most (500000)
//     --threads  searches at a time (as many as there are cores)
//     --record   keeps the results in docs/results/proof/search.json
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Piscina } from 'piscina';
import { build } from './build.mjs';

const THOROUGH = 3;
/** The searches up to there may take so many times as many schedules before they are left. */
const THOROUGH_PART = 4;
/** Of each thread: what a search has seen is a gigabyte when it is left. */
const HEAP_MEBIBYTES = 4096;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    most: { type: 'string', default: '500000' },
    threads: { type: 'string', default: String(availableParallelism()) },
    record: { type: 'boolean', default: false },
  },
});
const status = build();
if (status !== 0) process.exit(status);
process.setSourceMapsEnabled(true);

const { PROTOCOLS, describeBound } = await import('../dist/test/model/search/protocols.js');
const { circumstances } = await import('../dist/bench/machine.js');
const { writeProofRecord } = await import('../dist/test/support/proof-record.js');

const names = Object.keys(PROTOCOLS).filter((name) => (values.only ?? name) === name);
const most = Number(values.most);
const threads = Number(values.threads);
if (names.length === 0 || !(most >= 1) || !Number.isInteger(threads) || threads < 1) {
  console.error('npm run search -- [--only PROTOCOL] [--most N] [--threads N] [--record]');
  console.error(`protocols: ${Object.keys(PROTOCOLS).join(', ')}`);
  process.exit(2);
}

const began = circumstances();
const started = Date.now();
const searches = [];
const mutants = [];
let failed = 0;

const pool = new Piscina({
  filename: new URL('search-task.mjs', import.meta.url).href,
  minThreads: threads,
  maxThreads: threads,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
});
print('scenario', 'preemptions', 'schedules', 'steps', 'states', 'seconds', '');
await runAll([...scenarios()]);
await runAll([...edits()]);
await pool.close();

const schedules = searches.reduce((sum, search) => sum + search.schedules, 0);
const seconds = Math.round((Date.now() - started) / 1000);
const killed = mutants.filter(({ kill }) => kill !== null).length;
const verdict = `${schedules} schedules, ${searches.length} searches, ${killed} of ${mutants.length} mutants killed, ${failed} failed.`;
if (values.record && failed === 0) {
  const findings = { verdict, schedules, searches, mutants };
  writeProofRecord('search', { only: values.only, most, threads, seconds, findings }, began);
}
console.log(`\nsearch: ${failed === 0 ? 'held' : 'FAILED'}. ${verdict} ${seconds} s`);
process.exitCode = failed === 0 ? 0 : 1;

/** Each with what is done with what it has found. */
function* scenarios() {
  for (const protocol of names) {
    for (const [scenario, { quick, deep }] of Object.entries(PROTOCOLS[protocol].scenarios)) {
      const bounds = [[Math.max(quick, THOROUGH), THOROUGH_PART * most]];
      if (deep > bounds[0][0]) bounds.push([deep, most]);
      for (const [bound, most] of bounds) {
        const task = { protocol, scenario, bound, most };
        yield { task, reached: (...result) => reached(task, ...result) };
      }
    }
  }
}

function* edits() {
  for (const protocol of names) {
    for (const mutant of PROTOCOLS[protocol].mutants.keys()) {
      const task = { protocol, mutant };
      yield { task, reached: (...result) => killedOrNot(task, ...result) };
    }
  }
}

/** Begins them in order, as many at a time as there are threads; each is reported when it has ended. */
async function runAll(tasks) {
  const rest = tasks.entries();
  const lane = async () => {
    for (const [number, { task, reached }] of rest) reached(await pool.run(task), number);
  };
  await Promise.all(Array.from({ length: threads }, lane));
}

function reached({ protocol, scenario, bound }, { found, seconds }, number) {
  const { schedules, steps, states, failure, ended } = found;
  const preemptions = describeBound(bound);
  const result = failure !== undefined ? 'FAILED' : ended ? 'to the end' : 'as many as asked for';
  print(`${protocol}: ${scenario}`, preemptions, schedules, steps, states, seconds, result);
  if (failure !== undefined) {
    failed++;
    console.log([failure.message, ...failure.trace].join('\n'));
  }
  const counts = { schedules, steps, states, seconds, ended };
  searches[number] = { protocol, scenario, preemptions, ...counts };
}

function killedOrNot({ protocol, mutant }, { found: kill }, number) {
  if (kill === null) failed++;
  const { file, find, replace, name } = PROTOCOLS[protocol].mutants[mutant];
  mutants[number] = { protocol, name, file, find, replace, kill };
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
