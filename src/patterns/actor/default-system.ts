import { context } from '../../runtime/context/default-context.js';
import type { ThreadOptions } from './system-core.js';
import { System } from './system.js';
import type { TaskHandle } from './task-handle.js';

let made: System | undefined;

/** The system of the functions that need none: in the process's own context, and made when it is first used. */
export function defaultSystem(): System {
  return (made ??= new System({ context, warm: 0 }));
}

/** `System.spawn`, in the default system. */
export function spawn(module: URL | string, options?: ThreadOptions): Promise<TaskHandle> {
  return defaultSystem().spawn(module, options);
}
