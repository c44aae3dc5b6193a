import { ARENA_BYTES_MIN } from '../../runtime/base/limits.js';
import { CODEC, type Codec } from '../../runtime/base/injected.js';
import { Context, coreOf } from '../../runtime/context/context.js';
import { Pair } from '../pair.js';
import { encode } from './codec.js';
import { actor } from './definition.js';
import { type ModuleLine, type ModuleParameters, runValue } from './run-module.js';
import { ASK, header, STOP } from './wire.js';

const ENDPOINT = 'inproc://rehearsal';
const MESSAGE = 'same';

const extra = actor<{ ask: { [MESSAGE]: [request: string, answer: string] } }>()({
  on: { [MESSAGE]: (request) => request },
});

/**
 * Runs an actor in a context of its own from its start to its end, so that this thread has run all of that code once:
 * it is found, compiled, and has met the values it will meet. A spawn takes half the time then. Nothing of it stays but
 * garbage.
 */
export async function rehearse(line: ModuleLine): Promise<void> {
  const context = new Context({ ioThreads: 0, arenaSize: ARENA_BYTES_MIN });
  // As a thread that joins it, and not as its creator's.
  const joined = Context.attach(context.handle);
  try {
    await perform(context, joined, line);
  } finally {
    await Promise.all([context, joined].map((each) => each.destroy({ timeout: 0 })));
  }
}

async function perform(context: Context, joined: Context, line: ModuleLine): Promise<void> {
  const codec = coreOf(context).services.injected(CODEC);
  // It is closed with its context.
  const pipe = new Pair({ context, linger: 0 });
  pipe.bindSync(ENDPOINT);
  const start = {
    kind: 'module',
    module: '',
    name: 'rehearsal',
    handle: joined.handle,
    data: undefined,
  };
  const parameters = {
    endpoint: ENDPOINT,
    linger: 0,
    restarts: 0,
    onlyActor: true,
    composition: undefined,
  } satisfies ModuleParameters;
  const running = runValue(extra, { ...start, parameters }, line, joined);
  // If it fails, nobody answers.
  await Promise.race([running, converse(pipe, codec)]);
  await running;
}

async function converse(pipe: Pair, codec: Codec): Promise<void> {
  await pipe.send([header(ASK, 1, MESSAGE), encode(codec, MESSAGE, 'The rehearsal')]);
  // That it has begun, and what it answers.
  await pipe.receive();
  await pipe.receive();
  await pipe.send(header(STOP));
}
