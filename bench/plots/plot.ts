import type { Results } from '../results.js';

export interface Plot {
  /** Part of a file's name. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** With what it was measured, in short; the table has all of it. */
export function noteOf({ circumstances: here }: Results): string {
  const runtime = here.runtime.replace(/ \(.*/, '');
  return `${runtime}, ${here.cpu}, ${here.cores} cores, commit ${here.commit ?? 'unknown'}`;
}
