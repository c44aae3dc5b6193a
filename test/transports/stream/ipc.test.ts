import { expect } from 'chai';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Pull, Push, type Context, type EventOfType } from '../../../src/index.js';
import { toTheEnd, typesOf } from '../../support/events.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { pathOf, useTidyStage } from '../../support/stage.js';

describe('A path bound over ipc', () => {
  const stage = useTidyStage();
  let context: Context;
  let pull: Pull;

  beforeEach(() => {
    context = stage.context;
    pull = new Pull({ context });
  });

  async function expectCarried(to: Pull, endpoint = to.lastEndpoint!): Promise<void> {
    const push = new Push({ context });
    push.connect(endpoint);
    await push.send('message');
    expect(String(await to.receive())).to.equal('message');
    push.close();
  }

  it('is a socket while it is bound, and gone after unbind', async () => {
    const path = stage.path();
    await pull.bind(`ipc://${path}`);
    expect(pull.lastEndpoint).to.equal(`ipc://${path}`);
    expect(statSync(path).isSocket()).to.equal(true);
    await expectCarried(pull);
    await pull.unbind(`ipc://${path}`);
    // Whoever binds it next has it after the unbind was carried out.
    const next = new Pull({ context });
    await next.bind(`ipc://${path}`);
    next.close();
    await context.destroy();
    expect(existsSync(path)).to.equal(false);
  });

  it('may come later, also for who is to stop when refused: nobody has refused', async () => {
    const endpoint = `ipc://${stage.path()}`;
    const push = new Push({ context, reconnectStop: 1, reconnectInterval: 1 });
    const { events } = push;
    push.connect(endpoint);
    for (let retries = 0; retries < 2;) {
      if ((await events.receive()).type === 'connect:retry') retries++;
    }
    await pull.bind(endpoint);
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
  });

  it('may be relative', async () => {
    const path = relative(process.cwd(), stage.path());
    await pull.bind(`ipc://${path}`);
    await expectCarried(pull);
    expect(statSync(path).isSocket()).to.equal(true);
  });

  it('may be any that is free: in a folder for this user alone, which goes with it', async () => {
    await pull.bind('ipc://*');
    const first = pull.lastEndpoint!;
    pull.bindSync('ipc://*');
    expect(pull.lastEndpoint)
      .to.match(/^ipc:\/\/\/.+/)
      .and.not.equal(first);
    await expectCarried(pull, first);
    await expectCarried(pull, pull.lastEndpoint!);
    const folder = dirname(pathOf(first));
    expect(statSync(folder).mode & 0o777).to.equal(0o700);
    pull.close();
    await context.destroy();
    expect(existsSync(folder)).to.equal(false);
  });

  it('may be any that is free: what others put into its folder stays, and close:error tells', async () => {
    const { events } = pull;
    await pull.bind('ipc://*');
    const address = pull.lastEndpoint!;
    const folder = dirname(pathOf(address));
    stage.atEnd(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'file');
    writeFileSync(file, 'precious');
    await pull.unbind(address);
    const told = await events.receive();
    expect(told).to.deep.equal({ type: 'bind', address });
    const failed = (await events.receive()) as EventOfType<'close:error'>;
    expect(failed).to.include({ type: 'close:error', address });
    expect(failed.error).to.include({ code: 'ENOTEMPTY', errno: 39 });
    expect(readFileSync(file, 'utf8')).to.equal('precious');
    expect(existsSync(pathOf(address))).to.equal(false);
    // The socket goes on.
    await pull.bind('ipc://*');
    await expectCarried(pull);
  });

  it('may be any that is free: whose folder was removed already is closed like any other', async () => {
    const { events } = pull;
    await pull.bind('ipc://*');
    rmSync(dirname(pathOf(pull.lastEndpoint!)), { recursive: true });
    pull.close();
    expect(typesOf(await toTheEnd(events))).to.deep.equal(['bind', 'close', 'end']);
  });

  it('is taken while somebody listens: EADDRINUSE, and he goes on', async () => {
    const endpoint = `ipc://${stage.path()}`;
    await pull.bind(endpoint);
    const second = new Pull({ context });
    const refused = await failure('EADDRINUSE', () => second.bind(endpoint));
    expect(refused).to.include({ errno: 98, address: endpoint });
    failureNow('EADDRINUSE', () => second.bindSync(endpoint));
    await failure('EADDRINUSE', () => pull.bind(endpoint));
    await expectCarried(pull, endpoint);
  });

  it('is taken over from a process that was killed', async () => {
    const endpoint = `ipc://${stage.path()}`;
    const child = stage.process(async ({ Pull }, line, to) => {
      const killed = new Pull();
      await killed.bind(to);
      line.post('bound');
      await line.next();
    }, endpoint);
    await child.next();
    await failure('EADDRINUSE', () => pull.bind(endpoint));
    await child.kill();
    expect(statSync(pathOf(endpoint)).isSocket()).to.equal(true);
    await pull.bind(endpoint);
    await expectCarried(pull);
  });

  it('that a process has left is taken over by one of those who try at once', async () => {
    const endpoint = `ipc://${stage.path()}`;
    const child = stage.process(async ({ Pull }, line, to) => {
      await new Pull().bind(to);
      line.post('bound');
      await line.next();
    }, endpoint);
    await child.next();
    await child.kill();
    const wide = stage.newContext({ ioThreads: 4 });
    const all = Array.from({ length: 8 }, () => new Pull({ context: wide }));
    const results = await Promise.allSettled(all.map((one) => one.bind(endpoint)));
    const bound = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [all[i]!] : []));
    expect(bound).to.have.lengthOf(1);
    await expectCarried(bound[0]!, endpoint);
  });

  it('is never taken from a file or a folder', async () => {
    const file = stage.path();
    writeFileSync(file, 'precious');
    await failure('EADDRINUSE', () => pull.bind(`ipc://${file}`));
    expect(readFileSync(file, 'utf8')).to.equal('precious');
    const folder = stage.path();
    mkdirSync(folder);
    await failure('EADDRINUSE', () => pull.bind(`ipc://${folder}`));
  });

  it('must lie in a folder that exists: ENOENT', async () => {
    const endpoint = `ipc://${stage.path()}/socket`;
    const refused = await failure('ENOENT', () => pull.bind(endpoint));
    expect(refused).to.include({ address: endpoint, message: 'No such file or directory' });
    mkdirSync(dirname(pathOf(endpoint)));
    await pull.bind(endpoint);
    await expectCarried(pull);
  });

  it('must not be too long: ENAMETOOLONG at the call', async () => {
    const endpoint = `ipc:///tmp/${'x'.repeat(120)}`;
    await failure('ENAMETOOLONG', () => pull.bind(endpoint));
    failureNow('ENAMETOOLONG', () => pull.bindSync(endpoint));
    failureNow('ENAMETOOLONG', () => pull.connect(endpoint));
  });
});

if (process.platform === 'linux') {
  describe('An abstract name bound over ipc', () => {
    const stage = useTidyStage();
    let names = 0;
    const name = (): string => `ipc://@loomwire-test-${process.pid}-${++names}`;

    it('carries messages, and leaves no file', async () => {
      const { context } = stage;
      const endpoint = name();
      const pull = new Pull({ context });
      const push = new Push({ context });
      push.connect(endpoint);
      await pull.bind(endpoint);
      expect(pull.lastEndpoint).to.equal(endpoint);
      await push.send('message');
      expect(String(await pull.receive())).to.equal('message');
      expect(existsSync(pathOf(endpoint))).to.equal(false);
    });

    it('is taken while somebody listens, and free again after unbind', async () => {
      const { context } = stage;
      const endpoint = name();
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      const second = new Pull({ context });
      await failure('EADDRINUSE', () => second.bind(endpoint));
      await pull.unbind(endpoint);
      await second.bind(endpoint);
    });
  });
}
