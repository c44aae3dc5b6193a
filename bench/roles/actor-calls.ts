import type { ActorRef, RefOptions } from '../../src/actors.js';
import type { Work } from '../work.js';
import { timeCalls } from './calls.js';
import type Echo from './echo.js';
import { Clock } from './report.js';

type Ref = ActorRef<typeof Echo>;

/** Marks are the same for all. */
export function refOptions({ highWaterMark }: Work): RefOptions {
  return { hwm: { messages: highWaterMark } };
}

/** Asks, one after the other. */
export async function askAll(work: Work, echo: Ref): Promise<void> {
  await timeCalls(work, (body) => echo.ask('echo', body));
}

/** Tells, each as soon as the mailbox has room; the last has been handled when a question behind it is answered. */
export async function tellAll(work: Work, echo: Ref): Promise<void> {
  const body = new Uint8Array(work.bodyBytes).fill(0x5a);
  const tell = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left--) await echo.tell('take', body);
    const taken = await echo.ask('taken', null);
    if (taken !== count * work.bodyBytes) throw new Error(`the actor has taken ${taken} bytes`);
  };
  await tell(work.warmup);
  const clock = new Clock();
  await tell(work.messages);
  clock.report(work.messages);
}
