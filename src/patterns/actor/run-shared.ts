import type { Line } from '../../runtime/actor/host.js';
import type { Start } from '../../runtime/actor/protocol.js';
import { packError, type SentError } from '../../runtime/control/sent-error.js';
import { runModule } from './run-module.js';

/** What a shared thread is told. */
export type SharedOrder =
  | { readonly kind: 'add'; readonly id: number; readonly start: Start }
  | { readonly kind: 'close' }
  /** A port on which methods of one of its actors are called. */
  | { readonly kind: 'control'; readonly id: number; readonly message: unknown };

/** What a shared thread says of one of its actors. */
export type SharedNotice =
  | { readonly kind: 'ready'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'ended'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SentError };

/** A thread that several actors share: each turns with the others on its event loop. */
export async function runShared(_start: Start, line: Line): Promise<void> {
  const say = (notice: SharedNotice): void => line.say(notice);
  const listeners = new Map<number, (message: unknown) => void>();
  const run = async (id: number, start: Start): Promise<void> => {
    try {
      await runModule(start, {
        ready: (value) => say({ kind: 'ready', id, value }),
        // Only of what might have been a task.
        say: () => undefined,
        listen: (heard) => void listeners.set(id, heard),
        pump: () => line.pump(),
      });
      say({ kind: 'ended', id });
    } catch (error) {
      say({ kind: 'failed', id, error: packError(error) });
    } finally {
      listeners.delete(id);
    }
  };
  await new Promise<void>((resolve) => {
    line.listen((message) => {
      const order = message as SharedOrder;
      if (order.kind === 'close') resolve();
      else if (order.kind === 'control') listeners.get(order.id)?.(order.message);
      else void run(order.id, order.start);
    });
    line.ready();
  });
}
