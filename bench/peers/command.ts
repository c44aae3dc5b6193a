import { fileURLToPath } from 'node:url';
import { type Assignment, type EndAssignment, type EndName, isPair, type Work } from '../work.js';

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
  /** All of the work in one process; of two ends, both of them over inproc. */
  whole(work: Work): Command;
  /** One end in a process of its own. A bound end tells the endpoint that it got. */
  end(work: Work, end: EndName, endpoint: string): Command;
}

/** A JavaScript library's process for all of the work. */
export function wholeCommand(assignment: Assignment): Command {
  const { pattern, threads } = assignment.work;
  if (!isPair(pattern)) return roleCommand(pattern, assignment);
  return roleCommand(threads === 2 ? 'inproc-threads' : 'inproc-one-thread', assignment);
}

/** A JavaScript library's process with one end. */
export function endCommand(assignment: EndAssignment): Command {
  return roleCommand('end', assignment);
}

/** With it a Node reads more files when it starts; nobody looks at these processes' stacks. */
const NOT_PASSED_ON = '--enable-source-maps';

/** A role file, run by the Node, and with the flags, that run this process. */
export function roleCommand(role: string, assignment: Assignment): Command {
  const file = fileURLToPath(new URL(`../roles/${role}.js`, import.meta.url));
  const flags = process.execArgv.filter((flag) => flag !== NOT_PASSED_ON);
  return { file: process.execPath, args: [...flags, file, JSON.stringify(assignment)] };
}
