import { threadId } from 'node:worker_threads';
import { coreOf, type Context } from '../runtime/context/context.js';
import { openProxy, type ProxyEnds } from './open-proxy.js';
import {
  type ProxyNotice,
  type ProxyWorkerData,
  type RemoteEnd,
  remoteEnd,
  sendFailure,
  type Steering,
  steeringForm,
} from './proxy-steering.js';
import type { Proxy } from './proxy.js';
import { Reply } from './rep.js';

/** What a proxy's own thread does: opens the sockets, moves messages until the proxy ends, and tells. */
export async function runProxy(
  { ends, composition }: Pick<ProxyWorkerData, 'ends' | 'composition'>,
  context: Context,
  tell: (notice: ProxyNotice) => void,
): Promise<void> {
  let proxy: Proxy | undefined;
  try {
    if (composition !== undefined) await import(composition);
    const { slot } = coreOf(context).thread;
    const endpoint = `inproc://loomwire.proxy.${slot}`;
    const steering: Steering = { endpoint, key: String(threadId) };
    proxy = await openProxy(ends, context, (made) => steer(made, steering, tell));
    tell({ kind: 'started', steering, ends: endsOf(proxy) });
    proxy.runSync();
    tell({ kind: 'ended', statistics: proxy.statistics() });
  } catch (error) {
    tell({ kind: 'ended', failure: sendFailure(error), statistics: proxy?.statistics() });
  }
}

function steer(
  proxy: Proxy,
  { endpoint, key }: Steering,
  tell: (notice: ProxyNotice) => void,
): void {
  const orders = new Reply({ context: proxy.frontEnd.context });
  orders.bindSync(endpoint);
  proxy.addControl(orders, steeringForm(key));
  // This thread blocks, and a process warning would wait for its event loop.
  proxy.tellDropped = (reason) => tell({ kind: 'dropped', reason: sendFailure(reason) });
}

function endsOf({ frontEnd, backEnd, captureEnd, controlEnd }: Proxy): ProxyEnds<RemoteEnd> {
  return {
    front: remoteEnd(frontEnd),
    back: remoteEnd(backEnd),
    capture: captureEnd && remoteEnd(captureEnd),
    control: controlEnd && remoteEnd(controlEnd),
  };
}
