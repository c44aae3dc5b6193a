import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { packError } from '../control/sent-error.js';
import type { Notice, Start } from './protocol.js';
import { startTimer } from './timer.js';

/** What a program that runs in a thread can say to whoever has started the thread, and hear from it. */
export interface Line {
  /** It is ready: `ActorThread.ready` resolves. Works from blocking code. */
  ready(value?: unknown): void;
  /** `ActorThread`'s `said` is called with it. Works from blocking code. @throws DataCloneError */
  say(message: unknown, transfer?: readonly object[]): void;
  /** What whoever started it posts. Needs the event loop of this thread. */
  listen(heard: (message: unknown) => void): void;
  /** Hears what has come, without the event loop. */
  pump(): void;
}

/** One kind of what threads run. The thread ends when it returns. */
export type Program = (start: Start, line: Line) => unknown;

/** What piscina gives to a task of ours. */
export interface HostTask {
  readonly port: MessagePort;
}

/**
 * Milliseconds that a thread waits before it rehearses. One that was started for a task has it some 1 ms after it could take
 * one, and should not let it wait; ten times that, since the thread that gives tasks may be late.
 */
const REHEARSE_AFTER = 10;

/**
 * The worker's side: the one task of a thread. Its failure is told on the port, since piscina would lose the
 * code. The thread ends with it, by `process.exit`: so that the next one finds nothing of the last one's
 * modules, timers or listeners, and the exit hook sees its sockets off.
 * @param rehearse run once while the thread waits for its task, which waits for it if it comes in the middle
 */
export function hostThread(
  programs: Readonly<Record<string, Program>>,
  rehearse: (line: Line) => Promise<void>,
): (task: HostTask) => Promise<void> {
  let rehearsed: Promise<void> | undefined;
  const idle = startTimer(REHEARSE_AFTER, () => {
    // Whatever is wrong with it is wrong with the task, too, and told there.
    rehearsed = rehearseAlone(rehearse).catch(() => undefined);
  });
  return async function host({ port }) {
    clearTimeout(idle);
    const tell = (notice: Notice): void => port.postMessage(notice);
    process.once('exit', (exitCode) => tell({ kind: 'exit', exitCode }));
    await rehearsed;
    // Posted before the thread had the port, so it is there.
    const { message: start } = receiveMessageOnPort(port) as { message: Start };
    try {
      const program = programs[start.kind];
      if (program === undefined) throw new TypeError(`There is no program ${start.kind}`);
      await program(start, lineOn(port, tell));
      tell({ kind: 'ended' });
    } catch (error) {
      tell({ kind: 'failed', error: packError(error) });
    }
    await Promise.all([drained(process.stdout), drained(process.stderr)]);
    setImmediate(() => process.exit(0));
  };
}

/** On a line to nobody. */
async function rehearseAlone(rehearse: (line: Line) => Promise<void>): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const nothing: Start = {
    kind: '',
    handle: undefined,
    module: '',
    name: '',
    data: {},
    parameters: {},
  };
  port2.postMessage(nothing);
  receiveMessageOnPort(port1);
  try {
    await rehearse(lineOn(port1, (notice) => port1.postMessage(notice)));
  } finally {
    port1.close();
  }
}

function lineOn(port: MessagePort, tell: (notice: Notice) => void): Line {
  let hear: ((message: unknown) => void) | undefined;
  return {
    ready: (value) => tell({ kind: 'ready', value }),
    say: (message, transfer = []) =>
      port.postMessage({ kind: 'said', message } satisfies Notice, transfer as never[]),
    listen: (heard) => {
      hear = heard;
      port.on('message', heard);
      // Listening is no reason to stay.
      port.unref();
    },
    pump: () => {
      while (hear !== undefined) {
        const received = receiveMessageOnPort(port);
        if (received === undefined) return;
        hear(received.message);
      }
    },
  };
}

/** What has been printed is printed before the thread goes. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => stream.write('', () => resolve()));
}
