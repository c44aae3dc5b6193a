const SPECIFIER = /(['"])zeromq((?:\/draft|\/v5-compat)?)\1/g;

/**
 * A program for zeromq.js, changed in nothing but what it imports.
 * @throws Error if it imports nothing of zeromq.js
 */
export function importLoomwire(program: string): string {
  const changed = program.replaceAll(SPECIFIER, '$1loomwire$2$1');
  if (changed === program) throw new Error('The program does not import zeromq.js');
  return changed;
}
