// Puts a run of the benchmark into docs/performance.md, between its markers, as the benchmark prints
// it: `npm run --silent bench -- --json >docs/results/DATE-RUNTIME.json`, then
// `node scripts/record-bench.mjs docs/results/DATE-RUNTIME.json`.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { formatResults } from '../dist/bench/table.js';

const [source] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: node scripts/record-bench.mjs RESULTS.json');
  process.exit(2);
}
const page = new URL('../docs/performance.md', import.meta.url);
const [before, , after] = readFileSync(page, 'utf8').split(
  /(?<=results: begin.*\n)|(?=<!-- results: end)/,
);
const table = formatResults(JSON.parse(readFileSync(source, 'utf8')), false).trim();
const link = `Samples: [${basename(source)}](results/${basename(source)})`;
writeFileSync(page, `${before}\n\`\`\`text\n${table}\n\`\`\`\n\n${link}\n\n${after}`);
