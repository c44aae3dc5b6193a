import type { Reason } from '../../runtime/actor/reason.js';

/** How something that a system has started came to its end. */
export interface MemberEnd {
  /** In order, or otherwise: it was ended by force, or died on its way. */
  readonly outcome: 'drained' | 'forced';
  /** Messages that it had accepted, and nobody will handle. */
  readonly dropped: number;
}

/** Of what had a thread. Who ends by itself, or calls `process.exit(0)`, ends in order. */
export function outcomeOf(reason: Reason): MemberEnd['outcome'] {
  switch (reason.kind) {
    case 'stopped':
    case 'finished':
      return 'drained';
    case 'exit':
      return reason.exitCode === 0 ? 'drained' : 'forced';
    default:
      return 'forced';
  }
}

/** What a system has started, and sees off: a task, an actor, a pool, a pipeline, a server. */
export interface Member {
  readonly name: string;
  /** Resolves when it is over and nothing is left of it; not before. */
  readonly done: Promise<unknown>;
  /** Ends it in order, or after so many milliseconds by force. */
  end(timeout: number): Promise<MemberEnd>;
}

/** What a system has started and is not over. Each has a name of its own. */
export class Members {
  private readonly all = new Set<Member>();
  private readonly names = new Set<string>();

  /**
   * A name for something that is about to start, which nothing else has.
   * @param wished taken as it is if it is free, and otherwise with a number
   */
  reserve(wished: string): string {
    let name = wished;
    for (let number = 2; this.names.has(name); number++) name = `${wished}-${number}`;
    this.names.add(name);
    return name;
  }

  release(name: string): void {
    this.names.delete(name);
  }

  /** It and its name are forgotten when it is done. */
  add(member: Member): void {
    this.all.add(member);
    void member.done.then(() => {
      if (this.all.delete(member)) this.names.delete(member.name);
    });
  }

  /** Something else takes its place, and its name. */
  remove(member: Member): void {
    this.all.delete(member);
  }

  /** The youngest first: what was started later may need what was there. */
  list(): Member[] {
    return [...this.all].reverse();
  }
}
