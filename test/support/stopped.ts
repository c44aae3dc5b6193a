import { readdirSync, readFileSync } from 'node:fs';
import { turn } from './heard.js';
import type { ProcessElsewhere } from './elsewhere.js';

/** Stops a process, on Linux; resolves when no thread of it runs any more. `SIGCONT` has it go on. */
export async function stop({ child }: ProcessElsewhere): Promise<void> {
  const folder = `/proc/${child.pid!}/task`;
  // The state is behind the name, which is in parentheses and may have blanks.
  const stateOf = (task: string): string =>
    readFileSync(`${folder}/${task}/stat`, 'latin1').replace(/^.*\) /s, '')[0]!;
  child.kill('SIGSTOP');
  while (!readdirSync(folder).every((task) => stateOf(task) === 'T')) await turn();
}
