import { expect } from 'chai';
import { Stint } from './soak.js';
import { SOAKS } from './soaks.js';

/** The soaks at a size at which they prove little, so that they are there when they are needed. */
const SCALE = 1e-4;
const SEED = 4;

describe('soaks, at a ten-thousandth', () => {
  for (const soak of SOAKS) {
    // They are tests themselves.
    if (soak.name === 'deaths' || soak.name === 'kills') continue;
    it(soak.name, async () => {
      let advanced = false;
      const findings = await soak.run(new Stint(SCALE, SEED, () => (advanced = true)));
      expect(findings.verdict).to.be.a('string');
      expect(advanced, 'says how far it is').to.equal(true);
    });
  }
});
