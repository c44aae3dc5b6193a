import type { Logger } from '../../runtime/base/injected.js';
import type { Sockets } from './sockets.js';

/** The messages of an actor: those that are told, by name, and those that are asked, with their answers. */
export interface Protocol {
  readonly tell?: object;
  readonly ask?: object;
}

/** An ask's request and answer. */
export type Exchange = readonly [request: unknown, answer: unknown];

/** Nothing of the kind. */
interface None {}

type Told<P extends Protocol> = P['tell'] extends object ? P['tell'] : None;
type Asked<P extends Protocol> = P['ask'] extends object ? P['ask'] : None;
type Request<E> = E extends readonly [infer R, unknown] ? R : never;
type Answer<E> = E extends readonly [unknown, infer R] ? R : never;

/** What an actor has besides its state. */
export interface ActorContext<Data = unknown> {
  readonly name: string;
  /** What was given as `options.data`, cloned anew for each incarnation. */
  readonly data: Data;
  /** How often it has been started before. */
  readonly restarts: number;
  /** Makes sockets in the system's context. They are closed with the actor's thread. */
  readonly sockets: Sockets;
  /** Says something at once, also from a thread that blocks. */
  readonly log: Logger;
}

/** Methods for whoever holds the actor's handle, beside its messages: each gets the state first. */
export type Controls<State> = Record<string, (state: State, ...args: never[]) => unknown>;

type Handlers<P extends Protocol, State> = {
  readonly [K in keyof Told<P>]: (
    message: Told<P>[K],
    state: State,
    context: ActorContext,
  ) => unknown;
} & {
  readonly [K in keyof Asked<P>]: (
    request: Request<Asked<P>[K]>,
    state: State,
    context: ActorContext,
  ) => Answer<Asked<P>[K]> | Promise<Answer<Asked<P>[K]>>;
};

export interface ActorParts<P extends Protocol, State, C extends Controls<State>> {
  /** Makes the state; the actor is ready when it has. Also after each restart. */
  readonly setup?: (context: ActorContext) => State | Promise<State>;
  /**
   * Handles one message after the other; it may block, or await. What it throws is the answer to an ask; to a
   * message that was told it is the actor's death.
   */
  readonly on: Handlers<P, State>;
  readonly control?: C;
  /** When it has been told to stop, and its mailbox is empty. Not when it dies. */
  readonly stop?: (state: State, context: ActorContext) => unknown;
}

const ACTOR = 'loomwire.actor';
declare const PROTOCOL: unique symbol;

/** What a module exports by default to be spawned as an actor. */
export interface ActorDefinition<
  P extends Protocol = Protocol,
  C extends Controls<never> = Controls<never>,
> {
  readonly kind: typeof ACTOR;
  readonly parts: ActorParts<P, never, C>;
  /** Only for types: there is no such property. */
  readonly [PROTOCOL]?: P;
}

// What is known of an actor of which nothing is.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyActor = ActorDefinition<any, any>;

export type TellsOf<A extends AnyActor> = Told<NonNullable<A[typeof PROTOCOL]>>;
export type AsksOf<A extends AnyActor> = Asked<NonNullable<A[typeof PROTOCOL]>>;
export type RequestOf<A extends AnyActor, K extends keyof AsksOf<A>> = Request<AsksOf<A>[K]>;
export type AnswerOf<A extends AnyActor, K extends keyof AsksOf<A>> = Answer<AsksOf<A>[K]>;
type ControlsIn<C> = string extends keyof C ? None : C;
export type ControlsOf<A extends AnyActor> = ControlsIn<NonNullable<A['parts']['control']>>;

/**
 * An actor: `actor<{ tell: …; ask: … }>()({ setup, on, … })`, in two calls so that the messages' types are
 * given, and the state's is found from `setup`.
 */
export function actor<P extends Protocol>() {
  return <State, C extends Controls<State>>(
    parts: ActorParts<P, State, C>,
  ): ActorDefinition<P, C> => ({
    kind: ACTOR,
    parts: parts as unknown as ActorParts<P, never, C>,
  });
}

export function isActor(value: unknown): value is ActorDefinition {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === ACTOR;
}
