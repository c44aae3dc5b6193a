import { setTimeout as pause } from 'node:timers/promises';
import type { AnySocket } from './places.js';

/** Milliseconds between two tries where nothing tells when the next one will do. */
const BETWEEN_TRIES = 1;

/**
 * Sends until the receiver hears it, and takes from the receiver all that it then gets: what is sent next
 * is its next message. Nobody tells a PUB who has subscribed, nor any sender that its peer was replaced
 * by another, so there is no event to await in place of this.
 * @param topic what a subscriber has subscribed to, or more
 * @param address what the sender is given before a message
 */
export async function untilHeard(
  sender: AnySocket,
  receiver: AnySocket,
  topic = '',
  address: readonly string[] = [],
): Promise<void> {
  let heard = false;
  const first = receiver.receive('await').finally(() => (heard = true));
  let sent = 0;
  while (!heard) {
    await sender.send('await', [...address, `${topic} probe ${sent++}`]);
    // Slowly enough for the probes that it misses to stay far below the high-water marks.
    await pause(BETWEEN_TRIES);
  }
  // Once the first has come, so do all that were sent after it.
  let last = numberOf(await first);
  while (last < sent - 1) last = numberOf(await receiver.receive('await'));
}

function numberOf(message: Buffer[]): number {
  return Number(/ probe (\d+)$/.exec(String(message.at(-1)))![1]);
}

/**
 * Sends a message, the first part of which is a peer's routing id, as soon as a mandatory ROUTER can reach
 * that peer. It is not told either when somebody comes.
 */
export async function onceReachable(
  router: AnySocket,
  message: [id: string | Buffer, ...parts: string[]],
): Promise<void> {
  for (;;) {
    try {
      return await router.send('await', message);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EHOSTUNREACH') throw error;
    }
    await pause(BETWEEN_TRIES);
  }
}
