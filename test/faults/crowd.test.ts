import { expect } from 'chai';
import { ioStatistics, Pull, Push, type EventOfType, type IoStatistics } from '../../src/index.js';
import { HANDSHAKES_MOST, WAITING_MOST } from '../../src/transports/waiting-room.js';
import type { Program } from '../support/elsewhere.js';
import { countTypes, upTo } from '../support/events.js';
import { portOf, useTidyStage } from '../support/stage.js';
import { WirePeer } from '../support/wire-peer.js';

/** Strangers in a process of their own, as both ends of so many are more than some systems let one have. */
const strangers: Program<{ port: number; count: number }> = async (_library, line, argument) => {
  const { connect } = await import('node:net');
  for (let i = 0; i < argument.count; i++) {
    const stranger = connect(argument.port, '127.0.0.1');
    await new Promise<void>((resolve) => stranger.once('connect', () => resolve()));
    stranger.on('error', () => undefined);
  }
  line.post('all there');
  await line.next();
};

describe('A crowd of strangers who say nothing', () => {
  const stage = useTidyStage();

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`has so many handshakes at a time, and the rest wait their turn, over ${transport}`, async () => {
      const { context } = stage;
      // None of them is to run out of time while the others come.
      const patient = { context, handshakeInterval: 120_000 };
      const pull = new Pull(patient);
      await pull.bind(stage.wildcard(transport));
      const strangers: WirePeer[] = [];
      for (let i = 0; i < HANDSHAKES_MOST; i++) {
        const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
        strangers.push(stranger);
        // It has been greeted, so it is in its handshake.
        await stranger.read(10);
      }
      /** What the I/O worker says once it has accepted so many. */
      const whenAccepted = async (count: number): Promise<IoStatistics> => {
        for (;;) {
          const [statistics] = await ioStatistics(context);
          if (statistics!.accepted === count) return statistics!;
        }
      };
      const push = new Push(patient);
      push.connect(pull.lastEndpoint!);
      await push.send('patience');
      await whenAccepted(HANDSHAKES_MOST + 1);
      const late = await WirePeer.connect(stage, pull.lastEndpoint!);
      const { sessions } = await whenAccepted(HANDSHAKES_MOST + 2);
      // Both are there, but neither is a session yet: there is one, for the PUSH's own side.
      expect(sessions).to.equal(HANDSHAKES_MOST + 1);
      // The time of whoever waits has not begun: it is served when somebody has gone.
      strangers[0]!.reset();
      expect(String(await pull.receive())).to.equal('patience');
      await late.handshake('PUSH');
      // Nobody is left behind when the listener ends.
      pull.close();
      for (const { closed } of strangers) await closed;
      await late.closed;
    });
  }

  it('is shown the door when too many wait, which accept:error tells, and whom', async () => {
    const { context } = stage;
    const pull = new Pull({ context, handshakeInterval: 120_000, backlog: 4096 });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    const address = pull.lastEndpoint!;
    const count = HANDSHAKES_MOST + WAITING_MOST;
    const crowd = stage.process(strangers, { port: portOf(address), count }, { early: true });
    await crowd.next();
    const late = await WirePeer.connect(stage, address);
    const peerAddress = `127.0.0.1:${late.socket.localPort}`;
    const told = await upTo(events, 'accept:error');
    const { error, ...rest } = told.at(-1) as EventOfType<'accept:error'>;
    expect(rest).to.deep.equal({ type: 'accept:error', address, peerAddress });
    expect(error).to.include({ code: 'EMFILE', errno: 24 });
    await late.closed;
    // Of those who wait nothing was told: they are not accepted until it is their turn.
    expect(countTypes(told)).to.deep.equal({ bind: 1, accept: HANDSHAKES_MOST, 'accept:error': 1 });
    // Nobody stays shut out.
    await crowd.kill();
    const push = new Push({ context });
    push.connect(address);
    await push.send('patience');
    expect(String(await pull.receive())).to.equal('patience');
  });
});
