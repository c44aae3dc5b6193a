import type { Words } from '../memory/atomics.js';
import { LISTED_SOCKET, type Listed, readDirectory } from '../thread/directory.js';
import { type ListingContent, readListing } from './socket-listing.js';
import type { PipeEndStats, PipeStats, SocketStats } from './stats.js';

/** What a socket's pipes add to its own counts. */
interface Traffic {
  pipes: number;
  sent: number;
  received: number;
}

/** What is listed of sockets, with the counts of the pipes that they have now. */
export function readSockets(
  words: Words,
  listed: readonly Listed[],
  pipes: readonly PipeStats[],
): SocketStats[] {
  const traffic = trafficOf(pipes);
  const sockets: SocketStats[] = [];
  for (const entry of listed) {
    if (entry.kind !== LISTED_SOCKET) continue;
    const content = readContent(words, entry);
    if (content === undefined) continue;
    const { slot, socket: id } = entry;
    const own = traffic.get(keyOf(slot, id)) ?? { pipes: 0, sent: 0, received: 0 };
    sockets.push({
      slot,
      id,
      type: content.type,
      endpoints: content.endpoints,
      pipes: own.pipes,
      sent: (content.sent + own.sent) >>> 0,
      received: (content.received + own.received) >>> 0,
      dropped: content.dropped >>> 0,
      awaiting: content.awaiting,
    });
  }
  return sockets.sort((a, b) => a.slot - b.slot || a.id - b.id);
}

/** Looks again as long as the socket is there, but is bound or connected meanwhile. */
function readContent(words: Words, listed: Listed): ListingContent | undefined {
  for (let entry: Listed | undefined = listed; entry !== undefined;) {
    const content = readListing(words, entry.at);
    if (entry.unchanged()) return content;
    const { slot, kind, socket } = listed;
    entry = readDirectory(words, slot).find(
      (other) => other.kind === kind && other.socket === socket,
    );
  }
  return undefined;
}

function trafficOf(pipes: readonly PipeStats[]): Map<string, Traffic> {
  const traffic = new Map<string, Traffic>();
  const of = (end: PipeEndStats | undefined): Traffic | undefined => {
    // What an end has counted when it left, its socket has taken over.
    if (end?.socket === undefined || end.left) return undefined;
    const key = keyOf(end.slot, end.socket);
    let found = traffic.get(key);
    if (found === undefined) traffic.set(key, (found = { pipes: 0, sent: 0, received: 0 }));
    return found;
  };
  for (const { from, to, written, read } of pipes) {
    const sender = of(from);
    if (sender !== undefined) sender.sent += written;
    // Each pipe once, by the direction in which the socket writes.
    if (sender !== undefined) sender.pipes++;
    const receiver = of(to);
    if (receiver !== undefined) receiver.received += read ?? 0;
  }
  return traffic;
}

function keyOf(slot: number, socket: number): string {
  return `${slot} ${socket}`;
}
