import type { ThreadEvents } from '../../../../src/runtime/thread/thread.js';

/** What a thread of a scenario never hears of, unless the scenario says otherwise. */
export abstract class Unexpected implements ThreadEvents {
  pipeArrived(_at: number): void {
    throw new Error('no pipe in this scenario');
  }

  commandArrived(_command: unknown): void {
    throw new Error('no command in this scenario');
  }

  stateRaised(): void {
    throw new Error('the state is not raised in this scenario');
  }

  pipeStranded(_at: number): void {
    throw new Error('no pipe is stranded in this scenario');
  }

  deathsSeen(): void {
    throw new Error('nobody dies in this scenario');
  }
}
