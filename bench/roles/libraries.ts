import type { ScriptLibrary } from '../work.js';

/** The sockets that both JavaScript libraries have under the same names. */
export interface AwaitingSockets {
  readonly Push: typeof import('zeromq').Push;
  readonly Pull: typeof import('zeromq').Pull;
  readonly Request: typeof import('zeromq').Request;
  readonly Reply: typeof import('zeromq').Reply;
}

/** A process loads only the library that it measures. */
export async function load(library: ScriptLibrary): Promise<AwaitingSockets> {
  if (library === 'zeromq.js') return import('zeromq');
  return import('../../src/index.js');
}
