import { ActorError } from './errors.js';

/**
 * What a user's module exports by default.
 * @throws ActorError ERR_ACTOR_LOAD if it does not exist or throws while it is loaded, with the cause
 */
export async function loadDefault(module: string): Promise<unknown> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(module)) as { default?: unknown };
  } catch (cause) {
    // The texts for a missing module differ between versions of Node; its URL is what helps.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ActorError('ERR_ACTOR_LOAD', { message: `${module} was not loaded: ${why}`, cause });
  }
  const value = loaded.default;
  // A CommonJS module that was compiled from an ES module keeps its default one level deeper.
  if (typeof value === 'object' && value !== null && '__esModule' in value && 'default' in value) {
    return value.default;
  }
  return value;
}

/** As `loadDefault`, for a function. @throws ActorError ERR_ACTOR_NOT_FUNCTION also if it is none */
export async function loadFunction(module: string): Promise<(...args: never[]) => unknown> {
  const value = await loadDefault(module);
  if (typeof value === 'function') return value as (...args: never[]) => unknown;
  throw new ActorError('ERR_ACTOR_NOT_FUNCTION', {
    message: `The default export of ${module} is no function, but ${value === null ? 'null' : typeof value}`,
  });
}
