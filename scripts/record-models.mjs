// Keeps the table of test/model/run-models.sh --record, which comes by standard input, with the machine
// and versions in docs/results/proof/models.json.
import { readFileSync } from 'node:fs';
import { writeProofRecord } from '../dist/test/support/proof-record.js';

const [deep, spin] = process.argv.slice(2);
const rows = readFileSync(0, 'utf8').trimEnd().split('\n');
const checks = rows.map((row) => {
  const [expected, name, states, seconds, verdict] = row.split('\t');
  return { expected, name: name.trim(), states: Number(states), seconds: Number(seconds), verdict };
});
const correct = checks.filter(({ expected }) => expected === 'correct');
const states = correct.reduce((sum, check) => sum + check.states, 0);
const killed = checks.length - correct.length;
writeProofRecord('models', {
  deep: deep === 'true',
  spin,
  seconds: Math.round(checks.reduce((sum, { seconds }) => sum + seconds, 0)),
  findings: {
    verdict: `${correct.length} models proven, ${states} states; ${killed} mutants killed.`,
    checks,
  },
});
