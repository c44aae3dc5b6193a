import { expect } from 'chai';
import { Pull } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { useTidyStage } from '../support/stage.js';

describe('The heartbeats of a libzmq peer', () => {
  const stage = useTidyStage();

  /** Sends when it is told to, with a heartbeat each 100 ms, and says what became of its connection. */
  const beating: Program<string> = async (_library, line, endpoint) => {
    const { Push } = await import('zeromq');
    const push = new Push({ linger: 0, heartbeatInterval: 100, heartbeatTimeout: 1500 });
    const events: string[] = [];
    for (const type of ['handshake', 'disconnect', 'connect:retry'] as const) {
      push.events.on(type, () => events.push(type));
    }
    push.connect(endpoint);
    for (;;) {
      const said = await line.next();
      if (said === null) break;
      await push.send(said as string);
    }
    line.post(events);
    push.close();
    process.exit(0);
  };

  const BUSY_MILLISECONDS = 2000;

  const busy: Record<string, (pull: Pull) => void> = {
    computes: () => {
      const end = performance.now() + BUSY_MILLISECONDS;
      let sum = 0;
      while (performance.now() < end) for (let i = 0; i < 1e5; i++) sum += i;
      expect(sum).to.be.greaterThan(0);
    },
    blocks: (pull) => {
      pull.receiveTimeout = BUSY_MILLISECONDS;
      expect(() => pull.receiveSync()).to.throw('timed out');
      pull.receiveTimeout = -1;
    },
  };

  for (const [name, work] of Object.entries(busy)) {
    it(`are answered while the application’s thread ${name} for two seconds`, async () => {
      const pull = new Pull({ context: stage.context });
      await pull.bind('tcp://127.0.0.1:*');
      const child = stage.process(beating, pull.lastEndpoint!);
      child.post('before');
      expect(String(await pull.receive())).to.equal('before');
      work(pull);
      child.post('after');
      expect(String(await pull.receive())).to.equal('after');
      child.post(null);
      expect(await child.next()).to.deep.equal(['handshake']);
    });
  }
});
