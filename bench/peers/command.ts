import { fileURLToPath } from 'node:url';
import type { EndName, EndAssignment, InprocAssignment, Work } from '../work.js';

/** A program and its arguments: one process of a measurement. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** One of the libraries that are measured side by side. */
export interface Library {
  readonly name: string;
  /** Known once `prepare` has found the library usable. */
  readonly version: string | undefined;
  /** Makes the library ready to run; the reason if it cannot be measured on this machine. */
  prepare(): Promise<string | undefined>;
  /** Both ends in one process, over inproc. */
  inproc(work: Work): Command;
  /** One end in a process of its own. A bound end tells the endpoint that it got. */
  end(work: Work, end: EndName, endpoint: string): Command;
}

/** Where the role files of this build are. */
const ROLES = new URL('../roles/', import.meta.url);

/** A JavaScript library's process with both ends. */
export function inprocCommand(assignment: InprocAssignment, roles = ROLES): Command {
  return roleCommand(
    assignment.work.threads === 2 ? 'inproc-threads' : 'inproc-one-thread',
    assignment,
    roles,
  );
}

/** A JavaScript library's process with one end. */
export function endCommand(assignment: EndAssignment, roles = ROLES): Command {
  return roleCommand('end', assignment, roles);
}

/** A role file, run by the Node, and with the flags, that run this process. */
function roleCommand(role: string, assignment: InprocAssignment, roles: URL): Command {
  const file = fileURLToPath(new URL(`${role}.js`, roles));
  return { file: process.execPath, args: [...process.execArgv, file, JSON.stringify(assignment)] };
}
