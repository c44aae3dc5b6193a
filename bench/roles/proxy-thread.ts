// A thread of proxy.

import type { Assignment } from '../work.js';
import { assignment } from './assignment.js';
import { newBody, receivingPass } from './bodies.js';
import { type Loomwire, loadLoomwire } from './libraries.js';
import { Clock } from './report.js';
import { untilTerminated } from './until-terminated.js';

const FRONT = 'inproc://front';
const BACK = 'inproc://back';

/** Those that publish share the messages. */
const PUBLISHERS = 2;

export type ProxyPart = 'publish' | 'forward' | 'subscribe';

export interface ProxyAssignment extends Assignment {
  readonly part: ProxyPart;
}

const PARTS: Readonly<Record<ProxyPart, (library: Loomwire, work: Assignment['work']) => void>> = {
  publish({ XPublisher }, work) {
    // Nothing is dropped, here and at the proxy, and it begins when the subscription has come.
    const socket = new XPublisher({ sendHighWaterMark: work.highWaterMark, noDrop: true });
    socket.connect(FRONT);
    socket.receiveSync();
    const body = newBody(work);
    for (let left = total(work) / PUBLISHERS; left > 0; left--) socket.sendSync(body);
    socket.close();
  },

  forward({ Proxy, XPublisher, XSubscriber }, work) {
    const front = new XSubscriber({ receiveHighWaterMark: work.highWaterMark });
    front.bindSync(FRONT);
    const back = new XPublisher({ sendHighWaterMark: work.highWaterMark, noDrop: true });
    back.bindSync(BACK);
    untilTerminated(() => new Proxy(front, back).runSync());
  },

  subscribe({ context, Subscriber }, work) {
    const socket = new Subscriber({ receiveHighWaterMark: work.highWaterMark });
    socket.connect(BACK);
    socket.subscribe();
    const receive = receivingPass(socket, work);
    receive(total(work) - work.messages);
    const clock = new Clock();
    receive(work.messages);
    clock.report(work.messages);
    socket.close();
    // Nobody else would end the proxy.
    context.shutdown();
  },
};

/** Of warm-up and measurement, and so that the publishers can share it. */
function total({ warmup, messages }: Assignment['work']): number {
  return Math.ceil((warmup + messages) / PUBLISHERS) * PUBLISHERS;
}

async function run({ module, work, part }: ProxyAssignment): Promise<void> {
  PARTS[part](await loadLoomwire(module), work);
}

void run(assignment() as ProxyAssignment);
