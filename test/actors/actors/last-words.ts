import { actor } from '../../../src/actors.js';

/** Says something, and nothing after it: what waits for an event loop is not seen any more. */
export default actor<{ ask: { block: [request: null, answer: null] } }>()({
  on: {
    block: (_request, _state, { log }) => {
      log.warn('seen before the end');
      process.kill(process.pid, 'SIGKILL');
      return null;
    },
  },
});
