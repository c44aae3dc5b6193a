import {
  COMMAND_OBSERVE,
  COMMAND_UNOBSERVE,
  EVENTS_BYTES,
  type EventsAnswer,
  type ObserveCommand,
} from '../runtime/context/commands.js';
import { StandingCommand } from '../runtime/thread/standing-command.js';
import type { Thread } from '../runtime/thread/thread.js';

/**
 * The events of one socket from one I/O worker. The worker holds a standing command of this thread's until
 * something happens; what happens until it is posted again waits over there.
 */
export class EventFeed {
  private readonly question: StandingCommand;
  private readonly goodbye: StandingCommand;
  private leaving = false;
  private over = false;

  /**
   * Events are reported from now on.
   * @param arrived called in the thread's duty cycle; decides when to `ask` again
   * @throws ZmqError ENOMEM if the arena is exhausted
   */
  constructor(
    thread: Thread,
    worker: number,
    socket: number,
    arrived: (answer: EventsAnswer) => void,
  ) {
    const command: ObserveCommand = { socket, slot: thread.slot };
    const text = JSON.stringify(command);
    this.question = new StandingCommand(
      thread,
      worker,
      COMMAND_OBSERVE,
      text,
      EVENTS_BYTES,
      JSON.stringify({ events: [], end: true } satisfies EventsAnswer),
      (answered) => {
        const answer = JSON.parse(answered) as EventsAnswer;
        this.over = answer.end;
        if (answer.end) this.freeAll();
        arrived(answer);
      },
    );
    try {
      // Made beforehand: taking leave must not fail for want of memory.
      this.goodbye = new StandingCommand(thread, worker, COMMAND_UNOBSERVE, text, 0, '{}', () =>
        this.freeAll(),
      );
    } catch (error) {
      this.question.free();
      throw error;
    }
    this.question.post();
  }

  /** Nothing more will come. */
  get ended(): boolean {
    return this.over;
  }

  /** Asks for more, unless that has been done. */
  ask(): void {
    if (!this.over && !this.question.posted) this.question.post();
  }

  /** Asks for what has happened so far, and nothing else. */
  leave(): void {
    if (this.leaving || this.over) return;
    this.leaving = true;
    this.ask();
    this.goodbye.post();
  }

  /** When the last answer is there and the goodbye is back, in whichever order. */
  private freeAll(): void {
    if (!this.over || this.goodbye.posted) return;
    this.question.free();
    this.goodbye.free();
  }
}
