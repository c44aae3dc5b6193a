import { expect } from 'chai';
import type { Summary } from '../../bench/statistics.js';
import { formatTargets, ratio, type Target, verdictOn } from '../../bench/targets.js';

const NODE_20 = 'Node 20.20.2 (V8 11.3)';
const NODE_24 = 'Node 24.1.0 (V8 13.6)';

function about(median: number): Summary {
  return { median, min: median, max: median };
}

function measured(values: Partial<Record<Target['of'], number>>): Parameters<typeof verdictOn>[1] {
  const of = (name: Target['of']): Summary | undefined => {
    const value = values[name];
    return value === undefined ? undefined : about(value);
  };
  return { ratio: of('ratio'), difference: of('difference'), value: of('value') };
}

describe('A row of the benchmark', () => {
  it('reaches its goal, its least or nothing, more being better', () => {
    const verdict = (value: number): unknown =>
      verdictOn(ratio(1, 1.5), measured({ ratio: value }), 'throughput', NODE_24);
    expect(verdict(1.5)).to.equal('goal');
    expect(verdict(1.49)).to.equal('least');
    expect(verdict(1)).to.equal('least');
    expect(verdict(0.99)).to.equal('missed');
  });

  it('reaches them from the other side, less being better', () => {
    const verdict = (value: number): unknown =>
      verdictOn(ratio(1, 0.7), measured({ ratio: value }), 'round trip', NODE_24);
    expect(verdict(0.7)).to.equal('goal');
    expect(verdict(1)).to.equal('least');
    expect(verdict(1.01)).to.equal('missed');
  });

  it('needs 0.8 of a ratio before Node 24', () => {
    expect(verdictOn(ratio(1, 1.5), measured({ ratio: 0.8 }), 'throughput', NODE_20)).to.equal(
      'least',
    );
    expect(verdictOn(ratio(1, 0.7), measured({ ratio: 1.25 }), 'round trip', NODE_20)).to.equal(
      'least',
    );
    expect(formatTargets(ratio(1, 1.5), 'throughput', NODE_20)).to.equal('≥ 0.8 / 1.2');
    expect(formatTargets(ratio(1, 1.5), 'throughput', NODE_24)).to.equal('≥ 1 / 1.5');
  });

  it('has a least of its own for each Node where there is one', () => {
    const targets = ratio({ node20: 1.5, node24: 2.5 }, 1);
    expect(formatTargets(targets, 'launch', NODE_20)).to.equal('≤ 1.5 / 1');
    expect(formatTargets(targets, 'launch', NODE_24)).to.equal('≤ 2.5 / 1');
  });

  it('has reached of several targets what the worst of them says', () => {
    const targets: Target[] = [
      { of: 'ratio', least: 2, goal: 1 },
      { of: 'value', least: 12, goal: 12 },
    ];
    const verdict = (ratioOf: number, value: number): unknown =>
      verdictOn(targets, measured({ ratio: ratioOf, value }), 'memory', NODE_24);
    expect(verdict(0.5, 12)).to.equal('goal');
    expect(verdict(1.5, 12)).to.equal('least');
    expect(verdict(0.5, 12.1)).to.equal('missed');
    expect(formatTargets(targets, 'memory', NODE_24)).to.equal('≤ 2 / 1, ≤ 12 / 12 KiB');
  });

  it('has reached nothing that was not measured', () => {
    expect(verdictOn(ratio(1, 2), measured({}), 'throughput', NODE_24)).to.equal(undefined);
    expect(verdictOn([], measured({ ratio: 3 }), 'throughput', NODE_24)).to.equal(undefined);
  });
});
