import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Pull, Push } from '../../../src/index.js';
import type { Program } from '../../support/elsewhere.js';
import { upTo } from '../../support/events.js';
import { useStage } from '../../support/stage.js';

/** The kernel's name of the timer that looks whether a silent peer is there. */
const KEEPALIVE = '02';
const LISTENING = '0A';

/** What Linux's timers of the connections from and to a port wait for. */
function timersOf(port: number): string[] {
  const hexadecimal = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => {
      const ours = [local, remote].some((address) => address?.endsWith(hexadecimal) === true);
      return ours && state !== LISTENING;
    })
    .map(([, , , , , timer]) => timer!.split(':')[0]!);
}

/** Listens, and accepts nobody: its event loop stands still. */
const deaf: Program<undefined> = async (_library, line) => {
  const { createServer } = await import('node:net');
  const server = createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    line.post((server.address() as AddressInfo).port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
};

describe('Options of tcp', () => {
  const stage = useStage();

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  for (const tcpKeepalive of [1, 0, -1]) {
    it(`tcpKeepalive ${tcpKeepalive} has the system look for silent peers: ${tcpKeepalive === 1}`, async () => {
      const { context } = stage;
      const options = { context, tcpKeepalive, tcpKeepaliveIdle: 100 };
      const pull = new Pull(options);
      await pull.bind('tcp://127.0.0.1:*');
      const push = new Push(options);
      push.connect(pull.lastEndpoint!);
      await push.send('they are connected');
      await pull.receive();
      const timers = timersOf(Number(pull.lastEndpoint!.split(':').at(-1)));
      expect(timers).to.have.length(2);
      // What was sent may not be acknowledged yet, which has a timer of its own; of two ends one has sent nothing.
      if (tcpKeepalive === 1) expect(timers).to.include(KEEPALIVE);
      else expect(timers).not.to.include(KEEPALIVE);
    });
  }

  it('connectTimeout ends an attempt to connect that comes to nothing, and another follows', async () => {
    const { context } = stage;
    const port = await stage.process(deaf).next<number>();
    // Its queue takes two, one more than the backlog; who comes then gets no answer.
    for (let filled = 0; filled < 2; filled++) {
      const filler = new Push({ context, linger: 0 });
      const { events } = filler;
      filler.connect(`tcp://127.0.0.1:${port}`);
      await upTo(events, 'connect');
    }
    const push = new Push({ context, linger: 0, connectTimeout: 20, reconnectInterval: 1 });
    const { events } = push;
    push.connect(`tcp://127.0.0.1:${port}`);
    for (let attempt = 0; attempt < 3; attempt++) {
      const story = await upTo(events, 'connect:retry');
      expect(story.map(({ type }) => type)).to.include('close');
    }
  });

  it('connectTimeout does not end a connection that stands', async () => {
    const { context } = stage;
    const connectTimeout = 50;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context, connectTimeout });
    const { events } = push;
    push.connect(pull.lastEndpoint!);
    await upTo(events, 'handshake');
    await pause(2 * connectTimeout);
    expect(events.tryReceive()).to.equal(undefined);
    await push.send('still here');
    expect(String(await pull.receive())).to.equal('still here');
  });
});
