import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Program } from '../../support/elsewhere.js';
import { turn } from '../../support/heard.js';
import { pathOf, useStage } from '../../support/stage.js';

/** Binds, and lives on. */
const binder: Program<number> = async ({ Pull }, line, backlog) => {
  const pull = new Pull({ backlog });
  await pull.bind('ipc://*');
  line.post(pull.lastEndpoint);
  await line.next();
};

/** Resolves when no thread of a process runs any more. */
async function untilStopped(pid: number): Promise<void> {
  // Behind the name, which is in parentheses and may have blanks.
  const stateOf = (task: string): string =>
    readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1').replace(/^.*\) /s, '')[0]!;
  while (!readdirSync(`/proc/${pid}/task`).every((task) => stateOf(task) === 'T')) await turn();
}

describe('A listener whose process stands still', () => {
  const stage = useStage();

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  for (const backlog of [1, 5]) {
    it(`has as many connections wait as its backlog says, and one more, as Linux counts: ${backlog}`, async () => {
      const listening = stage.process(binder, backlog);
      const path = pathOf(await listening.next<string>());
      const { pid } = listening.child;
      process.kill(pid!, 'SIGSTOP');
      await untilStopped(pid!);
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
