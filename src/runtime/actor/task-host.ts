import { createRequire } from 'node:module';
import { packError } from '../control/sent-error.js';
import { importModule } from './load-module.js';
import { loadTask, type TaskFunction } from './load-task.js';
import type { TaskOrder, TaskOutcome } from './task-order.js';
import { transferredWith } from './transfer.js';

/* What every thread of a piscina runs: it finds the function, calls it, and sends errors whole. */

const loaded = new Map<string, Promise<TaskFunction>>();

export default async function host(order: TaskOrder): Promise<TaskOutcome> {
  try {
    const task = await find(order);
    if (order.load === true) return { value: undefined };
    const value = await task(order.argument);
    const parts = transferredWith(value);
    return parts.length === 0 ? { value } : moving({ value }, parts);
  } catch (error) {
    return { error: packError(error) };
  }
}

function find({ composition, url, name }: TaskOrder): Promise<TaskFunction> {
  const key = `${name} ${url}`;
  let task = loaded.get(key);
  if (task === undefined) {
    task = load(composition, url, name);
    loaded.set(key, task);
    // Not kept: what has failed is tried again with the next task.
    task.catch(() => loaded.delete(key));
  }
  return task;
}

async function load(
  composition: string | undefined,
  url: string,
  name: string,
): Promise<TaskFunction> {
  if (composition !== undefined) await importModule(composition);
  return loadTask(url, name);
}

/** As piscina wants to be told. It is loaded here for this alone. */
function moving(outcome: TaskOutcome, parts: readonly unknown[]): TaskOutcome {
  const { move, transferableSymbol, valueSymbol } = createRequire(import.meta.url)(
    'piscina',
  ) as typeof import('piscina');
  return move({
    [transferableSymbol]: parts,
    [valueSymbol]: outcome,
  } as never) as unknown as TaskOutcome;
}
