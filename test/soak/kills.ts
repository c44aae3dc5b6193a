import { expect } from 'chai';
import { killAll } from './kills/kill-all.js';
import { planOf } from './kills/plan.js';
import type { Soak } from './soak.js';

const KILLS = 1000;

/**
 * In one system actors and tasks are killed at random, by every means and under load, while threads of pipelines die, too.
 * Everyone who watches hears of each death exactly once, of what it was, and in their order; every item that a
 * pipeline with `retry` has accepted comes through; and the system shuts down within its timeout.
 */
export const kills: Soak = {
  name: 'kills',
  async run(stint) {
    const plan = planOf(stint.share(KILLS));
    const seed = stint.random.next();
    stint.advance(0, plan.kills, 'kills', `seed ${seed}`);
    const found = await killAll(plan, seed, (killed) => stint.advance(killed, plan.kills, 'kills'));
    expect(found.kills, 'kills').to.equal(plan.kills);
    expect(found.answered, 'answers under load').to.be.greaterThan(0);
    const verdict =
      `${found.kills} kills in one system under load, and ${found.stages} deaths of threads of its pipelines: ` +
      `the ${found.deaths} deaths of actors were heard ${found.heard} times, once by each who watched; ` +
      `${found.items} items were accepted and came through, ${found.retried} of them given to another thread; ` +
      `with two actors that spun the system shut down in ${found.shutdown} ms.`;
    return { verdict, ...found };
  },
};
