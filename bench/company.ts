import type { Command } from './peers/command.js';
import { RoleProcess } from './processes.js';

// A measurement takes seconds on an idle machine; a busy one may be many times slower.
const RESULT_MILLISECONDS = 120_000;

// A process with nothing left to do ends in some 50 ms; thousands of connections take longer.
const END_MILLISECONDS = 10_000;

/** Those that meet are two: the ends of a connection. */
const MEETING = 2;

/** The processes of one measurement. */
export class Company {
  readonly #processes: RoleProcess[] = [];
  readonly #overdue: Promise<never>;
  readonly #timer: NodeJS.Timeout;
  /** Processes that wait for the others. */
  #waiting = 0;

  constructor() {
    let late: (error: Error) => void;
    this.#overdue = new Promise((_resolve, reject) => (late = reject));
    this.#overdue.catch(() => {});
    this.#timer = setTimeout(() => {
      late(new Error(`no result within ${RESULT_MILLISECONDS / 1000} s`));
    }, RESULT_MILLISECONDS);
  }

  start(command: Command): RoleProcess {
    const started = new RoleProcess(command, () => this.#meet());
    this.#processes.push(started);
    return started;
  }

  /** What a process tells, unless one of them fails before, or time is over. */
  told(process: RoleProcess, keyword: string): Promise<string> {
    const failures = this.#processes.map((one) => one.failure);
    return Promise.race([process.told(keyword), this.#overdue, ...failures]);
  }

  /** Waits for the end of all; says what was wrong with the first that did not end well. */
  async finish(): Promise<string | undefined> {
    const ends = await Promise.all(this.#processes.map((one) => one.finish(END_MILLISECONDS)));
    return ends.find((problem) => problem !== undefined);
  }

  /** Leaves nothing behind. */
  kill(): void {
    clearTimeout(this.#timer);
    for (const process of this.#processes) process.kill();
  }

  /** One has come to a point at which all wait for each other. */
  #meet(): void {
    if (++this.#waiting < MEETING) return;
    this.#waiting = 0;
    for (const process of this.#processes) process.go();
  }
}
