import { expect } from 'chai';
import { ioStatistics, Pull, Push, type IoStatistics } from '../../src/index.js';
import { HANDSHAKES_MOST } from '../../src/transports/waiting-room.js';
import { useStage } from '../support/stage.js';
import { WirePeer } from '../support/wire-peer.js';

describe('A crowd of strangers who say nothing', () => {
  const stage = useStage();

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
});
