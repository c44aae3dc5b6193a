// npm run example -- NAME [arguments]
// Runs the example in this very process, so that standard input, signals and the exit status
// are the example's own.
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './build.mjs';

const FOLDER = new URL('../examples/', import.meta.url);
const [name = '', ...rest] = process.argv.slice(2);

const names = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => basename(entry.name, '.ts'))
  .sort();

if (!names.includes(name)) {
  const complaint = name === '' ? '' : `There is no example named ${JSON.stringify(name)}.\n`;
  process.stderr.write(
    `${complaint}Usage: npm run example -- NAME [arguments]\nExamples:\n  ${names.join('\n  ')}\n`,
  );
  process.exit(2);
}

const status = build();
const file = fileURLToPath(new URL(`../dist/examples/${name}.js`, import.meta.url));
if (status !== 0 || !existsSync(file)) process.exit(status || 1);

process.setSourceMapsEnabled(true);
process.argv.splice(1, Infinity, file, ...rest);
await import(pathToFileURL(file).href);
