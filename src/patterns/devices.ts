import type { Context } from '../runtime/context/context.js';
import { context as processContext } from '../runtime/context/default-context.js';
import { openProxy, type ProxyEnds } from './open-proxy.js';
import type { EndDescription, ProxyEnd, ProxySocketType, SocketOf } from './proxy-ends.js';
import { type ProxyThread, proxyThread } from './proxy-thread.js';
import type { Proxy } from './proxy.js';
import { Socket } from './socket.js';

/** A side of a device: the endpoint that it is bound to, or all that there is to say of it. */
export type DeviceSide<Type extends ProxySocketType> = string | EndDescription<Type>;

export interface DeviceOptions {
  /** Default: that of the sockets given, or else the process's own. */
  readonly context?: Context;
  /** Gets a copy of each message, before it goes on. */
  readonly capture?: ProxyEnd | Socket;
  /** Gets commands from elsewhere. */
  readonly control?: ProxyEnd | Socket;
  readonly thread?: false;
}

export interface ThreadDeviceOptions {
  readonly context?: Context;
  readonly capture?: ProxyEnd;
  readonly control?: ProxyEnd;
  /** See `ProxyThreadOptions`. */
  readonly composition?: URL | string;
  /** In a thread of its own; see `proxyThread`. Sockets cannot go there, so it makes all of them. */
  readonly thread: true;
}

/** Binds both sides, or takes sockets that are there, and starts a proxy between them. */
export interface Device<Front extends ProxySocketType, Back extends ProxySocketType> {
  /** @throws as `bind`, `connect`, `new Proxy` and `Proxy.start`; what it has opened is then closed again */
  (
    front: DeviceSide<Front> | SocketOf<Front>,
    back: DeviceSide<Back> | SocketOf<Back>,
    options?: DeviceOptions,
  ): Promise<Proxy<SocketOf<Front>, SocketOf<Back>>>;
  /** @throws as `proxyThread` */
  (
    front: DeviceSide<Front>,
    back: DeviceSide<Back>,
    options: ThreadDeviceOptions,
  ): Promise<ProxyThread>;
}

/** ROUTER and DEALER: requests from many askers, dealt out to workers, and replies back (ZMQ_QUEUE). */
export const queue: Device<'ROUTER', 'DEALER'> = device('ROUTER', 'DEALER');

/** XSUB and XPUB: messages from many publishers to subscribers, subscriptions back (ZMQ_FORWARDER). */
export const forwarder: Device<'XSUB', 'XPUB'> = device('XSUB', 'XPUB');

/** PULL and PUSH: tasks from many sources, dealt out to workers (ZMQ_STREAMER). */
export const streamer: Device<'PULL', 'PUSH'> = device('PULL', 'PUSH');

function device<Front extends ProxySocketType, Back extends ProxySocketType>(
  frontType: Front,
  backType: Back,
): Device<Front, Back> {
  const start = async (
    front: DeviceSide<Front> | Socket,
    back: DeviceSide<Back> | Socket,
    options: DeviceOptions | ThreadDeviceOptions = {},
  ): Promise<Proxy | ProxyThread> => {
    const { context, capture, control, thread = false } = options;
    const ends = { front: side(frontType, front), back: side(backType, back), capture, control };
    const sockets = Object.values(ends).filter((end) => end instanceof Socket);
    if (!thread) return openProxy(ends, context ?? sockets[0]?.context ?? processContext);
    if (sockets.length > 0) throw new TypeError('A socket cannot go to another thread');
    const { composition } = options as ThreadDeviceOptions;
    return proxyThread({ ...(ends as ProxyEnds), context, composition });
  };
  return start as Device<Front, Back>;
}

function side<Type extends ProxySocketType>(
  type: Type,
  given: DeviceSide<Type> | Socket,
): ProxyEnd | Socket {
  if (given instanceof Socket) return given;
  return { ...(typeof given === 'string' ? { bind: given } : given), type } as ProxyEnd;
}
