// Writes the tables of docs/proof.md from the records in docs/results/proof/, between their markers:
//   node scripts/record-proof.mjs [--check]
//     --check  writes nothing, and fails if the page differs from what the records say
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

const PAGE = new URL('../docs/proof.md', import.meta.url);
const RECORDS = new URL('../docs/results/proof/', import.meta.url);

/** @type {Record<string, any>} records by name */
const records = Object.fromEntries(
  (existsSync(RECORDS) ? readdirSync(RECORDS) : [])
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [
      file.slice(0, -'.json'.length),
      JSON.parse(readFileSync(new URL(file, RECORDS), 'utf8')),
    ]),
);

/** What stands between the markers of each name. */
const TABLES = {
  summary() {
    const rows = Object.entries(records).map(
      ([name, { circumstances, scale, seed, seconds, findings }]) => [
        `[${name}](results/proof/${name}.json)`,
        findings.verdict,
        scale === undefined || scale === 1 ? '' : `${scale} of the full size`,
        seed ?? '',
        seconds,
        circumstances.date.slice(0, 10),
        circumstances.commit ?? '',
      ],
    );
    return table(['proof', 'found', 'size', 'seed', 'seconds', 'date', 'commit'], rows);
  },
  machines() {
    const machines = Object.values(records).map(
      ({ circumstances: { cpu, cores, memoryGibibytes, kernel, runtime } }) =>
        `- ${cpu}, ${cores} cores, ${memoryGibibytes} GiB, ${kernel}, ${runtime}`,
    );
    return [...new Set(machines)].join('\n') || NOT_RECORDED;
  },
  models() {
    if (records.models === undefined) return NOT_RECORDED;
    const rows = records.models.findings.checks.map(({ name, states, seconds, verdict }) => [
      `\`${name}\``,
      Number.isFinite(states) ? states : '',
      seconds,
      verdict,
    ]);
    return table(['model', 'states', 'seconds', 'verdict'], rows);
  },
  search() {
    const rows = searched('searches').map((search) => [
      search.protocol,
      search.scenario,
      search.preemptions,
      search.schedules,
      search.states,
      search.ended ? 'to the end' : 'as many as asked for',
    ]);
    return table(['protocol', 'scenario', 'bound', 'schedules', 'states', 'how far'], rows);
  },
  mutants() {
    const rows = searched('mutants').map(({ protocol, name, file, kill }) => [
      protocol,
      name,
      `\`${file}\``,
      `${kill.scenario}, schedule ${kill.schedule}: ${kill.message}`,
    ]);
    return table(['protocol', 'mutant', 'file', 'killed in'], rows);
  },
  litmus() {
    if (records.litmus === undefined) return NOT_RECORDED;
    const rows = records.litmus.findings.tests.map((test) => [
      test.name,
      test.variant,
      test.rounds,
      test.forbidden,
      Object.entries(test.outcomes)
        .map(([outcome, times]) => `${outcome}: ${times}`)
        .join(', '),
    ]);
    return table(['test', 'accesses', 'runs', 'forbidden', 'what the threads saw'], rows);
  },
  patterns() {
    if (records.patterns === undefined) return NOT_RECORDED;
    const rows = records.patterns.findings.runs.map((run) => [
      run.pattern,
      run.transport,
      run.sent,
      run.received,
      run.dropped,
      run.full,
    ]);
    return table(['pattern', 'transport', 'sent', 'received', 'dropped', 'found no room'], rows);
  },
  gigabytes() {
    if (records.gigabytes === undefined) return NOT_RECORDED;
    const rows = records.gigabytes.findings.runs.map((run) => [
      run.transport,
      run.bytes,
      run.milliseconds,
      run.bytesPerSecond,
      run.peakResidentBytes.join(', '),
    ]);
    const peak = 'peak resident bytes of each process';
    return table(['transport', 'bytes', 'milliseconds', 'bytes per second', peak], rows);
  },
};

/** What the searches of all protocols have found, each of which has a record of its own. */
function searched(what) {
  const names = Object.keys(records).filter((name) => name.startsWith('search-'));
  return names.flatMap((name) => records[name].findings[what]);
}

const NOT_RECORDED = '_No record._';

/** @param {readonly string[]} head @param {readonly (readonly unknown[])[]} rows */
function table(head, rows) {
  if (rows.length === 0) return NOT_RECORDED;
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const before = readFileSync(PAGE, 'utf8');
let page = before;
for (const [name, write] of Object.entries(TABLES)) {
  const markers = new RegExp(`(<!-- ${name}: begin[^>]*-->\n)[^]*?(<!-- ${name}: end -->)`);
  if (!markers.test(page)) throw new Error(`docs/proof.md has no markers for ${name}`);
  page = page.replace(markers, (_all, begin, end) => `${begin}\n${write()}\n\n${end}`);
}
page = await format(page, { ...(await resolveConfig(PAGE)), filepath: 'proof.md' });

if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (page !== before) {
  console.error('docs/proof.md differs from docs/results/proof: node scripts/record-proof.mjs');
  process.exitCode = 1;
}
