// npm run search: the interleavings of the shipped source, further than in npm test. Each scenario is
// searched up to three preemptions, or whole, to the end or to a large number of schedules, and the table says
// which; then with more of them. Then every mutant must be found. One protocol after the other.
//   npm run search -- [--only PROTOCOL] [--most N] [--threads N] [--record]
//     --only     one protocol
//     --most     schedules of the deeper searches at most (500000)
//     --threads  searches at a time (as many as there are cores)
//     --record   keeps the results of each protocol that held in docs/results/proof/search-PROTOCOL.json
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

const pool = new Piscina({
  filename: new URL('search-task.mjs', import.meta.url).href,
  minThreads: threads,
  maxThreads: threads,
  resourceLimits: { maxOldGenerationSizeMb: HEAP_MEBIBYTES },
});
const started = Date.now();
const all = [];
for (const name of names) all.push(await prove(name));
await pool.close();
const failed = all.filter(({ failures }) => failures > 0).length;
console.log(
  `\nsearch: ${failed === 0 ? 'held' : 'FAILED'}. ${verdictOf(all)} ${secondsSince(started)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;

/** Searches a protocol's scenarios and has its mutants killed. */
async function prove(protocol) {
  const began = circumstances();
  const started = Date.now();
  print(protocol, 'preemptions', 'schedules', 'steps', 'states', 'seconds', '');
  const searches = await runAll(scenariosOf(protocol), reportSearch);
  const mutants = await runAll(mutantsOf(protocol), reportMutant);
  const lost = searches.filter(({ failure }) => failure !== undefined);
  const alive = mutants.filter(({ kill }) => kill === null);
  const found = { searches, mutants, failures: lost.length + alive.length };
  if (values.record && found.failures === 0) {
    const findings = { verdict: verdictOf([found]), searches, mutants };
    const record = { most, threads, seconds: secondsSince(started), findings };
    writeProofRecord(`search-${protocol.replace(/[^a-z]+/gi, '-').toLowerCase()}`, record, began);
  }
  return found;
}

function scenariosOf(protocol) {
  return Object.entries(PROTOCOLS[protocol].scenarios).flatMap(([scenario, { quick, deep }]) => {
    const thorough = Math.max(quick, THOROUGH);
    const tasks = [{ protocol, scenario, bound: thorough, most: THOROUGH_PART * most }];
    if (deep > thorough) tasks.push({ protocol, scenario, bound: deep, most });
    return tasks;
  });
}

function mutantsOf(protocol) {
  return PROTOCOLS[protocol].mutants.map((_, mutant) => ({ protocol, mutant }));
}

/** Begins tasks in order, as many at a time as there are threads, and reports each when it has ended. */
async function runAll(tasks, report) {
  const rest = tasks.entries();
  const results = [];
  const lane = async () => {
    for (const [number, task] of rest) results[number] = report(task, await pool.run(task));
  };
  await Promise.all(Array.from({ length: threads }, lane));
  return results;
}

function reportSearch({ protocol, scenario, bound }, { found, seconds }) {
  const { schedules, steps, states, failure, ended } = found;
  const preemptions = describeBound(bound);
  const result = failure !== undefined ? 'FAILED' : ended ? 'to the end' : 'as many as asked for';
  print(`  ${scenario}`, preemptions, schedules, steps, states, seconds, result);
  if (failure !== undefined) console.log([failure.message, ...failure.trace].join('\n'));
  return { protocol, scenario, preemptions, schedules, steps, states, seconds, ended, failure };
}

function reportMutant({ protocol, mutant }, { found: kill }) {
  const { file, find, replace, name } = PROTOCOLS[protocol].mutants[mutant];
  console.log(
    kill === null
      ? `  SURVIVES  ${name}`
      : `  killed    ${name} (${kill.scenario}, schedule ${kill.schedule}: ${kill.message})`,
  );
  return { protocol, name, file, find, replace, kill };
}

function verdictOf(found) {
  const searches = found.flatMap(({ searches }) => searches);
  const mutants = found.flatMap(({ mutants }) => mutants);
  const schedules = searches.reduce((sum, search) => sum + search.schedules, 0);
  const killed = mutants.filter(({ kill }) => kill !== null).length;
  const failures = found.reduce((sum, { failures }) => sum + failures, 0);
  return (
    `${schedules} schedules in ${searches.length} searches, ` +
    `${killed} of ${mutants.length} mutants killed, ${failures} failed.`
  );
}

function secondsSince(started) {
  return Math.round((Date.now() - started) / 1000);
}

function print(scenario, preemptions, ...rest) {
  const [schedules, steps, states, seconds, result] = rest.map(String);
  console.log(
    `${scenario.padEnd(32)} ${preemptions.padEnd(14)} ${schedules.padStart(9)} ${steps.padStart(10)} ` +
      `${states.padStart(9)} ${seconds.padStart(8)}  ${result}`.trimEnd(),
  );
}
