// An actor that gives back what it is asked with, and counts what it is told. Its URL says which library it is made with.

import { actorsOf } from './actor-module.js';

const { actor } = await actorsOf(import.meta.url);

export default actor<{
  tell: { take: Uint8Array };
  ask: {
    echo: [request: Uint8Array, answer: Uint8Array];
    /** Bytes that it was told since it was last asked. */
    taken: [request: null, bytes: number];
  };
}>()({
  setup: () => ({ bytes: 0 }),
  on: {
    echo: (body) => body,
    take: (body, state) => void (state.bytes += body.length),
    taken: (_, state) => {
      const { bytes } = state;
      state.bytes = 0;
      return bytes;
    },
  },
});
