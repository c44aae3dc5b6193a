import { actor } from '../../../src/actors.js';
import { said } from '../tasks/composition.js';

/** Answers what it has logged, and what it was asked. */
export default actor<{
  ask: {
    log: [request: string, answer: string[]];
    echo: [request: unknown, answer: unknown];
  };
}>()({
  on: {
    log: (text, _state, { log }) => {
      log.info(text);
      return said;
    },
    echo: (value) => value,
  },
});
