import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { replyError, type Server, type System } from '../../src/actors.js';
import { Request } from '../../src/index.js';
import { useStage } from '../support/stage.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Line } from './support/tasks.js';
import { Threads } from './support/threads.js';
import { Warnings } from './support/warnings.js';

const TASKS = module('pools/tasks');
const HANDLERS = module('servers/handlers');

/** Of a handler, and of a stage, that ends its thread if it is told to. */
const GOOD = `export default (told) => {
  if (String(told) === 'exit') process.exit(1);
  return 'good';
};`;
const BAD = 'throw new RangeError("bad")';
const DEADLY = 'process.exit(1)';

/** A context starts one when a second thread joins, and keeps it. */
const IO_WORKERS = 1;

describe('Threads that cannot be had', () => {
  const stage = useStage();
  let sys: System;
  let folder: string;
  const closing: { close(): void }[] = [];

  beforeEach(async () => {
    sys = await open({ arenaSize: 2 ** 26, warm: 0 });
    folder = await mkdtemp(join(tmpdir(), 'loomwire-threads-'));
  });
  afterEach(async () => {
    for (const each of closing.splice(0)) each.close();
    await endSystems();
    await rm(folder, { recursive: true });
  });

  function untilEnd<T extends { close(): void }>(made: T): T {
    closing.push(made);
    return made;
  }

  /** Loads in one thread. In any other it says that it has begun, waits until it is told to go on, and throws. */
  function onlyOnce(line: Line): string {
    return source(`
      import { mkdirSync } from 'node:fs';
      import { wait } from '${TASKS.href}';
      let first = true;
      try {
        mkdirSync(${JSON.stringify(join(folder, 'taken'))});
      } catch {
        first = false;
      }
      if (!first) {
        await wait('${line.channel}');
        throw new RangeError('taken');
      }
      export default (value) => value;`);
  }

  async function write(text: string): Promise<URL> {
    const file = join(folder, 'module.mjs');
    await writeFile(file, text);
    return pathToFileURL(file);
  }

  async function ask(server: Server, text: string): Promise<string> {
    using asking = new Request({ context: sys.context, linger: 0 });
    asking.connect(server.endpoint);
    await asking.send(text);
    const reply = await asking.receive();
    return replyError(reply)?.code ?? String(reply[0]);
  }

  describe('at the start', () => {
    /** One thread is there before another fails. */
    async function failing(start: (url: string) => Promise<unknown>): Promise<void> {
      const line = untilEnd(new Line());
      const threads = untilEnd(new Threads());
      const failed = actorFailure('ERR_ACTOR_LOAD', start(onlyOnce(line)));
      await Promise.all([line.begun(), threads.ready(1)]);
      line.goOn();
      const { cause } = await failed;
      expect(cause).to.be.instanceOf(RangeError).with.property('message', 'taken');
      await threads.ended(IO_WORKERS);
    }

    it('fail a server, and the others end', () =>
      failing((url) => sys.server('inproc://server', url, { threads: 2 })));

    it('fail a stage that is served, and the others end', () =>
      failing((url) => sys.serveStage('inproc://stage', url, { threads: 2 })));

    it('fail a pool that is fed by rings, and the others end', () =>
      failing(async (url) => {
        const tasks = sys.pool(url, { threads: 2, via: 'rings' });
        await tasks.ready().catch(async (error: unknown) => {
          await actorFailure('ERR_ACTOR_LOAD', tasks.run(1));
          throw error;
        });
      }));

    it('fail a pipeline, and the others end', () =>
      failing((url) => {
        async function* endless(): AsyncGenerator<number> {
          yield 1;
          await new Promise(() => undefined);
        }
        return sys.pipeline().source(endless()).stage(url, { threads: 2 }).sink(nothing).run();
      }));

    it('fail a reload, and the old handler stays', async () => {
      const server = await sys.server('inproc://server', HANDLERS, { threads: 2 });
      await failing((url) => server.reload({ module: url }));
      expect(await ask(server, 'still there?')).to.equal('still there?');
      expect(server.stats()).to.include({ reloads: 0, threads: 2, failed: 0, deaths: 0 });
      // Nor does the next one wait for it.
      await server.reload();
      expect(await ask(server, 'and now?')).to.equal('and now?');
    });

    it('fail a server also if they end without a word', async () => {
      const only = source(`
        import { mkdirSync } from 'node:fs';
        try {
          mkdirSync(${JSON.stringify(join(folder, 'taken'))});
        } catch {
          process.exit(1);
        }
        export default (value) => value;`);
      const threads = untilEnd(new Threads());
      const started = sys.server('inproc://server', only, { threads: 2 });
      await actorFailure('ERR_WORKER_DIED', started);
      await threads.ended(IO_WORKERS);
    });
  });

  describe('in the place of one that has died', () => {
    it('are tried again as long as there are others, and the process is warned once', async () => {
      const server = await sys.server('inproc://server', await write(GOOD), { threads: 2 });
      await write(BAD);
      const warnings = untilEnd(new Warnings('LOOMWIRE_THREAD_MISSING'));
      expect(await ask(server, 'exit')).to.equal('ERR_WORKER_DIED');
      const { message } = await warnings.first();
      expect(message).to.include('The server module goes on with fewer threads');
      expect(message).to.include('bad');
      expect(server.stats()).to.include({ threads: 1, deaths: 1 });
      expect(await ask(server, 'are you there?')).to.equal('good');
      await write(GOOD);
      while (server.stats().threads < 2) await turn();
      expect(warnings.heard).to.have.lengthOf(1);
      expect(server.stats()).to.include({ failed: 1, deaths: 1 });
      // The next time it is news again.
      await write(BAD);
      expect(await ask(server, 'exit')).to.equal('ERR_WORKER_DIED');
      while (warnings.heard.length < 2) await turn();
    });

    it('end no others, however often they die', async () => {
      const server = await sys.server('inproc://server', await write(GOOD), { threads: 2 });
      await write(DEADLY);
      expect(await ask(server, 'exit')).to.equal('ERR_WORKER_DIED');
      while (server.stats().deaths < 8) await turn();
      expect(await ask(server, 'are you there?')).to.equal('good');
    });

    it('leave a server that answers why, says so, and works again when it is reloaded', async () => {
      let times = 0;
      let broken: (error: unknown) => void;
      const told = new Promise<unknown>((resolve) => (broken = resolve));
      const onBroken = (error: unknown): void => {
        times++;
        broken(error);
      };
      const options = { threads: 1, onBroken };
      const server = await sys.server('inproc://server', await write(GOOD), options);
      await write(BAD);
      const warnings = untilEnd(new Warnings('LOOMWIRE_THREADS_LOST'));
      expect(await ask(server, 'exit')).to.equal('ERR_WORKER_DIED');
      // It waits for a thread that never comes.
      expect(await ask(server, 'are you there?')).to.equal('ERR_ACTOR_LOAD');
      expect(await told).to.have.property('code', 'ERR_ACTOR_LOAD');
      expect(await ask(server, 'and now?')).to.equal('ERR_ACTOR_LOAD');
      expect(server.stats()).to.include({ threads: 0, queued: 0, running: 0, failed: 3 });
      await write(GOOD);
      await server.reload();
      expect(await ask(server, 'are you there?')).to.equal('good');
      expect(server.stats()).to.include({ threads: 1, reloads: 1 });
      // Who is told is not warned.
      expect([times, warnings.heard.length]).to.deep.equal([1, 0]);
    });

    it('leave a server of which the process is warned, if nobody is to be told', async () => {
      const server = await sys.server('inproc://server', await write(GOOD), { threads: 1 });
      await write(DEADLY);
      const warnings = untilEnd(new Warnings('LOOMWIRE_THREADS_LOST'));
      expect(await ask(server, 'exit')).to.equal('ERR_WORKER_DIED');
      const { message } = await warnings.first();
      expect(message).to.include('The server module has lost its threads for good');
      expect(await ask(server, 'are you there?')).to.equal('ERR_WORKER_DIED');
      expect(await server.close()).to.deep.equal({ drained: 0, dropped: 0, forced: 0 });
    });

    it('leave a served stage that fails items, and says so', async () => {
      const url = await write(GOOD);
      let broken: (error: unknown) => void;
      const told = new Promise<unknown>((resolve) => (broken = resolve));
      const onBroken = (error: unknown): void => broken(error);
      const served = await sys.serveStage('inproc://stage', url, { threads: 1, onBroken });
      const run = (item: string): Promise<unknown> =>
        sys.pipeline().source([item]).stage(url, { at: served.endpoint }).sink(nothing).run();
      await run('are you there?');
      await write(BAD);
      await actorFailure('ERR_WORKER_DIED', run('exit'));
      expect(await told).to.have.property('code', 'ERR_ACTOR_LOAD');
      await actorFailure('ERR_ACTOR_LOAD', run('are you there?'));
      expect(served.stats().threads).to.equal(0);
    });

    it('leave a pool that fails tasks, and says so', async () => {
      const options = { threads: 1, via: 'rings' } as const;
      const tasks = sys.pool(await write(GOOD), options);
      await tasks.ready();
      await write(BAD);
      const warnings = untilEnd(new Warnings('LOOMWIRE_THREADS_LOST'));
      await actorFailure('ERR_WORKER_DIED', tasks.run('exit'));
      await actorFailure('ERR_ACTOR_LOAD', tasks.run('are you there?'));
      expect((await warnings.first()).message).to.include('The pool module');
      await actorFailure('ERR_ACTOR_LOAD', tasks.ready());
      expect(tasks.stats().threads).to.equal(0);
    });

    it('fail whoever waits until a pool has all its threads', async () => {
      const tasks = sys.pool(await write(GOOD), { threads: 2, via: 'rings' });
      await tasks.ready();
      await write(BAD);
      await actorFailure('ERR_WORKER_DIED', tasks.run('exit'));
      await actorFailure('ERR_ACTOR_LOAD', tasks.ready());
      expect(await tasks.run('are you there?')).to.equal('good');
      await write(GOOD);
      while (tasks.stats().threads < 2) await turn();
      await tasks.ready();
    });

    it('are not tried any more when all is closed', async () => {
      const threads = untilEnd(new Threads());
      const server = await sys.server('inproc://server', await write(GOOD), { threads: 2 });
      await write(BAD);
      const warnings = untilEnd(new Warnings('LOOMWIRE_THREAD_MISSING'));
      await ask(server, 'exit');
      await warnings.first();
      expect(await server.close()).to.deep.equal({ drained: 0, dropped: 0, forced: 0 });
      await threads.ended(IO_WORKERS);
    });

    it('keep no process that waits for nothing', async () => {
      const url = await write(GOOD);
      const other = stage.process(
        async (_library, line, { actors, url, bad }) => {
          const { pool } = (await import(actors)) as typeof import('../../src/actors.js');
          const { writeFileSync } = await import('node:fs');
          const { fileURLToPath } = await import('node:url');
          const tasks = pool(url, { threads: 2, via: 'rings' });
          await tasks.ready();
          writeFileSync(fileURLToPath(url), bad);
          const missing = new Promise<unknown>((resolve) => process.once('warning', resolve));
          await tasks.run('exit').catch(() => undefined);
          line.post(((await missing) as { code: string }).code);
        },
        { actors: new URL('../../src/actors.js', import.meta.url).href, url: url.href, bad: BAD },
      );
      expect(await other.next()).to.equal('LOOMWIRE_THREAD_MISSING');
      const { code, signal } = await other.ended;
      expect({ code, signal }).to.deep.equal({ code: 0, signal: null });
    });
  });

  it('tell nothing but a function', async () => {
    const wrong = { onBroken: 7 as never };
    const refused = [
      sys.server('inproc://a', HANDLERS, wrong),
      sys.serveStage('inproc://a', TASKS, wrong),
    ];
    for (const outcome of await Promise.allSettled(refused)) {
      expect(outcome).to.have.property('reason').that.is.instanceOf(TypeError);
    }
    expect(() => sys.pool(TASKS, { via: 'rings', ...wrong })).to.throw(TypeError);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function nothing(): void {
  // What matters is elsewhere.
}
