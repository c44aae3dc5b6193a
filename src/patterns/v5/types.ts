import { ZmqError } from '../../runtime/base/errors.js';
import type { Context } from '../../runtime/context/context.js';
import { Dealer } from '../dealer.js';
import { Pair } from '../pair.js';
import { Publisher } from '../pub.js';
import { Pull } from '../pull.js';
import { Push } from '../push.js';
import { Reply } from '../rep.js';
import { Request } from '../req.js';
import { Router } from '../router.js';
import type { Socket } from '../socket.js';
import { Stream } from '../stream.js';
import { Subscriber } from '../sub.js';
import { XPublisher } from '../xpub.js';
import { XSubscriber } from '../xsub.js';
import * as constants from './constants.js';

/** Where a socket lives, if it is not the process's own context. */
export interface Home {
  readonly context?: Context | undefined;
}

const CLASSES = {
  pair: Pair,
  req: Request,
  rep: Reply,
  pub: Publisher,
  sub: Subscriber,
  dealer: Dealer,
  xreq: Dealer,
  router: Router,
  xrep: Router,
  pull: Pull,
  push: Push,
  xpub: XPublisher,
  xsub: XSubscriber,
  stream: Stream,
} as const satisfies Record<string, new (home: { context?: Context }) => Socket>;

/** What `createSocket` makes. */
export type SocketType = keyof typeof CLASSES;

/** libzmq's number of each type. */
export const types = {
  pub: constants.ZMQ_PUB,
  xpub: constants.ZMQ_XPUB,
  sub: constants.ZMQ_SUB,
  xsub: constants.ZMQ_XSUB,
  req: constants.ZMQ_REQ,
  xreq: constants.ZMQ_XREQ,
  rep: constants.ZMQ_REP,
  xrep: constants.ZMQ_XREP,
  push: constants.ZMQ_PUSH,
  pull: constants.ZMQ_PULL,
  dealer: constants.ZMQ_DEALER,
  router: constants.ZMQ_ROUTER,
  pair: constants.ZMQ_PAIR,
  stream: constants.ZMQ_STREAM,
} as const satisfies Record<SocketType, number>;

/** @throws ZmqError EINVAL for what is no type; EMFILE, ETERM */
export function makeSocket(type: SocketType, { context }: Home): Socket {
  if (Object.hasOwn(CLASSES, type)) return new CLASSES[type](context ? { context } : {});
  throw new ZmqError('EINVAL', { message: `Invalid socket type: ${type as string}` });
}
