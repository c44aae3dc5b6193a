import { isDeepStrictEqual } from 'node:util';
import type { Elsewhere, Program } from '../support/elsewhere.js';
import { Stage } from '../support/stage.js';
import type * as Ends from './gigabytes-ends.js';
import { ARENA_BYTES, type EndPlan, type EndReport, type SenderPlan } from './gigabytes-ends.js';
import type { Soak, Stint } from './soak.js';

/** More than a signed word of 32 bits can count. */
const BYTES = 2 ** 31;
/** The least that is sent: the arena's pipes hold half of it whole. */
const BYTES_LEAST = 2 ** 22;

/**
 * A part of 2 GiB between two short ones, and a message behind it, through the smallest arena: between
 * threads over inproc and between processes over tcp, by calls that block. Every byte comes, in its
 * place.
 */
export const gigabytes: Soak = {
  name: 'gigabytes',
  async run(stint) {
    const bytes = stint.share(BYTES, BYTES_LEAST);
    const runs = [await pass(stint, 'inproc', bytes), await pass(stint, 'tcp', bytes)];
    const verdict =
      `${bytes} bytes in one part went through an arena of ${ARENA_BYTES / 2 ** 20} MiB, ` +
      `${runs.map(({ transport, milliseconds }) => `over ${transport} in ${milliseconds} ms`).join(' and ')}: ` +
      'every byte in its place, no part missing, the next message behind it.';
    return { verdict, arenaBytes: ARENA_BYTES, runs };
  },
};

interface Run {
  readonly transport: 'inproc' | 'tcp';
  readonly bytes: number;
  /** From the sender's call to when the receiver had it. */
  readonly milliseconds: number;
  readonly bytesPerSecond: number;
  /** The most memory that each process has held: the one with both ends, or the sender's and the receiver's. */
  readonly peakResidentBytes: readonly number[];
}

/** A program elsewhere sees nothing but its arguments, so the module comes with them. */
interface WithModule<P> {
  readonly module: string;
  readonly plan: P;
}

const MODULE = new URL('gigabytes-ends.js', import.meta.url).href;
const SEND: Program<WithModule<SenderPlan>> = async (_library, line, { module, plan }) => {
  await ((await import(module)) as typeof Ends).send(plan, line);
};
const RECEIVE: Program<WithModule<EndPlan>> = async (_library, line, { module, plan }) => {
  await ((await import(module)) as typeof Ends).receive(plan, line);
};

async function pass(stint: Stint, transport: Run['transport'], length: number): Promise<Run> {
  const stage = new Stage();
  const step = (done: number): void => stint.advance(done, 3, `steps over ${transport},`);
  const begin = <P>(program: Program<WithModule<P>>, plan: P): Elsewhere => {
    const argument = { module: MODULE, plan };
    return transport === 'tcp' ? stage.process(program, argument) : stage.thread(program, argument);
  };
  step(0);
  try {
    const handle = transport === 'tcp' ? null : stage.newContext({ arenaSize: ARENA_BYTES }).handle;
    const receiver = begin(RECEIVE, { handle, endpoint: stage.wildcard(transport) });
    const endpoint = await receiver.next<string>();
    const sender = begin(SEND, { handle, endpoint, length, seed: stint.random.next() });
    await sender.next();
    step(1);
    const reports = [sender, receiver].map((end) => end.next<EndReport>());
    const [sent, received] = (await Promise.all(reports)) as [EndReport, EndReport];
    step(2);
    await Promise.all([sender, receiver].map(endedWell));
    step(3);
    return compare(transport, length, sent, received);
  } finally {
    await stage.clear();
  }
}

async function endedWell(end: Elsewhere): Promise<void> {
  const { code, signal, stderr } = await end.ended;
  if (code !== 0) throw new Error(`An end was over with ${code ?? signal}: ${stderr}`);
}

/** Throws if anything else came than what was sent. */
function compare(
  transport: Run['transport'],
  bytes: number,
  sent: EndReport,
  received: EndReport,
): Run {
  if (!isDeepStrictEqual(received.messages, sent.messages)) {
    const [came, went] = [received, sent].map(({ messages }) => JSON.stringify(messages));
    throw new Error(`${transport}: ${came} came in place of ${went}`);
  }
  const nanoseconds = Number(received.nanoseconds - sent.nanoseconds);
  const peaks = [sent.peakBytes, received.peakBytes];
  return {
    transport,
    bytes,
    milliseconds: Math.round(nanoseconds / 1e6),
    bytesPerSecond: Math.round(bytes / (nanoseconds / 1e9)),
    peakResidentBytes: transport === 'tcp' ? peaks : [Math.max(...peaks)],
  };
}
