import { channel, type Channel } from 'node:diagnostics_channel';
import { EVENT_TYPES, type EventType } from '../runtime/base/events.js';

/** One for each type of event. Kept here: a channel that nobody refers to may be collected. */
const CHANNELS = new Map<EventType, Channel>();
for (const type of EVENT_TYPES) CHANNELS.set(type, channel(`loomwire:socket:${type}`));

/** Does anybody want to know? Asked when a socket binds or connects, and at no other time. */
export function isDiagnosed(): boolean {
  for (const { hasSubscribers } of CHANNELS.values()) if (hasSubscribers) return true;
  return false;
}

/** Tells subscribers. What one of them throws is an uncaught exception of the process, not the caller's. */
export function publish(type: EventType, message: object): void {
  CHANNELS.get(type)?.publish(message);
}
