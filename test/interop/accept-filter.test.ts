import { expect } from 'chai';
import { Pull, Push } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { upTo } from '../support/events.js';
import { useTidyStage } from '../support/stage.js';

/** By what is set, one after another, whether a peer at 127.0.0.1 is let in. */
const FILTERS = {
  '203.0.113.0/24': false,
  '203.0.113.0/24 127.0.0.0/8': true,
  '127.0.0.1': true,
  '127.0.0.2': false,
  '126.0.0.0/7': true,
  '128.0.0.0/1': false,
  '0.0.0.0/0': true,
} as const;

/** Binds a PULL with each filter, and tells whether it has let in who came. */
const judge: Program<readonly string[]> = async (_library, line, filters) => {
  const { Pull } = await import('zeromq');
  for (const filter of filters) {
    const pull = new Pull({ linger: 0 });
    for (const network of filter.split(' ')) pull.tcpAcceptFilter = network;
    const outcome = new Promise<boolean>((resolve) => {
      pull.events.on('handshake', () => resolve(true));
      pull.events.on('accept:error', () => resolve(false));
    });
    await pull.bind('tcp://127.0.0.1:*');
    line.post(pull.lastEndpoint);
    line.post(await outcome);
    pull.close();
  }
};

describe('tcpAcceptFilter', () => {
  const stage = useTidyStage();

  it('lets in whom libzmq’s does', async () => {
    const { context } = stage;
    const theirs = stage.process(judge, Object.keys(FILTERS));
    for (const [filter, admitted] of Object.entries(FILTERS)) {
      const visitor = new Push({ context, linger: 0 });
      visitor.connect(await theirs.next<string>());
      expect(await theirs.next<boolean>(), filter).to.equal(admitted);

      const pull = new Pull({ context });
      for (const network of filter.split(' ')) pull.tcpAcceptFilter = network;
      const { events } = pull;
      await pull.bind('tcp://127.0.0.1:*');
      visitor.connect(pull.lastEndpoint!);
      await upTo(events, admitted ? 'handshake' : 'accept:error');
      visitor.close();
      pull.close();
    }
  });
});
