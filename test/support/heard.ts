import { setTimeout as pause } from 'node:timers/promises';
import type { Publisher, Subscriber, XPublisher } from '../../src/index.js';

let probes = 0;

/** Milliseconds: nobody tells a PUB who has subscribed, so there is no event to await. */
const BETWEEN_PROBES = 1;

/** A turn of the event loop, for those who look again and again. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Resolves when the publisher has taken in all that the subscriber has subscribed to so far: what it
 * subscribes to now comes behind that, and is heard.
 */
export async function heardBy(
  publisher: Publisher | XPublisher,
  subscriber: Subscriber,
): Promise<void> {
  const probe = `probe ${++probes} `;
  subscriber.subscribe(probe);
  do {
    publisher.trySend(probe);
    // Slowly enough for the probes that are under way to stay far below the marks: a full pipe would lose
    // what is published next.
    await pause(BETWEEN_PROBES);
  } while (subscriber.tryReceive() === undefined);
  // Those that are still on their way are passed over from now on.
  subscriber.unsubscribe(probe);
}
