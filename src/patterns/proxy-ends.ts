import { ZmqError } from '../runtime/base/errors.js';
import type { Context } from '../runtime/context/context.js';
import { Dealer } from './dealer.js';
import { Pair } from './pair.js';
import { Publisher } from './pub.js';
import { Pull } from './pull.js';
import { Push } from './push.js';
import { Reply } from './rep.js';
import { Request } from './req.js';
import { Router } from './router.js';
import type { Socket } from './socket.js';
import { Subscriber } from './sub.js';
import { XPublisher } from './xpub.js';
import { XSubscriber } from './xsub.js';

const CLASSES = {
  PAIR: Pair,
  PUB: Publisher,
  SUB: Subscriber,
  REQ: Request,
  REP: Reply,
  DEALER: Dealer,
  ROUTER: Router,
  PULL: Pull,
  PUSH: Push,
  XPUB: XPublisher,
  XSUB: XSubscriber,
} as const;

/** A socket type, by its name in the handshake. */
export type ProxySocketType = keyof typeof CLASSES;

type Classes = typeof CLASSES;

/** A socket of this type. */
export type SocketOf<Type extends ProxySocketType> = InstanceType<Classes[Type]>;

type OptionsOf<Type extends ProxySocketType> = Omit<
  NonNullable<ConstructorParameters<Classes[Type]>[0]>,
  'context'
>;

/** Where a socket is to be, and its options. It can go to another thread, which a socket cannot. */
export interface EndDescription<Type extends ProxySocketType> {
  readonly options?: OptionsOf<Type>;
  /** Endpoints to bind, in this order. */
  readonly bind?: string | readonly string[];
  /** Endpoints to connect to, after that. */
  readonly connect?: string | readonly string[];
  /** What a SUB subscribes to; `''` is everything. */
  readonly subscribe?: Type extends 'SUB' ? string | readonly string[] : undefined;
}

/** A socket of a proxy that has yet to be made. */
export type ProxyEnd = {
  [Type in ProxySocketType]: EndDescription<Type> & { readonly type: Type };
}[ProxySocketType];

/**
 * Makes the socket, and binds and connects it.
 * @throws TypeError for a type that there is not, and for options that the type does not have; ZmqError as
 * `bind` and `connect`
 */
export async function openEnd(end: ProxyEnd, context: Context): Promise<Socket> {
  checkEnd(end);
  const Type = CLASSES[end.type] as new (options: object) => Socket;
  const socket = new Type({ ...end.options, context });
  try {
    if (socket instanceof Subscriber) {
      for (const prefix of listOf(end.subscribe)) socket.subscribe(prefix);
    }
    for (const endpoint of listOf(end.bind)) await socket.bind(endpoint);
    for (const endpoint of listOf(end.connect)) socket.connect(endpoint);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** @throws TypeError if it describes no socket; ZmqError EINVAL if it names no endpoint */
export function checkEnd(end: ProxyEnd): void {
  if (typeof end !== 'object' || end === null || !Object.hasOwn(CLASSES, end.type)) {
    throw new TypeError('An end of a proxy is described by a socket type and endpoints');
  }
  if (end.subscribe !== undefined && end.type !== 'SUB') {
    throw new TypeError('Only a SUB subscribes by its description');
  }
  if (listOf(end.bind).length + listOf(end.connect).length === 0) {
    throw new ZmqError('EINVAL', { message: `The ${end.type} must be bound or connected` });
  }
}

function listOf(texts: string | readonly string[] | undefined): readonly string[] {
  return typeof texts === 'string' ? [texts] : (texts ?? []);
}
