import { type Actors, loadActors } from './libraries.js';

const LIBRARY = 'library';

/**
 * An actor's module, to be spawned. It is told by its URL which library is measured: it needs one while it is loaded,
 * and another build's would be loaded beside it.
 */
export function actorModule(file: URL, module: string): URL {
  const url = new URL(file);
  url.searchParams.set(LIBRARY, module);
  return url;
}

/** What such a module makes its actor with. @param url its own */
export function actorsOf(url: string): Promise<Actors> {
  const module = new URL(url).searchParams.get(LIBRARY);
  if (module === null) throw new Error(`${url} names no library`);
  return loadActors(module);
}
