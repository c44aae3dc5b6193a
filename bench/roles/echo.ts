// An actor that gives back what it is asked with. Its URL says which library it is made with.

import { actorsOf } from './actor-module.js';

const { actor } = await actorsOf(import.meta.url);

export default actor<{ ask: { echo: [request: Uint8Array, answer: Uint8Array] } }>()({
  on: { echo: (body) => body },
});
