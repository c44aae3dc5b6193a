import { Company } from './company.js';
import type { Quantity } from './measures.js';
import type { Library } from './peers/command.js';
import type { RoleProcess } from './processes.js';
import { ANY_ENDPOINT, ENDS, isLaunch, isSplit, type SplitPattern, type Work } from './work.js';

/** One measurement of one library. */
export interface Sample extends Quantity {
  /** The round trips that were timed one by one, see `Histogram.parse`. */
  readonly latency: string | undefined;
  /** Set if a process did its work but did not end well. */
  readonly badEnd: string | undefined;
}

/** Runs `work` once, in fresh processes, so that no run inherits another's heap or compiled code. */
export async function measure(library: Library, work: Work): Promise<Sample> {
  if (isLaunch(work)) return launches(library, work);
  const company = new Company();
  try {
    const { pattern } = work;
    const holders =
      isSplit(pattern) && work.transport !== 'inproc'
        ? await startEnds(company, library, work, pattern)
        : [company.start(library.whole(work))];
    const results: Quantity[] = [];
    for (const holder of holders) results.push(await resultOf(company, holder));
    const badEnd = await company.finish();
    return {
      count: results[0]!.count,
      amount: results.reduce((sum, { amount }) => sum + amount, 0),
      latency: holders[0]!.heard('latency'),
      badEnd,
    };
  } finally {
    company.kill();
  }
}

/** Starts a process for each end. Answers those whose results count. */
async function startEnds(
  company: Company,
  library: Library,
  work: Work,
  pattern: SplitPattern,
): Promise<RoleProcess[]> {
  const { bound, connected, result } = ENDS[pattern];
  const binder = company.start(library.end(work, bound, ANY_ENDPOINT[work.transport]));
  const endpoint = await company.told(binder, 'endpoint');
  const connecter = company.start(library.end(work, connected, endpoint));
  if (result === 'both') return [binder, connecter];
  return [result === 'bound' ? binder : connecter];
}

async function resultOf(company: Company, holder: RoleProcess): Promise<Quantity> {
  const [count, amount] = (await company.told(holder, 'result')).split(' ');
  return { count: Number(count), amount: Number(amount) };
}

/** One process after the other, each from its start to when it says that it is done. */
async function launches(library: Library, work: Work): Promise<Sample> {
  let nanoseconds = 0n;
  let badEnd: string | undefined;
  for (let launch = -work.warmup; launch < work.messages; launch++) {
    const company = new Company();
    try {
      const started = process.hrtime.bigint();
      await company.told(company.start(library.whole(work)), 'done');
      if (launch >= 0) nanoseconds += process.hrtime.bigint() - started;
      badEnd ??= await company.finish();
    } finally {
      company.kill();
    }
  }
  return { count: work.messages, amount: Number(nanoseconds), latency: undefined, badEnd };
}
