// Puts runs of the benchmark into docs/performance.md, between its markers: the table as the benchmark
// prints it, and plots, which it writes beside the samples:
//   npm run --silent bench -- --json >docs/results/DATE-RUNTIME.json
//   node scripts/record-bench.mjs docs/results/DATE-RUNTIME.json [docs/results/OTHER.json …]
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { plotsOf } from '../dist/bench/plots/plots.js';
import { formatResults } from '../dist/bench/table.js';

const sources = process.argv.slice(2);
if (sources.length === 0) {
  console.error('usage: node scripts/record-bench.mjs RESULTS.json…');
  process.exit(2);
}

/** @param {string} source a file of results */
function record(source) {
  const results = JSON.parse(readFileSync(source, 'utf8'));
  const name = basename(source, '.json');
  const plots = plotsOf(results).map(({ name: plot, title, svg }) => {
    const file = `results/${name}-${plot}.svg`;
    writeFileSync(new URL(`../docs/${file}`, import.meta.url), svg);
    return `![${title}](${file})`;
  });
  const table = `\`\`\`text\n${formatResults(results, false).trim()}\n\`\`\``;
  return [table, `Samples: [${name}.json](results/${name}.json)`, ...plots].join('\n\n');
}

const page = new URL('../docs/performance.md', import.meta.url);
const [before, , after] = readFileSync(page, 'utf8').split(
  /(?<=results: begin.*\n)|(?=<!-- results: end)/,
);
writeFileSync(page, `${before}\n${sources.map(record).join('\n\n')}\n\n${after}`);
