import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commitOf } from '../machine.js';
import { SocketLibrary } from './socket-library.js';

/**
 * Another state of loomwire, built in a clone of its own: says what a change has cost or won. The role
 * files are this build's, so both do the same work.
 */
export class Checkout extends SocketLibrary {
  /** @param clone its root, see `isBuilt` */
  constructor(private readonly clone: string) {
    super('beside', pathToFileURL(doorOf(clone)).href);
  }

  prepare(): Promise<string | undefined> {
    this.version = `commit ${commitOf(this.clone) ?? 'unknown'}`;
    return Promise.resolve(undefined);
  }
}

/** Is there a clone at `path` that `npm run build` has built? */
export function isBuilt(path: string): boolean {
  return existsSync(doorOf(path));
}

/** Earlier states have no `dist/lib`. */
function doorOf(clone: string): string {
  const [door = '', earlier = ''] = ['lib', 'src'].map((folder) =>
    join(resolve(clone), 'dist', folder, 'index.js'),
  );
  return existsSync(door) ? door : earlier;
}
