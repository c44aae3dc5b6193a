import { ActorError } from './errors.js';

/**
 * Imports a user's module in this thread.
 * @throws ActorError ERR_ACTOR_LOAD if it does not exist or throws while it is loaded, with the cause
 */
export async function importModule(url: string): Promise<Record<string, unknown>> {
  try {
    return (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    // The texts for a missing module differ between versions of Node; its URL is what helps.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ActorError('ERR_ACTOR_LOAD', { message: `${url} was not loaded: ${why}`, cause });
  }
}

/** What a user's module exports by default. @throws ActorError as `importModule` */
export async function loadDefault(url: string): Promise<unknown> {
  const { default: value } = await importModule(url);
  // A CommonJS module that was compiled from an ES module keeps its default one level deeper.
  if (typeof value === 'object' && value !== null && '__esModule' in value && 'default' in value) {
    return value.default;
  }
  return value;
}
