import { actor } from '../../../src/actors.js';
import { said } from '../tasks/composition.js';

/** Answers what it has logged, and what it was asked. */
export default actor<{
  ask: {
    log: [request: string, answer: string[]];
    echo: [request: unknown, answer: unknown];
    block: [request: number, answer: null];
  };
}>()({
  on: {
    log: (text, _state, { log }) => {
      log.info(text);
      return said;
    },
    echo: (value) => value,
    block: (code, _state, { log }) => {
      log.warn('seen before the end');
      // Nothing that waits for an event loop would be seen any more.
      process.kill(process.pid, 'SIGKILL');
      return code as unknown as null;
    },
  },
});
