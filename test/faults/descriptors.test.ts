import { expect } from 'chai';
import { Push } from '../../src/index.js';
import { upTo } from '../support/events.js';
import { useTidyStage } from '../support/stage.js';
import { WirePeer } from '../support/wire-peer.js';

/** Enough for a context with its I/O worker. */
const DESCRIPTORS = 128;

describe('Without a descriptor left', () => {
  const stage = useTidyStage();

  it('Node closes who comes and tells nobody, and they come in when there are some again', async () => {
    const server = stage.process(
      async ({ Pull }, line) => {
        const { closeSync, openSync } = await import('node:fs');
        const pull = new Pull();
        const { events } = pull;
        await pull.bind('tcp://127.0.0.1:*');
        const taken: number[] = [];
        try {
          for (;;) taken.push(openSync('/dev/null', 'r'));
        } catch (error) {
          line.post([pull.lastEndpoint, (error as NodeJS.ErrnoException).code]);
        }
        await line.next();
        for (const descriptor of taken) closeSync(descriptor);
        line.post(String(await pull.receive()));
        const told: string[] = [];
        while (told.at(-1) !== 'handshake') told.push((await events.receive()).type);
        line.post(told);
        pull.close();
      },
      undefined,
      { descriptors: DESCRIPTORS },
    );
    const [endpoint, code] = await server.next<[endpoint: string, code: string]>();
    expect(code).to.equal('EMFILE');
    const stranger = await WirePeer.connect(stage, endpoint);
    await stranger.closed;
    const push = new Push({ context: stage.context, reconnectInterval: 10 });
    const { events } = push;
    push.connect(endpoint);
    const sent = push.send('patience');
    await upTo(events, 'connect');
    const [failed] = await upTo(events, 'disconnect');
    expect(failed!.type).to.equal('handshake:error:other');
    server.post('go on');
    await upTo(events, 'handshake');
    expect(await server.next()).to.equal('patience');
    await sent;
    // One connection came in; of those before it there is no word, neither accept nor accept:error.
    expect(await server.next()).to.deep.equal(['bind', 'accept', 'handshake']);
  });
});
