import type { Command, Library } from './peers/command.js';
import { RoleProcess } from './processes.js';
import { ANY_PORT, ENDS, type Work } from './work.js';

/** One measurement of one library. */
export interface Sample {
  readonly messages: number;
  readonly nanoseconds: number;
  /** Set if a process did its work but did not end well. */
  readonly badEnd: string | undefined;
}

// A sample takes about a second on an idle machine; a busy one may be many times slower.
const RESULT_MILLISECONDS = 60_000;

// A process with nothing left to do ends in some 50 ms.
const END_MILLISECONDS = 5_000;

/** Runs `work` once, in fresh processes, so that no run inherits another's heap or compiled code. */
export async function measure(library: Library, work: Work): Promise<Sample> {
  const processes: RoleProcess[] = [];
  const start = (command: Command): RoleProcess => {
    const started = new RoleProcess(command);
    processes.push(started);
    return started;
  };
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no result within ${RESULT_MILLISECONDS / 1000} s`));
    }, RESULT_MILLISECONDS);
  });
  const orFailure = <T>(told: Promise<T>): Promise<T> =>
    Promise.race([told, overdue, ...processes.map((process) => process.failure)]);

  try {
    let clockHolder: RoleProcess;
    if (work.transport === 'inproc') {
      clockHolder = start(library.inproc(work));
    } else {
      const { bound, connected } = ENDS[work.pattern];
      const binder = start(library.end(work, bound, ANY_PORT));
      const endpoint = await orFailure(binder.told('endpoint'));
      const connecter = start(library.end(work, connected, endpoint));
      clockHolder = bound === 'pull' ? binder : connecter;
    }
    const [messages, nanoseconds] = (await orFailure(clockHolder.told('result'))).split(' ');
    clearTimeout(timer);
    const ends = await Promise.all(processes.map((process) => process.finish(END_MILLISECONDS)));
    return {
      messages: Number(messages),
      nanoseconds: Number(nanoseconds),
      badEnd: ends.find((problem) => problem !== undefined),
    };
  } finally {
    clearTimeout(timer);
    for (const process of processes) process.kill();
  }
}
