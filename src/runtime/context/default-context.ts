import {
  BroadcastChannel,
  getEnvironmentData,
  isMainThread,
  receiveMessageOnPort,
  setEnvironmentData,
} from 'node:worker_threads';
import { ARENA_BYTES_DEFAULT } from '../base/limits.js';
import { Arena, type ContextHandle } from '../memory/arena.js';
import { pause } from '../memory/pause.js';
import { Context, adopt, coreOf, joinLater } from './context.js';
import { ContextCore } from './core.js';

/** Where the main thread leaves the handle for workers that start later, nested and eval ones too. */
const KEY = 'loomwire.context';
/**
 * How long a worker that started earlier asks for it, in milliseconds; it may be blocked meanwhile. The answer comes
 * as soon as the main thread turns its event loop, which it does late on a busy machine; see
 * docs/adr/0012-asking-for-the-context.md.
 */
const ASK_FOR = 500;

interface Answer {
  readonly handle: ContextHandle;
}

/**
 * The context of the process, the one that sockets use unless they are given another. The main thread
 * makes it when it imports the library; workers join it when they first use it.
 */
export const context: Context = isMainThread ? offer(new Context()) : joinLater(joinOrMake);

function offer(made: Context): Context {
  const { handle } = made;
  setEnvironmentData(KEY, handle);
  const asked = new BroadcastChannel(KEY);
  asked.onmessage = (event) => {
    if (event.data === 'handle?') asked.postMessage({ handle } satisfies Answer);
  };
  asked.unref();
  return made;
}

function joinOrMake(): ContextCore {
  const handle = (getEnvironmentData(KEY) as ContextHandle | undefined) ?? ask();
  if (handle !== undefined) return adopt(ContextCore.join(Arena.open(handle)));
  process.emitWarning(
    'This worker was started before the main thread imported loomwire, so it has a context of its own: ' +
      'inproc endpoints do not reach other threads. Import loomwire in the main thread first, or pass ' +
      '`context.handle` to the worker and call `Context.attach(handle)` there.',
    { code: 'LOOMWIRE_ISOLATED_CONTEXT' },
  );
  return coreOf(new Context({ arenaSize: ARENA_BYTES_DEFAULT }));
}

/** Asks the main thread without going through the event loop, which may be what is blocked here. */
function ask(): ContextHandle | undefined {
  const question = new BroadcastChannel(KEY);
  try {
    question.postMessage('handle?');
    const deadline = performance.now() + ASK_FOR;
    while (performance.now() < deadline) {
      for (;;) {
        const received = receiveMessageOnPort(question as never);
        if (received === undefined) break;
        if (isAnswer(received.message)) return received.message.handle;
      }
      pause(1);
    }
    return undefined;
  } finally {
    question.close();
  }
}

function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'handle' in message;
}
