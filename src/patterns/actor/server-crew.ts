import { Deadline } from '../../runtime/actor/deadline.js';
import type { CloseReport } from '../../runtime/actor/pool-types.js';
import { Crew, type CrewEvents } from './crew.js';
import { crewNames } from './crew-names.js';
import type { CrewOptions, Job } from './crew-types.js';
import type { MemberEvents } from './crew-member.js';
import { ThreadMember } from './thread-member.js';

/** The threads of one loading of a server's handler. They go when they are told to, and have answered what they had. */
export class ServerCrew {
  readonly #crew: Crew;
  readonly #release: () => void;
  #unanswered = 0;
  readonly #idle: (() => void)[] = [];

  constructor(
    readonly options: CrewOptions,
    reports: CrewEvents,
  ) {
    const names = crewNames(options.context);
    this.#release = () => names.release();
    this.#crew = new Crew(
      options,
      (events: MemberEvents, place: number) =>
        new ThreadMember(events, options, names.endpoint(place)),
      reports,
    );
  }

  get threads(): number {
    return this.#crew.threads;
  }

  get deaths(): number {
    return this.#crew.deaths;
  }

  /** Requests that threads have. */
  get running(): number {
    return this.#crew.running;
  }

  ready(): Promise<void> {
    return this.#crew.ready();
  }

  submit(job: Job): void {
    this.#unanswered++;
    this.#crew.submit(job);
  }

  /** A request that was submitted has its answer. */
  answered(): void {
    if (--this.#unanswered > 0) return;
    for (const idle of this.#idle.splice(0)) idle();
  }

  /** Resolves when all that was submitted has been answered. */
  drained(): Promise<void> {
    if (this.#unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends its threads, and fails what they have not answered. */
  async close(): Promise<CloseReport> {
    const report = await this.#crew.close(new Deadline(0));
    this.#release();
    return report;
  }
}
