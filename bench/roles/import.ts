// A program that imports the library and does nothing. Beside it stands `nothing`.

import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { load } from './libraries.js';
import { reportDone } from './report.js';

async function run({ module }: Assignment): Promise<void> {
  await load(module);
  reportDone();
}

void run(assignment() as Assignment);
