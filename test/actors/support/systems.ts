import { type System, system, type SystemOptions } from '../../../src/actors.js';

/** A module of test/actors, by its path there. */
export function module(path: string): URL {
  return new URL(`../${path}.js`, import.meta.url);
}

/** JavaScript, as a module. */
export function source(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

const made: System[] = [];

/** A system that `endSystems` ends. Its linger is long: what takes that long fails the test. */
export async function open(options: SystemOptions = {}): Promise<System> {
  const sys = await system({ linger: 40_000, ...options });
  made.push(sys);
  return sys;
}

/** To be called after each test. */
export async function endSystems(): Promise<void> {
  await Promise.all(made.splice(0).map((sys) => sys.shutdown({ timeout: 0 })));
}
