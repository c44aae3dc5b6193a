import { ActorError } from './errors.js';
import { importModule } from './load-module.js';

/** A function of a module that runs tasks. */
export type TaskFunction = (argument: unknown) => unknown;

/**
 * Imports a module in this thread, and finds a function in it.
 * @throws ActorError ERR_ACTOR_LOAD, with the module's own error as its cause; ERR_ACTOR_NOT_FUNCTION
 */
export async function loadTask(url: string, name: string): Promise<TaskFunction> {
  const module = await importModule(url);
  const found = find(module, name);
  if (typeof found === 'function') return found as TaskFunction;
  throw new ActorError('ERR_ACTOR_NOT_FUNCTION', {
    message: `The export '${name}' of ${url} is no function, but ${found === null ? 'null' : typeof found}`,
  });
}

/** Of a CommonJS module only some exports are seen by name; all of them are properties of its default. */
function find(module: Record<string, unknown>, name: string): unknown {
  const found = module[name];
  const exported = module.default;
  if (typeof exported !== 'object' || exported === null) return found;
  if (name === 'default' || found === undefined) {
    return (exported as Record<string, unknown>)[name] ?? found;
  }
  return found;
}
