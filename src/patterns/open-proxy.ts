import type { Context } from '../runtime/context/context.js';
import { openEnd, type ProxyEnd } from './proxy-ends.js';
import { Proxy } from './proxy.js';
import { Socket } from './socket.js';

/** The sockets of a proxy, as they are to be made. */
export interface ProxyEnds<End = ProxyEnd> {
  readonly front: End;
  readonly back: End;
  /** Gets a copy of each message, before it goes on. */
  readonly capture?: End | undefined;
  /** Gets commands from elsewhere. */
  readonly control?: End | undefined;
}

/**
 * Makes the sockets that are not there yet, and starts a proxy. If that fails, those that it has made are
 * closed again.
 * @param prepare called with the proxy before it starts
 * @throws as `openEnd`, `new Proxy` and `Proxy.start`
 */
export async function openProxy(
  ends: ProxyEnds<ProxyEnd | Socket>,
  context: Context,
  prepare: (proxy: Proxy) => void = () => undefined,
): Promise<Proxy> {
  const made: Socket[] = [];
  const open = async (end: ProxyEnd | Socket): Promise<Socket> => {
    if (end instanceof Socket) return end;
    const socket = await openEnd(end, context);
    made.push(socket);
    return socket;
  };
  try {
    const front = await open(ends.front);
    const back = await open(ends.back);
    const capture = ends.capture && (await open(ends.capture));
    const control = ends.control && (await open(ends.control));
    const proxy = new Proxy(front, back, capture, control);
    prepare(proxy);
    proxy.start();
    return proxy;
  } catch (error) {
    for (const socket of made) socket.close();
    throw error;
  }
}
