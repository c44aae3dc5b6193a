import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Program } from '../../support/elsewhere.js';
import { pathOf, useTidyStage } from '../../support/stage.js';
import { stop } from '../../support/stopped.js';

/** Binds, and lives on. */
const binder: Program<number> = async ({ Pull }, line, backlog) => {
  const pull = new Pull({ backlog });
  await pull.bind('ipc://*');
  line.post(pull.lastEndpoint);
  await line.next();
};

describe('A listener whose process stands still', () => {
  const stage = useTidyStage();

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  for (const backlog of [1, 5]) {
    it(`has as many connections wait as its backlog says, and one more, as Linux counts: ${backlog}`, async () => {
      const listening = stage.process(binder, backlog);
      const path = pathOf(await listening.next<string>());
      await stop(listening);
      for (let waiting = 0; waiting <= backlog; waiting++) {
        const socket = connect(path);
        stage.atEnd(() => socket.destroy());
        await once(socket, 'connect');
      }
      const refused = connect(path);
      const [error] = (await once(refused, 'close').catch((reason: unknown) => [reason])) as [
        NodeJS.ErrnoException,
      ];
      expect(error.code).to.equal('EAGAIN');
    });
  }
});
