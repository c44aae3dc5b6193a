import { expect } from 'chai';
import { Crew } from '../../src/patterns/actor/crew.js';
import type { CrewOptions, Job } from '../../src/patterns/actor/crew-types.js';
import type { Member } from '../../src/patterns/actor/crew-member.js';

/** A member that has room for so many jobs, and keeps what it is given. */
class Idler {
  readonly ready = true;
  readonly ended = new Promise<void>(() => undefined);
  readonly given: number[] = [];

  constructor(private readonly credit: number) {}

  get room(): number {
    return this.credit - this.given.reduce((sum, count) => sum + count, 0);
  }

  give(jobs: readonly Job[]): void {
    this.given.push(jobs.length);
  }
}

/** Submits jobs in one turn to idlers of this much room; answers how many each got with each message. */
async function given(rooms: readonly number[], jobs: readonly Partial<Job>[]): Promise<number[][]> {
  const idlers = rooms.map((room) => new Idler(room));
  const crew = new Crew(
    { threads: rooms.length } as CrewOptions,
    (_events, place) => idlers[place] as unknown as Member,
  );
  for (const job of jobs) crew.submit(job as Job);
  await Promise.resolve();
  return idlers.map(({ given }) => given);
}

const jobs = (count: number): Partial<Job>[] => Array.from({ length: count }, () => ({}));

describe('A crew', () => {
  it('gives each member its share of what is submitted in one turn, in one message', async () => {
    expect(await given([500, 500], jobs(128))).to.deep.equal([[64], [64]]);
    expect(await given([500, 500, 500], jobs(100))).to.deep.equal([[34], [34], [32]]);
  });

  it('gives what is too much for one message in several', async () => {
    expect(await given([500, 500], jobs(500))).to.deep.equal([
      [128, 122],
      [128, 122],
    ]);
  });

  it('gives those that are few to whoever has most room', async () => {
    expect(await given([3, 500, 4], jobs(1))).to.deep.equal([[], [1], []]);
    expect(await given([3, 500, 4], jobs(2))).to.deep.equal([[], [1], [1]]);
  });

  it('gives a member what it has room for, and the others the rest', async () => {
    expect(await given([2, 500], jobs(100))).to.deep.equal([[2], [50, 48]]);
  });

  it('gives nobody what nobody wants any more, and no message without a job', async () => {
    const forgotten = jobs(50).map(() => ({ forgotten: true }));
    expect(await given([500, 500], forgotten)).to.deep.equal([[], []]);
    expect(await given([500, 500], [...forgotten, ...jobs(2)])).to.deep.equal([[2], []]);
  });
});
