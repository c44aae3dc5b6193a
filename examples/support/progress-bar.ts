/**
 * Draws how far something is. On a terminal alone: in a file, or for a program, it would be noise.
 * @param part from 0 to 1
 */
export function showProgress(part: number): void {
  if (!process.stderr.isTTY) return;
  const bar = '█'.repeat(Math.round(part * 40)).padEnd(40, '·');
  process.stderr.write(`\r${bar} ${Math.round(part * 100)} %${part === 1 ? '\n' : ''}`);
}
