import type { Line } from '../../runtime/actor/host.js';
import { ActorError } from '../../runtime/actor/errors.js';
import type { Start } from '../../runtime/actor/protocol.js';
import type { Pair } from '../pair.js';
import { mustYield, nextTurn } from '../turnstile.js';
import type { Codec } from '../../runtime/base/injected.js';
import { decode, encode, encodeError } from './codec.js';
import type { ActorContext, ActorDefinition } from './definition.js';
import {
  ANSWER,
  ASK,
  BEGUN,
  FAILURE,
  header,
  isShort,
  IDLE,
  LOST,
  nameIn,
  readHeader,
  STOP,
} from './wire.js';

const MICROSECONDS_MOST = 2 ** 32 - 1;

type Handler = (message: unknown, state: unknown, context: ActorContext) => unknown;

/** What an actor is ready with, so that whoever has started the module knows what it is. */
export interface ActorReady {
  readonly kind: 'actor';
  /** Its thread's slot in the context. */
  readonly slot: number;
}

function readyActor(slot: number): ActorReady {
  return { kind: 'actor', slot };
}

export function isActorReady(value: unknown): value is ActorReady {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'actor';
}

/** The state's place, for control calls, which may come from within a handler that blocks. */
export interface Stage {
  state: unknown;
}

/** What runs an actor needs besides its definition. */
export interface ActorRun {
  readonly start: Start;
  readonly line: Pick<Line, 'ready'>;
  readonly pipe: Pair;
  readonly codec: Codec;
  readonly context: ActorContext;
  readonly stage: Stage;
  /** This thread's slot in the context. */
  readonly slot: number;
}

/**
 * An instance of an actor: takes messages from its mailbox, one after the other. That each has been begun is
 * said before its handler runs, so that the mailbox knows what was lost, whenever this thread dies.
 */
export async function runActor({ parts }: ActorDefinition, run: ActorRun): Promise<void> {
  const { pipe, line, context, codec, stage } = run;
  const state: unknown = await parts.setup?.(context);
  stage.state = state;
  const on = parts.on as unknown as Record<string, Handler>;
  line.ready(readyActor(run.slot));
  // Is a message that was told done, and the mailbox does not know? The next one's beginning would say so, too.
  let told = false;
  /** Microseconds that the last message took. */
  let took = 0;
  /** Undefined if there is nothing to wait for, as nearly always: awaiting that takes its time, too. */
  const report = (head: Buffer, body?: Uint8Array): Promise<void> | undefined => {
    const message = body === undefined ? head : [head, body];
    return isShort(body) && pipe.trySend(message) ? undefined : pipe.send(message);
  };
  for (;;) {
    let message = pipe.tryReceive();
    if (message === undefined) {
      if (told) await report(header(IDLE));
      message = await pipe.receive();
    }
    const [first, body] = message;
    const head = readHeader(first);
    if (head === undefined || head.kind === STOP) break;
    let room = report(header(BEGUN, took));
    if (room !== undefined) await room;
    const begun = performance.now();
    const name = nameIn(first!);
    const [kind, answer] = await handle(on, head.kind, name, body, codec, (value) =>
      on[name]!(value, state, context),
    );
    if (kind === ANSWER || kind === FAILURE) room = report(header(kind, head.number), answer);
    else room = kind === LOST ? report(header(LOST)) : undefined;
    if (room !== undefined) await room;
    // With messages in the mailbox and such handlers nothing else here would ever have the event loop turn.
    if (mustYield()) await nextTurn();
    told = kind === 0;
    took = microsecondsSince(begun);
  }
  await (parts.stop as ((state: unknown, context: ActorContext) => unknown) | undefined)?.(
    state,
    context,
  );
}

/** Whole ones, as a header has them; 1 at least. */
function microsecondsSince(begun: number): number {
  return Math.min(MICROSECONDS_MOST, Math.ceil((performance.now() - begun) * 1000) || 1);
}

type Outcome = readonly [kind: number, answer: Uint8Array];
const NOTHING = new Uint8Array(0);
const TOLD: Outcome = [0, NOTHING];

/** What a handler throws is the answer to an ask; of a message that was told it goes on, and ends the actor. */
async function handle(
  on: Record<string, Handler>,
  kind: number,
  name: string,
  body: Buffer | undefined,
  codec: Codec,
  call: (value: unknown) => unknown,
): Promise<Outcome> {
  if (kind !== ASK) {
    let value: unknown;
    try {
      value = read(on, name, body, codec);
    } catch {
      // A dead letter, whatever is wrong with it: it may come from anywhere.
      return [LOST, NOTHING];
    }
    await call(value);
    return TOLD;
  }
  try {
    const answer = await call(read(on, name, body, codec));
    return [ANSWER, encode(codec, answer, `The answer to ${name}`)];
  } catch (error) {
    return [FAILURE, encodeError(error)];
  }
}

function read(on: object, name: string, body: Buffer | undefined, codec: Codec): unknown {
  if (!Object.hasOwn(on, name)) {
    throw new ActorError('ERR_ACTOR_METHOD', { message: `There is no message ${name}` });
  }
  return decode(codec, body, `The message ${name}`);
}
