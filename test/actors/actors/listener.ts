import { actor } from '../../../src/actors.js';

interface State {
  heard: string[];
  prefix: string;
}

/** Blocks in `receiveSync` while it handles `listen`, and answers control calls all the same. */
export default actor<{
  ask: { listen: [request: string, answer: string[]] };
  tell: { die: null };
}>()({
  setup: (): State => ({ heard: [], prefix: '' }),
  on: {
    listen: (endpoint, state, { sockets }) => {
      const pull = sockets.pull();
      pull.bindSync(endpoint);
      for (;;) {
        const text = String(pull.receiveSync()[0]);
        if (text === 'end') return state.heard;
        state.heard.push(state.prefix + text);
      }
    },
    die: () => process.exit(4),
  },
  control: {
    snapshot: (state) => state.heard.length,
    configure: (state, prefix: string) => {
      state.prefix = prefix;
    },
    refuse: (_state, text: string) => {
      throw Object.assign(new RangeError(text), { code: 'EREFUSED' });
    },
    later: async (state) => {
      await new Promise((resolve) => setImmediate(resolve));
      return state.prefix;
    },
    never: () => new Promise<never>(() => {}),
    secret: () => () => 1,
  },
});
