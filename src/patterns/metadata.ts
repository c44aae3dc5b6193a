import type { PeerMetadata } from '../runtime/base/peer-metadata.js';
import type { Reading } from './reading.js';

/** By what a receive has answered. An entry goes with its key. */
const kept = new WeakMap<object, PeerMetadata>();

/**
 * The metadata of what a socket with `keepMetadata` has received: give it what the receive answered, the array of
 * parts, leases or lengths. Undefined for anything else, and where there is none, as over `inproc`.
 */
export function metadataOf(message: object): PeerMetadata | undefined {
  return kept.get(message);
}

/** The same reading, whose results `metadataOf` knows. */
export function keeping<T>(
  reading: Reading<T>,
  current: () => PeerMetadata | undefined,
): Reading<T> {
  return {
    views: reading.views,
    take: (message) => {
      const metadata = current();
      const result = reading.take(message);
      if (metadata !== undefined && typeof result === 'object' && result !== null) {
        kept.set(result, metadata);
      }
      return result;
    },
  };
}
