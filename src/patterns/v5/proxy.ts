import { ZmqError } from '../../runtime/base/errors.js';
import type { Socket } from './socket.js';
import type { SocketType } from './types.js';

type Captured = (message: Buffer[]) => Buffer[];

const whole: Captured = (message) => message;
/** Without the envelope of one id and the empty frame. */
const body: Captured = (message) => message.slice(2);

interface Pair {
  /** What of a message the capture socket gets. */
  readonly captured: Captured;
  /** Whose messages it gets: the backend's, unless that receives none. */
  readonly from: 'frontend' | 'backend';
}

const PAIRS: Partial<Record<string, Pair>> = {
  'push/pull': { captured: whole, from: 'backend' },
  'pull/push': { captured: whole, from: 'frontend' },
  'xpub/xsub': { captured: whole, from: 'backend' },
  'router/dealer': { captured: body, from: 'backend' },
};

const NAMES: Partial<Record<SocketType, SocketType>> = { xrep: 'router', xreq: 'dealer' };

/**
 * Passes what each of two sockets receives on to the other, by listening to `message`, for as long as they are open.
 * What a socket has no room for waits in memory: `Proxy` holds the senders up instead.
 * @param capture gets a copy of what the backend receives, without the envelope if that is a DEALER; of what the
 * frontend receives if the backend is a PUSH
 * @throws ZmqError EINVAL if they are not PULL and PUSH, PUSH and PULL, XPUB and XSUB, or ROUTER and DEALER, in this
 * order
 */
export function proxy(frontend: Socket, backend: Socket, capture?: Socket): void {
  const pair = PAIRS[`${nameOf(frontend)}/${nameOf(backend)}`];
  if (pair === undefined) {
    throw new ZmqError('EINVAL', {
      message: 'This socket type order is not supported in compatibility mode',
    });
  }
  frontend.on('message', (...message) => backend.send(message));
  backend.on('message', (...message) => frontend.send(message));
  if (capture === undefined) return;
  const source = pair.from === 'backend' ? backend : frontend;
  source.on('message', (...message) => capture.send(pair.captured(message)));
}

function nameOf({ type }: Socket): SocketType {
  return NAMES[type] ?? type;
}
