import type { MessageLike } from '../../src/index.js';
import type { DishGroupOptions, RadioGroupOptions, ServerRoutingOptions } from '../../src/draft.js';

/** Whom a message of a draft type is for, or where it comes from. */
export type Address = ServerRoutingOptions | RadioGroupOptions | DishGroupOptions;

/** As the first part of a message of a PEER: whom it is connected to. */
export const WHO_WAS_CONNECTED_TO = 'who was connected to';

/** A routing id that no peer of a test has. */
const NOBODY = 2 ** 32 - 1;

const ADDRESSING: Record<string, 'routingId' | 'group'> = {
  Server: 'routingId',
  Peer: 'routingId',
  Radio: 'group',
};

/** Puts the addresses of draft types before their messages, where tests find those of a ROUTER. */
export class Envelopes {
  private readonly addressing = new Map<number, 'routingId' | 'group' | undefined>();
  private readonly peers = new Map<number, number>();

  open(socket: number, type: string): void {
    this.addressing.set(socket, ADDRESSING[type]);
  }

  /** A PEER knows whom it is connected to. */
  connected(socket: number, routingId: number): void {
    this.peers.set(socket, routingId);
  }

  /** What has to be given to `send` for a message with its address before it. */
  take(
    socket: number,
    message: MessageLike | readonly MessageLike[],
  ): [message: MessageLike | readonly MessageLike[], address?: Address] {
    const property = this.addressing.get(socket);
    if (property === undefined) return [message];
    const [first, ...rest] = message as readonly string[];
    const body = rest.length === 1 ? rest[0]! : rest;
    if (property === 'group') return [body, { group: first! }];
    const known = first === WHO_WAS_CONNECTED_TO ? this.peers.get(socket) : Number(textOf(first!));
    return [body, { routingId: known ?? NOBODY }];
  }

  /** The message that `receive` gave, with its address before it. */
  give(message: (Buffer | Address)[]): Uint8Array[] {
    const last = message.at(-1)!;
    if (last instanceof Uint8Array) return message as Uint8Array[];
    const parts = message.slice(0, -1) as Uint8Array[];
    if ('routingId' in last) return [Buffer.from(String(last.routingId)), ...parts];
    return [Buffer.from(last.group as Buffer), ...parts];
  }
}

/** A part that came from another thread is no Buffer any more. */
function textOf(part: string | Uint8Array): string {
  return typeof part === 'string' ? part : Buffer.from(part).toString();
}
