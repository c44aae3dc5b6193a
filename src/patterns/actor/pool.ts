import { checkFunction, checkPoolOptions } from '../../runtime/actor/pool-options.js';
import type { Pool, PoolOptions, TaskModule, UntypedTask } from '../../runtime/actor/pool-types.js';
import { TaskPool } from '../../runtime/actor/task-pool.js';
import type { Context } from '../../runtime/context/context.js';
import { RingPool } from './ring-pool.js';

export interface AnyPoolOptions extends PoolOptions {
  /**
   * `'rings'`: tasks go in batches over shared memory, for those that take less than a millisecond. Otherwise each is
   * posted by itself, by piscina.
   */
  readonly via?: 'piscina' | 'rings' | undefined;
  /**
   * Told when a pool that is fed by rings has no threads left, and no others can be had: with why, which is also what
   * every task then fails with. Default: a warning of the process, LOOMWIRE_THREADS_LOST.
   */
  readonly onBroken?: ((error: unknown) => void) | undefined;
}

/**
 * See `pool`; with a context for those that are fed by rings.
 * @param composition what each thread loads first
 */
export function openPool<M extends TaskModule = UntypedTask>(
  url: URL | string,
  options: AnyPoolOptions,
  context: () => Context,
  composition: string | undefined,
): Pool<M> {
  const checked = checkPoolOptions(url, options);
  const { via = 'piscina', onBroken } = options;
  checkFunction('onBroken', onBroken);
  if (via !== 'piscina' && via !== 'rings') {
    throw new TypeError(`via must be 'piscina' or 'rings', not ${String(via)}`);
  }
  const made: Pool =
    via === 'rings'
      ? new RingPool(checked, context(), composition, onBroken)
      : new TaskPool(checked, composition);
  return made as unknown as Pool<M>;
}
