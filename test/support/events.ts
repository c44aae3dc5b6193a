import type { Event, EventType, Observer } from '../../src/index.js';

/** The next events, up to and with the first of a type. */
export async function upTo(events: Observer, type: EventType): Promise<Event[]> {
  const seen: Event[] = [];
  do seen.push(await events.receive());
  while (seen.at(-1)!.type !== type);
  return seen;
}

/** All events from now on, up to the end. */
export function toTheEnd(events: Observer): Promise<Event[]> {
  return upTo(events, 'end');
}

/** Those of connections, without those of the endpoint. */
export function ofConnections(events: readonly Event[]): Event[] {
  return events.filter(({ type }) => /^(accept|connect|handshake\b.*|disconnect)$/.test(type));
}

export function typesOf(events: readonly Event[]): EventType[] {
  return events.map(({ type }) => type);
}

/** How many of each type. */
export function countTypes(events: readonly Event[]): Partial<Record<EventType, number>> {
  const counts: Partial<Record<EventType, number>> = {};
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
