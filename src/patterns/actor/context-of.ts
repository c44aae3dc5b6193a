import type { Start } from '../../runtime/actor/protocol.js';
import { Context } from '../../runtime/context/context.js';
import { context as processContext } from '../../runtime/context/default-context.js';

let attached: Context | undefined;

/**
 * A thread's own object for the context of the system that has started it: one for all that run in it, since each takes
 * a slot in the context until the thread ends, and a thread works for one system.
 */
export function contextOf({ handle }: Start): Context {
  return handle === undefined ? processContext : (attached ??= Context.attach(handle));
}
