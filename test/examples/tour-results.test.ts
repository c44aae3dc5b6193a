import { expect } from 'chai';
import {
  type Name,
  type Options,
  Part,
  type Result,
  type Stage,
} from '../../examples/support/tour/part.js';
import { hello, pipeline, weather } from '../../examples/support/tour/scenes.js';
import { json, passed, type Row, table } from '../../examples/support/tour/table.js';

/** A stage on which each program is ready at once, and reports what it is told to. */
class Played implements Stage {
  readonly failure = new Promise<never>(() => {});

  constructor(private readonly results: Partial<Record<Name, unknown>>) {}

  start<N extends Name>(name: N, _options: Options<N>): Part<Result<N>> {
    const part = new Part<Result<N>>(
      () => undefined,
      () => undefined,
    );
    part.hear({ ready: 'inproc://played' });
    if (name in this.results) part.hear({ result: this.results[name] });
    return part;
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}

const bind = (name: string): string => name;

describe('the tour counts', () => {
  describe('replies', () => {
    const problem = async (...labels: string[]): Promise<string | undefined> => {
      const hwclient = labels.map((label) => ({ text: 'World', label, roundTrip: 1 }));
      const size = { requests: 3, work: 0 };
      return (await hello(new Played({ hwclient }), bind, size)).problem;
    };

    it('all', async () => expect(await problem('0', '1', '2')).to.equal(undefined));
    it('one too few', async () =>
      expect(await problem('0', '1')).to.equal("request 2 was answered ' '"));
    it('one to another request', async () =>
      expect(await problem('0', '2', '1')).to.equal("request 1 was answered 'World 2'"));
  });

  describe('updates', () => {
    const problem = async (...updates: [text: string, label: string][]) => {
      const collected = updates.map(([text, label]) => ({ text, label }));
      const stage = new Played({ wuclient: { updates: collected, elapsed: 1 } });
      return (await weather(stage, bind, { updates: 3, zips: [1, 9] })).problem;
    };

    it('all, from any number on', async () =>
      expect(await problem(['9 1 1', '7'], ['9 1 1', '8'], ['9 1 1', '9'])).to.equal(undefined));
    it('one that is missing', async () =>
      expect(await problem(['9 1 1', '7'], ['9 1 1', '9'], ['9 1 1', '10'])).to.equal(
        "update 8 was '9 1 1 9'",
      ));
    it("one of another zip code's", async () =>
      expect(await problem(['9 1 1', '7'], ['90 1 1', '8'], ['9 1 1', '9'])).to.equal(
        "update 8 was '90 1 1 8'",
      ));
    it('one too few', async () =>
      expect(await problem(['9 1 1', '7'], ['9 1 1', '8'])).to.equal("update 9 was ' '"));
  });

  describe('results', () => {
    const problem = async (...messages: string[]): Promise<string | undefined> => {
      const stage = new Played({
        tasksink: { messages, elapsed: 1 },
        taskvent: { tasks: 3, cost: 3 },
        taskwork: undefined,
      });
      return (await pipeline(stage, bind, { tasks: 3, workload: [1, 1] }, 2)).problem;
    };

    it('all, in any order', async () =>
      expect(await problem('0', '2', '0', '1')).to.equal(undefined));
    it('one that is missing', async () =>
      expect(await problem('0', '0', '1')).to.equal('the result of task 2 did not arrive'));
    it('one that came twice', async () =>
      expect(await problem('0', '0', '1', '2', '1')).to.equal("'1' arrived too often"));
  });
});

describe("the tour's results", () => {
  const elapsed = 510;
  const outcome = {
    messages: 201,
    messagesPerSecond: 394.1,
    elapsed,
    cost: 2000,
    problem: undefined,
  };
  const good: Row = {
    pattern: 'PUSH/PULL',
    transport: 'ipc',
    who: 'threads',
    workers: 4,
    outcome,
    ofIdeal: 1.02,
    verdict: 'all',
  };
  const short: Row = { ...good, outcome: { ...outcome, problem: 'one' }, verdict: 'one' };
  const broken: Row = { ...good, outcome: undefined, verdict: 'stuck for 15 s' };

  it('pass when everything arrived', () => expect(passed([good, good])).to.equal(true));
  it('do not when something is missing', () => expect(passed([good, short])).to.equal(false));
  it('do not when a scene broke off', () => expect(passed([good, broken])).to.equal(false));

  it('are a table', () => {
    const [, , ...lines] = table([good, broken]).split('\n');
    expect(lines.map((line) => line.split(/ {2,}/))).to.deep.equal([
      ['PUSH/PULL', 'ipc', 'threads', '4', '201', '394', '-', '510 ms', '102 %', 'all'],
      ['PUSH/PULL', 'ipc', 'threads', '4', '-', '-', '-', '-', '102 %', 'stuck for 15 s'],
      [''],
    ]);
  });

  it('are a JSON document, with units in its names', () => {
    expect(JSON.parse(json([good]))).to.deep.equal({
      passed: true,
      results: [
        {
          pattern: 'PUSH/PULL',
          transport: 'ipc',
          who: 'threads',
          workers: 4,
          messages: 201,
          messagesPerSecond: 394.1,
          elapsedMilliseconds: 510,
          ofIdeal: 1.02,
          arrived: 'all',
        },
      ],
    });
  });
});
