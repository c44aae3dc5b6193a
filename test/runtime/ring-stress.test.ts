import { stress } from './ring-stress.js';

describe('A pipe between two threads', () => {
  it('passes small messages as fast as it can', () =>
    stress({ forth: 600_000, back: 0, largest: 64, mark: 1000, seed: 1 }));

  it('passes messages both ways at once, the reader of each also a writer', () =>
    stress({ forth: 150_000, back: 150_000, largest: 200, mark: 100, seed: 2 }));

  it('passes messages of several parts and of all sizes', () =>
    stress({ forth: 20_000, back: 0, largest: 70_000, mark: 50, seed: 3 }));

  it('passes one message at a time, so that each side waits for each message', () =>
    stress({ forth: 5_000, back: 5_000, largest: 100, mark: 1, seed: 4 }));
});
