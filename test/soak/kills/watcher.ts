import { type ActorRef, actor, type System, system } from '../../../src/actors.js';
import { Log } from './log.js';
import { isEnd, load, type Loaded, noLoad } from './load.js';
import { markOfDeath } from './marks.js';
import type Victim from './victim.js';

/** Milliseconds until a last death that is not heard of counts as missed. */
const PATIENCE = 60_000;

/** What is watched under a name: one life after another, each with a reference of its own. */
interface Watched {
  readonly log: Log;
  readonly loaded: Loaded;
  ref: ActorRef<typeof Victim>;
  over: boolean;
}

interface State {
  readonly sys: System;
  readonly watched: Map<string, Watched>;
  readonly loads: Promise<void>[];
  resting: boolean;
}

/** What a watcher says at the end. */
export interface Report {
  readonly name: string;
  readonly heard: readonly string[];
  readonly loaded: Loaded;
}

/** Watches victims from a thread of its own, and keeps them at work, too. */
export default actor<{
  ask: {
    watch: [request: { name: string; endpoint: string; quiet: boolean }, answer: null];
    rest: [request: null, answer: null];
    report: [request: null, answer: Report[]];
  };
}>()({
  setup: async ({ sockets }): Promise<State> => ({
    sys: await system({ context: sockets.context, warm: 0 }),
    watched: new Map(),
    loads: [],
    resting: false,
  }),
  on: {
    watch: async ({ name, endpoint, quiet }, state) => {
      const ref = state.sys.ref<typeof Victim>(endpoint);
      const before = state.watched.get(name);
      // Its last death is heard of before anything of the next life.
      if (before !== undefined) await allHeard(before);
      const watched: Watched = {
        log: before?.log ?? new Log(name),
        loaded: before?.loaded ?? noLoad(),
        ...{ ref, over: false },
      };
      state.watched.set(name, watched);
      ref.watch((death) => {
        watched.log.add(markOfDeath(death));
        watched.over ||= !death.comesBack;
      });
      // When it is answered, the mailbox knows who watches.
      await ref.ask('restarts', null);
      if (!quiet)
        state.loads.push(load(ref, watched.loaded, () => !watched.over && !state.resting));
      return null;
    },
    /** No load any more. */
    rest: async (_, state) => {
      state.resting = true;
      await Promise.all(state.loads.splice(0));
      return null;
    },
    report: async (_, { watched }) => {
      const all = [...watched];
      await Promise.all(all.map(([, each]) => allHeard(each)));
      return all.map(([name, { log, loaded }]) => ({ name, heard: log.heard, loaded }));
    },
  },
  stop: ({ sys }) => sys.shutdown(),
});

/** Resolves when all is heard that was told so far: an answer comes behind it. What never comes is not waited for. */
async function allHeard(watched: Watched): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (!watched.over && performance.now() < until) {
    try {
      await watched.ref.ask('restarts', null);
      return;
    } catch (error) {
      if (!isEnd(error)) throw error;
      // It comes back, or its last death is yet to be heard of.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
