import type { ActorOptions } from './actor-cell.js';
import type { ActorHandle } from './actor-handle.js';
import type { AnyActor } from './definition.js';
import { spawnActor } from './spawn-module.js';
import { Supervision, type SuperviseOptions } from './supervision.js';
import type { SystemCore } from './system-core.js';

/** Actors that are restarted together. */
export class Supervisor {
  readonly #core: SystemCore;
  readonly #supervision: Supervision;

  /** @internal See `System.supervisor`. */
  constructor(core: SystemCore, options: SuperviseOptions) {
    core.checkOpen();
    this.#core = core;
    this.#supervision = new Supervision(options, () => core.now());
  }

  /**
   * Starts the next of its actors. Those that were started before it are older.
   * @throws as `System.spawn`
   */
  async spawn<A extends AnyActor>(
    module: URL | string,
    options: ActorOptions = {},
  ): Promise<ActorHandle<A>> {
    return spawnActor<A>(this.#core, module, options, this.#supervision);
  }
}
