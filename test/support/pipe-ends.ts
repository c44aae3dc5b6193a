import { Arena } from '../../src/runtime/memory/arena.js';
import type { SharedBody } from '../../src/runtime/memory/bodies.js';
import { PIPE_SESSION } from '../../src/runtime/pipe/layout.js';
import { Pipe } from '../../src/runtime/pipe/pipe.js';
import { claimSlot } from '../../src/runtime/thread/slot.js';
import { Thread, type ThreadEvents } from '../../src/runtime/thread/thread.js';

const NOBODY: ThreadEvents = {
  pipeArrived: () => undefined,
  commandArrived: () => undefined,
  stateRaised: () => undefined,
  pipeStranded: () => undefined,
  deathsSeen: () => undefined,
};

/** The least there is: a pipe holds messages up to 2 MiB whole. */
const ARENA_BYTES = 2 ** 24;

/** A session and an application, both of them in this one thread, and the pipe between them. */
export class PipeEnds {
  readonly arena = Arena.reserve(ARENA_BYTES);
  readonly session: Pipe;
  readonly application: Pipe;
  readonly threads: readonly [session: Thread, application: Thread];
  private readonly taken: SharedBody[] = [];

  /** @param mark messages that may lie in the direction to the application, 0 for any number */
  constructor(readonly mark = 0) {
    this.threads = [this.join(0), this.join(1)];
    const [session, application] = this.threads;
    this.session = Pipe.create(session, PIPE_SESSION, { send: mark, receive: 0 }, 1, 1);
    this.application = Pipe.accept(application, this.session.at);
  }

  /** From now on there is no memory but for what has only a few KiB. */
  exhaust(): void {
    const [, { bodies }] = this.threads;
    for (let size = 2 ** 20; size > 4096; size /= 2) {
      for (let body = bodies.make(size); body !== undefined; body = bodies.make(size)) {
        this.taken.push(body);
      }
    }
  }

  /** There is as much memory again as there was. */
  recover(): void {
    const [, { bodies }] = this.threads;
    for (const body of this.taken.splice(0)) bodies.done(body);
  }

  /** What the application does before it sleeps, and what the session then hears. */
  turn(): void {
    const [session, application] = this.threads;
    application.turn();
    application.settleAll();
    session.turn();
  }

  /** The application reads the next message, if there is one. */
  read(): Buffer[] | undefined {
    return this.application.checkRead() ? this.application.read() : undefined;
  }

  private join(slot: number): Thread {
    claimSlot(this.arena.words, slot, slot + 1);
    return new Thread(this.arena, slot, NOBODY);
  }
}
