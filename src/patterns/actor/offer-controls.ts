import type { MessagePort } from 'node:worker_threads';
import { ActorError } from '../../runtime/actor/errors.js';
import { coreOf, type Context } from '../../runtime/context/context.js';
import { Responder } from '../../runtime/control/responder.js';
import type { Line } from '../../runtime/actor/host.js';
import type { ActorDefinition } from './definition.js';
import type { Stage } from './run-actor.js';

/** What an instance is given when somebody wants to call its methods. */
export interface ControlPort {
  readonly control: MessagePort;
}

/**
 * Answers calls of an actor's control methods, from its event loop and from within its blocking calls.
 * @returns what ends it, as its thread may go on with others
 */
export function offerControls(
  { parts }: ActorDefinition,
  line: Pick<Line, 'listen' | 'pump'>,
  context: Context,
  stage: Stage,
): () => void {
  const methods = (parts.control ?? {}) as Record<string, (...args: unknown[]) => unknown>;
  const responders = new Set<Responder>();
  const call = (method: string, args: readonly unknown[]): unknown => {
    if (!Object.hasOwn(methods, method)) {
      throw new ActorError('ERR_ACTOR_METHOD', { message: `There is no method ${method}` });
    }
    return methods[method]!(stage.state, ...args);
  };
  line.listen((message) => responders.add(new Responder((message as ControlPort).control, call)));
  return coreOf(context).onWake(() => {
    line.pump();
    for (const responder of responders) responder.pump();
  });
}
