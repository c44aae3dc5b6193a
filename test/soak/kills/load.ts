import { setTimeout } from 'node:timers/promises';
import { ActorError, type ActorRef } from '../../../src/actors.js';
import type Victim from './victim.js';

/** Milliseconds between two requests: many are under way at once, and threads that die are to be replaced, too. */
const PAUSE = 20;

/** What was sent to a victim under load, and what came of it. */
export interface Loaded {
  /** Messages that were told, and not refused. */
  told: number;
  answered: number;
  /** Requests that a death has cost their answer. */
  died: number;
}

export function noLoad(): Loaded {
  return { told: 0, answered: 0, died: 0 };
}

/** Has the actor died, or been ended? */
export function isEnd(error: unknown): boolean {
  const codes: readonly unknown[] = ['ERR_ACTOR_DIED', 'ERR_ACTOR_STOPPED'];
  return error instanceof ActorError && codes.includes(error.code);
}

/**
 * Keeps a victim at work, one request after the other, until it is over for good or `goesOn` says no. Each request is
 * answered, with what belongs to it, or fails at once when the actor dies.
 * @param loaded what it adds to
 */
export async function load(
  ref: ActorRef<typeof Victim>,
  loaded: Loaded,
  goesOn: () => boolean,
): Promise<void> {
  for (let number = 0; goesOn(); number++) {
    try {
      await ref.tell('count', null);
      loaded.told++;
      const answer = await ref.ask('echo', number);
      if (answer !== number) throw new Error(`${number} was asked, and ${answer} answered`);
      loaded.answered++;
    } catch (error) {
      if (!isEnd(error)) throw error;
      loaded.died++;
    }
    await setTimeout(PAUSE);
  }
}
