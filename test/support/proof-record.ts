import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { circumstances, type Circumstances } from '../../bench/machine.js';

/** Where the records lie that docs/proof.md is written from. */
const FOLDER = new URL('../../../docs/results/proof/', import.meta.url);

/**
 * Keeps what a proof has found, with the machine, the versions, the commit and the date. Answers the
 * file's name.
 * @param began as they were when it began, if that matters
 */
export function writeProofRecord(
  name: string,
  found: object,
  began: Circumstances = circumstances(),
): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = fileURLToPath(new URL(`${name}.json`, FOLDER));
  writeFileSync(file, `${JSON.stringify({ circumstances: began, ...found }, null, 2)}\n`);
  return file;
}
