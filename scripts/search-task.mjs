// One task of scripts/search.mjs, in a thread of its pool: the search keeps what it knows of the world in
// module variables, so each thread runs one at a time.
const { killMutant, PROTOCOLS, searchScenario } =
  await import('../dist/test/model/search/protocols.js');

/**
 * Searches a scenario up to `bound` preemptions, or has a mutant killed; one of `scenario` and `mutant`, the
 * number of one of the protocol's, is given.
 */
export default function run({ protocol, scenario, bound, most, mutant }) {
  const begun = Date.now();
  const found =
    mutant === undefined
      ? searchScenario(PROTOCOLS[protocol], scenario, bound, most)
      : (killMutant(PROTOCOLS[protocol], PROTOCOLS[protocol].mutants[mutant]) ?? null);
  return { found, seconds: (Date.now() - begun) / 1000 };
}
