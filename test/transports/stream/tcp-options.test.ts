import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Pull, Push, type EventOfType } from '../../../src/index.js';
import { nodeCan } from '../../../src/runtime/base/node-can.js';
import type { Program } from '../../support/elsewhere.js';
import { typesOf, upTo } from '../../support/events.js';
import { failureNow } from '../../support/expect-error.js';
import { useTidyStage } from '../../support/stage.js';

/** The kernel's name of the timer that looks whether a silent peer is there. */
const KEEPALIVE = '02';
const LISTENING = '0A';
/** What is left, for a minute, of a connection that used the same port before. */
const TIME_WAIT = '06';

/** What Linux's timers of the connections from and to a port wait for. */
function timersOf(port: number): string[] {
  const hexadecimal = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => {
      const ours = [local, remote].some((address) => address?.endsWith(hexadecimal) === true);
      return ours && state !== LISTENING && state !== TIME_WAIT;
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
  const stage = useTidyStage();

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

  it('a source in the endpoint is where a connection comes from', async () => {
    const { context } = stage;
    const port = Number((await stage.freeEndpoint()).split(':').at(-1));
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    const { events } = pull;
    const endpoint = `tcp://127.0.0.1:${port};${pull.lastEndpoint!.slice('tcp://'.length)}`;
    push.connect(endpoint);
    expect(push.lastEndpoint).to.equal(endpoint);
    const accepted = (await upTo(events, 'accept')).at(-1) as EventOfType<'accept'>;
    expect(accepted.peerAddress).to.equal(`127.0.0.1:${port}`);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
    push.disconnect(endpoint);
  });

  it('a source may be an interface, and one that there is not is told of at each attempt', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const destination = pull.lastEndpoint!.slice('tcp://'.length);
    const push = new Push({ context, linger: 0, reconnectInterval: 1 });
    const { events } = push;
    push.connect(`tcp://no-such-interface:*;${destination}`);
    for (let attempt = 0; attempt < 2; attempt++) {
      const failed = (await upTo(events, 'close')).at(-1) as EventOfType<'close'>;
      expect(failed.error).to.include({ code: 'ENODEV' });
    }
    push.disconnect(`tcp://no-such-interface:*;${destination}`);
    push.connect(`tcp://lo:*;${destination}`);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
  });

  for (const immediate of [false, true]) {
    it(`reconnectStop 1 gives up when nobody listens (immediate: ${immediate})`, async () => {
      const { context } = stage;
      const endpoint = await stage.freeEndpoint();
      const push = new Push({ context, linger: 0, immediate, reconnectStop: 1 });
      const { events } = push;
      push.connect(endpoint);
      expect(typesOf(await upTo(events, 'close'))).to.deep.equal(['connect:delay', 'close']);
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      push.close();
      expect(typesOf(await upTo(events, 'end'))).to.deep.equal(['end']);
    });

    it(`reconnectStop 2 gives up when a handshake fails (immediate: ${immediate})`, async () => {
      const { context } = stage;
      const server = createServer((socket) => socket.destroy());
      stage.atEnd(() => server.close());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const push = new Push({ context, linger: 0, immediate, reconnectStop: 2 });
      const { events } = push;
      push.connect(`tcp://127.0.0.1:${port}`);
      const story = typesOf(await upTo(events, 'disconnect'));
      expect(story).to.include('handshake:error:other');
      push.close();
      expect(typesOf(await upTo(events, 'end'))).to.deep.equal(['end']);
    });
  }

  it('reconnectStop does not keep a connection that was lost from being made again', async () => {
    const { context } = stage;
    const push = new Push({ context, linger: 0, reconnectStop: 2, reconnectInterval: 1 });
    const { events } = push;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint!;
    push.connect(endpoint);
    await upTo(events, 'handshake');
    pull.close();
    await upTo(events, 'disconnect');
    const next = new Pull({ context });
    await next.bind(endpoint);
    await upTo(events, 'handshake');
  });

  it('tcpKeepaliveCount, tcpKeepaliveInterval and typeOfService are honoured or refused, as Node can', async () => {
    const { context } = stage;
    const wanted = [
      ['tcpKeepaliveCount', 3, 'probes'],
      ['tcpKeepaliveInterval', 5, 'probes'],
      ['typeOfService', 0x10, 'typeOfService'],
    ] as const;
    const options: Record<string, unknown> = { context, tcpKeepalive: 1 };
    for (const [name, value, ability] of wanted) {
      if (nodeCan(ability)) options[name] = value;
      else failureNow('ENOTSUP', () => new Push({ context, [name]: value }));
    }
    const pull = new Pull(options);
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push(options);
    push.connect(pull.lastEndpoint!);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
  });

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
