// What is played: hello world, the weather, and the pipeline, on any stage.

import type { Answer } from '../../hwclient.js';
import type { Update } from '../../wuclient.js';
import type { Range } from '../flags.js';
import type { Stage } from './part.js';

/** What was measured; times in milliseconds. */
export interface Outcome {
  readonly messages: number;
  readonly messagesPerSecond: number;
  /** The median, for REQ/REP. */
  readonly roundTrip?: number;
  readonly elapsed: number;
  /** The milliseconds that the workers of a pipeline have slept in all. */
  readonly cost?: number;
  /** What did not arrive as it should, if anything. */
  readonly problem: string | undefined;
}

export interface Hello {
  readonly requests: number;
  readonly work: number;
}

export interface Weather {
  readonly updates: number;
  readonly zips: Range;
}

export interface Batch {
  readonly tasks: number;
  readonly workload: Range;
}

/** @param bind answers where to bind: a name that is not used yet, or a free port */
export type Bind = (name: string) => string;

export async function hello(stage: Stage, bind: Bind, { requests, work }: Hello): Promise<Outcome> {
  const server = stage.start('hwserver', { bind: bind('hello'), work });
  const connect = await server.ready;
  const client = stage.start('hwclient', { connect, requests, numbered: true });
  const answers = await client.result;

  const trips = answers.map(({ roundTrip }) => roundTrip);
  // The first also waits for the connection.
  const steady = trips.length > 1 ? trips.slice(1) : trips;
  return {
    messages: 2 * answers.length,
    messagesPerSecond: (2000 * steady.length) / sum(steady),
    roundTrip: median(steady),
    elapsed: sum(trips),
    problem: wrongAnswer(answers, requests),
  };
}

export async function weather(stage: Stage, bind: Bind, size: Weather): Promise<Outcome> {
  const { updates, zips } = size;
  // No other zip code begins with the last one.
  const zip = String(zips[1]);
  const server = stage.start('wuserver', { bind: bind('weather'), zips, numbered: true });
  const connect = await server.ready;
  const client = stage.start('wuclient', { connect, zip, updates });
  const { updates: collected, elapsed } = await client.result;
  return {
    messages: collected.length,
    // The time begins with the first.
    messagesPerSecond: (1000 * (collected.length - 1)) / elapsed,
    elapsed,
    problem: wrongUpdate(collected, zip, updates),
  };
}

export async function pipeline(
  stage: Stage,
  bind: Bind,
  { tasks, workload }: Batch,
  workerCount: number,
): Promise<Outcome> {
  const sink = stage.start('tasksink', { bind: bind('results'), tasks });
  const results = await sink.ready;
  const ventilator = stage.start('taskvent', {
    sender: bind('tasks'),
    sink: results,
    tasks,
    workload,
    numbered: true,
  });
  const receiver = await ventilator.ready;
  const workers = Array.from({ length: workerCount }, () =>
    stage.start('taskwork', { receiver, sender: results }),
  );
  await Promise.all(workers.map(({ ready }) => ready));
  ventilator.enter();
  const [{ messages, elapsed }, { cost }] = await Promise.all([sink.result, ventilator.result]);

  // Each task, each result, and the start of the batch.
  const count = 2 * tasks + 1;
  return {
    messages: count,
    messagesPerSecond: (1000 * count) / elapsed,
    elapsed,
    cost,
    problem: wrongMessage(messages, tasks),
  };
}

/** REQ and REP alternate: the replies come in the order of the requests. */
function wrongAnswer(answers: readonly Answer[], requests: number): string | undefined {
  for (let request = 0; request < requests; request++) {
    const { text, label } = answers[request] ?? {};
    if (text !== 'World' || label !== String(request)) {
      return `request ${request} was answered '${text ?? ''} ${label ?? ''}'`;
    }
  }
  return undefined;
}

/**
 * Nobody hears a publisher from its first word on, but from then on no update of the zip code is
 * missing: they are fewer than a pipe holds.
 */
function wrongUpdate(
  collected: readonly Update[],
  zip: string,
  updates: number,
): string | undefined {
  const first = Number(collected[0]?.label);
  for (let update = 0; update < updates; update++) {
    const { text = '', label } = collected[update] ?? {};
    if (!text.startsWith(`${zip} `) || label !== String(first + update)) {
      return `update ${first + update} was '${text} ${label ?? ''}'`;
    }
  }
  return undefined;
}

/**
 * The sink must have got the start of the batch and each task's number once. The order is free: it
 * collects from several peers in turn.
 */
function wrongMessage(messages: readonly string[], tasks: number): string | undefined {
  // Task 0 and the start of the batch are both "0".
  const expected = ['0', ...Array.from({ length: tasks }, (_, task) => String(task))];
  const arrived = new Map<string, number>();
  for (const message of messages) arrived.set(message, (arrived.get(message) ?? 0) + 1);
  for (const number of expected) {
    const left = (arrived.get(number) ?? 0) - 1;
    if (left < 0) return `the result of task ${number} did not arrive`;
    if (left === 0) arrived.delete(number);
    else arrived.set(number, left);
  }
  const [[surplus] = []] = arrived;
  return surplus === undefined ? undefined : `'${surplus}' arrived too often`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
