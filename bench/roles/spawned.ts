// An actor of one file that imports nothing but the library, as a small one of a user's does. Its URL says which library.

const library = new URL(import.meta.url).searchParams.get('library')!;
const { actor } = (await import(new URL('./actors.js', library).href)) as Actors;

type Actors = typeof import('../../src/actors.js');

export default actor<{ ask: { same: [request: string, answer: string] } }>()({
  on: { same: (request) => request },
});
