import type { Start } from '../../runtime/actor/protocol.js';
import { Context } from '../../runtime/context/context.js';
import { context as processContext } from '../../runtime/context/default-context.js';

/** A thread's own object for the context of the system that has started it. */
export function contextOf({ handle }: Start): Context {
  return handle === undefined ? processContext : Context.attach(handle);
}
