import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commitOf } from '../machine.js';
import type { EndName, Work } from '../work.js';
import { type Command, endCommand, inprocCommand, type Library } from './command.js';

/** Another state of loomwire, built in a clone of its own: says what a change has cost or won. */
export class Checkout implements Library {
  readonly name = 'beside';
  version: string | undefined;

  /** @param clone its root, see `isBuilt` */
  constructor(private readonly clone: string) {}

  prepare(): Promise<string | undefined> {
    this.version = `commit ${commitOf(this.clone) ?? 'unknown'}`;
    return Promise.resolve(undefined);
  }

  inproc(work: Work): Command {
    return inprocCommand({ library: 'loomwire', work }, rolesOf(this.clone));
  }

  end(work: Work, end: EndName, endpoint: string): Command {
    return endCommand({ library: 'loomwire', work, end, endpoint }, rolesOf(this.clone));
  }
}

/** Is there a clone at `path` that `npm run build` has built? */
export function isBuilt(path: string): boolean {
  return existsSync(rolesOf(path));
}

function rolesOf(clone: string): URL {
  return pathToFileURL(join(resolve(clone), 'dist/bench/roles/'));
}
