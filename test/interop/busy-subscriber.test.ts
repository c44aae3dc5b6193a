import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { Subscriber } from '../../src/index.js';
import type { ProcessElsewhere, Program } from '../support/elsewhere.js';
import { useTidyStage, type Transport } from '../support/stage.js';

/** For how long the subscriber's thread computes. LOOMWIRE_SPIN_SECONDS=20 npm test makes it long. */
const SPIN_SECONDS = Number(process.env.LOOMWIRE_SPIN_SECONDS ?? 5);
/** Seconds for which it computes on while what should happen meanwhile has not. */
const PATIENCE_SECONDS = 60;

interface Publishing {
  readonly endpoint: string;
  readonly binds: boolean;
  /** A file to make when a subscription has come. */
  readonly sign: string;
}

/**
 * A libzmq XPUB that beats each second and gives a peer up after three. It says what it hears and what
 * becomes of its connections, and publishes what it is told.
 */
const publisher: Program<Publishing> = async (_library, line, { endpoint, binds, sign }) => {
  const { XPublisher } = await import('zeromq');
  const { writeFileSync } = await import('node:fs');
  const socket = new XPublisher({ linger: 0, heartbeatInterval: 1000, heartbeatTimeout: 3000 });
  const hear = async (): Promise<void> => {
    for await (const [said] of socket) {
      line.post(said!.toString('latin1'));
      writeFileSync(sign, '');
    }
  };
  void hear();
  socket.events.on('disconnect', () => line.post('disconnect'));
  if (binds) await socket.bind(endpoint);
  else socket.connect(endpoint);
  for (;;) await socket.send((await line.next()) as string);
};

/** Keeps this thread from its event loop, and thus from everything but computing, until it is so. */
function spin(until: () => boolean): void {
  const end = performance.now() + PATIENCE_SECONDS * 1000;
  let sum = 0;
  while (!until()) {
    if (performance.now() > end) throw new Error('It has not happened while the thread computed');
    for (let i = 0; i < 1e5; i++) sum += i;
  }
  expect(sum).to.be.greaterThan(0);
}

function spinSeconds(seconds: number): void {
  // Not all at once, so that each part is within the patience.
  for (let second = 0; second < seconds; second++) {
    const end = performance.now() + 1000;
    spin(() => performance.now() >= end);
  }
}

describe('Subscribers whose thread computes', function () {
  this.timeout((180 + SPIN_SECONDS) * 1000);
  const stage = useTidyStage();

  /** A subscriber, and how to start its publisher, as often as one likes. */
  async function subscribed(transport: Transport, binds: boolean) {
    const endpoint = await stage.agreed(transport);
    const subscriber = new Subscriber({ context: stage.context, reconnectInterval: 10 });
    subscriber.subscribe('topic');
    if (binds) await subscriber.bind(endpoint);
    else subscriber.connect(endpoint);
    const start = (): { child: ProcessElsewhere; sign: string } => {
      const sign = stage.path();
      return { child: stage.process(publisher, { endpoint, binds: !binds, sign }), sign };
    };
    return { subscriber, start, name: `${binds ? 'binds' : 'connects'} over ${transport}` };
  }

  it(`subscribe again when libzmq publishers restart, and answer their heartbeats for ${SPIN_SECONDS} s`, async () => {
    const all = await Promise.all([
      subscribed('tcp', false),
      subscribed('tcp', true),
      subscribed('ipc', false),
      subscribed('ipc', true),
    ]);
    for (const { start, name } of all) {
      const { child } = start();
      expect(await child.next(), name).to.equal('\x01topic');
      await child.kill();
    }
    const restarted = all.map(({ start }) => start());
    // From here on this thread only computes. Its sessions find the publishers and subscribe without it.
    spin(() => restarted.every(({ sign }) => existsSync(sign)));
    spinSeconds(SPIN_SECONDS);
    for (const [i, { child }] of restarted.entries()) {
      const { subscriber, name } = all[i]!;
      child.post('topic goes on');
      expect(String(await subscriber.receive()), name).to.equal('topic goes on');
      subscriber.unsubscribe('topic');
      expect(await child.next(), name).to.equal('\x01topic');
      // Nothing has happened to the connection in between.
      expect(await child.next(), name).to.equal('\x00topic');
    }
  });
});
