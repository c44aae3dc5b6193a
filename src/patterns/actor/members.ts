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
   * Takes in what `make` starts. When it is done, it and its name are forgotten; if `make` throws, at once.
   * @param wished its name if that is free, and otherwise with a number
   */
  admit<M extends Member>(wished: string, make: (name: string) => M): M {
    let name = wished;
    for (let number = 2; this.names.has(name); number++) name = `${wished}-${number}`;
    this.names.add(name);
    try {
      const member = make(name);
      this.add(member);
      return member;
    } catch (error) {
      this.names.delete(name);
      throw error;
    }
  }

  /** Another takes its place, and its name. */
  replace(member: Member, by: Member): void {
    this.all.delete(member);
    this.add(by);
  }

  /** The youngest first: what was started later may need what was there. */
  list(): Member[] {
    return [...this.all].reverse();
  }

  private add(member: Member): void {
    this.all.add(member);
    void member.done.then(() => {
      if (this.all.delete(member)) this.names.delete(member.name);
    });
  }
}
