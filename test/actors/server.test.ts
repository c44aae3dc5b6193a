import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  errorReply,
  replyError,
  server as serverOfDefault,
  type Server,
  type System,
} from '../../src/actors.js';
import { Dealer, Request } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { useStage } from '../support/stage.js';
import { actorFailure } from './support/actor-failure.js';
import { endSystems, module, open, source } from './support/systems.js';
import { Line } from './support/tasks.js';

const HANDLERS = module('servers/handlers');
const TCP = 'tcp://127.0.0.1:*';

/** A REQ and a DEALER of libzmq's, which ask what they are told to. */
const theirs: Program<string> = async (_library, line, endpoint) => {
  const { Dealer, Request } = await import('zeromq');
  const sockets = { REQ: new Request({ linger: 0 }), DEALER: new Dealer({ linger: 0 }) };
  for (const socket of Object.values(sockets)) socket.connect(endpoint);
  for (;;) {
    const [type, ...parts] = (await line.next()) as string[];
    const socket = sockets[type as keyof typeof sockets];
    await socket.send(parts);
    line.post((await socket.receive()).map(String));
  }
};

describe('A server', () => {
  const stage = useStage();
  let sys: System;
  const closing: (() => void)[] = [];
  beforeEach(async () => {
    sys = await open({ arenaSize: 2 ** 26 });
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await endSystems();
  });

  function line(): Line {
    const made = new Line();
    closing.push(() => made.close());
    return made;
  }

  function request(server: Server): Request {
    const made = new Request({ context: sys.context, linger: 0 });
    closing.push(() => made.close());
    made.connect(server.endpoint);
    return made;
  }

  function dealer(server: Server): Dealer {
    const made = new Dealer({ context: sys.context, linger: 0 });
    closing.push(() => made.close());
    made.connect(server.endpoint);
    return made;
  }

  async function ask(socket: Request, ...parts: string[]): Promise<Buffer[]> {
    await socket.send(parts);
    return socket.receive();
  }

  /** What a DEALER sends to be answered under a number. */
  function numbered(number: number, ...parts: string[]): string[] {
    return [String(number), '', ...parts];
  }

  for (const endpoint of ['inproc://server', 'ipc://*', TCP]) {
    const [transport] = endpoint.split(':');

    it(`answers REQ and DEALER over ${transport}, with their envelopes`, async () => {
      const server = await sys.server(endpoint, HANDLERS, { threads: 2 });
      expect(await ask(request(server), 'one', '', 'three')).to.deep.equal(
        ['one', '', 'three'].map((part) => Buffer.from(part)),
      );
      const asking = dealer(server);
      for (let n = 1; n <= 50; n++) await asking.send(numbered(n, `question ${n}`));
      const answers = new Map<number, string>();
      while (answers.size < 50) {
        const [number, empty, body] = await asking.receive();
        expect(empty).to.have.lengthOf(0);
        answers.set(Number(number), String(body));
      }
      for (const [n, answer] of answers) expect(answer).to.equal(`question ${n}`);
      expect(server.stats()).to.include({ threads: 2, completed: 51, failed: 0, refused: 0 });
    });
  }

  it('is asked by libzmq', async () => {
    const server = await sys.server(TCP, HANDLERS, { task: 'obey', threads: 2 });
    const client = stage.process(theirs, server.endpoint);
    const asked = async (type: string, ...parts: string[]): Promise<string[]> => {
      client.post([type, ...parts]);
      return client.next<string[]>();
    };
    expect(await asked('REQ', 'say', 'hello')).to.deep.equal(['hello']);
    expect(await asked('REQ', 'parts')).to.deep.equal(['text', '7', '', '\x01\x02']);
    expect(await asked('REQ', 'throw')).to.deep.equal(['$ERROR', 'EWRONG', 'out of range']);
    expect(await asked('DEALER', 'a', 'b', '', 'say', 'more')).to.deep.equal([
      'a',
      'b',
      '',
      'more',
    ]);
    expect(await asked('DEALER', '', 'throw')).to.deep.equal([
      ...['', '$ERROR', 'EWRONG', 'out of range'],
    ]);
  });

  it('drops and counts what has no envelope, or nothing in it', async () => {
    const server = await sys.server('inproc://server', HANDLERS, { threads: 1 });
    const asking = dealer(server);
    await asking.send('no envelope');
    await asking.send(['nothing in it', '']);
    await asking.send(numbered(1, 'answered'));
    expect((await asking.receive()).map(String)).to.deep.equal(numbered(1, 'answered'));
    expect(server.stats()).to.include({ refused: 2, completed: 1 });
  });

  it('answers what the handler throws, or gives that is no message, as an error', async () => {
    const server = await sys.server(TCP, HANDLERS, { task: 'obey', threads: 1 });
    const asking = request(server);
    const error = async (order: string): Promise<unknown> => replyError(await ask(asking, order));
    expect(await error('throw')).to.deep.equal({ code: 'EWRONG', message: 'out of range' });
    expect(await error('throw without a code')).to.deep.equal({
      code: 'TypeError',
      message: 'no such thing',
    });
    expect(await error('throw no error')).to.deep.equal({ code: 'Error', message: 'just a text' });
    expect(await error('reject')).to.deep.equal({ code: 'Error', message: 'later' });
    expect(await error('object')).to.include({ code: 'ERR_SERVER_REPLY' });
    expect(await error('nothing')).to.include({ code: 'ERR_SERVER_REPLY' });
    expect(await error('function')).to.include({ code: 'ERR_ACTOR_CLONE' });
    expect(await error('anything else')).to.equal(undefined);
    expect(server.stats()).to.include({ failed: 7, completed: 1, deaths: 0 });
  });

  it('gives a request to a thread that has none', async () => {
    const held = line();
    const server = await sys.server('inproc://server', HANDLERS, { task: 'wait', threads: 2 });
    const asking = dealer(server);
    const other = line();
    await asking.send(numbered(1, held.channel));
    await held.begun();
    // While one thread is busy, the other does all there is.
    for (let n = 2; n <= 9; n++) {
      await asking.send(numbered(n, other.channel));
      await other.begun(n - 1);
      other.goOn();
      expect(String((await asking.receive())[0])).to.equal(String(n));
    }
    expect(server.stats()).to.include({ running: 1, queued: 0 });
    held.goOn();
    expect(String((await asking.receive())[0])).to.equal('1');
  });

  it('answers at once what is beyond its queue', async () => {
    const held = line();
    const options = { task: 'wait', threads: 1, queue: 2 };
    const server = await sys.server(TCP, HANDLERS, options);
    const asking = dealer(server);
    for (let n = 1; n <= 5; n++) await asking.send(numbered(n, held.channel));
    for (const n of [4, 5]) {
      const [number, , ...reply] = await asking.receive();
      expect(Number(number)).to.equal(n);
      expect(replyError(reply)).to.include({ code: 'ERR_SERVER_BUSY' });
    }
    expect(server.stats()).to.include({ running: 1, queued: 2, overloaded: 2 });
    for (let n = 1; n <= 3; n++) {
      await held.begun(n);
      held.goOn();
      const [number, , ...reply] = await asking.receive();
      expect(Number(number)).to.equal(n);
      expect(replyError(reply)).to.equal(undefined);
    }
    expect(server.stats()).to.include({ completed: 3, overloaded: 2, queued: 0 });
  });

  it('answers the request whose thread has died, and starts another thread', async () => {
    const server = await sys.server(TCP, HANDLERS, { task: 'obey', threads: 1 });
    const asking = dealer(server);
    await asking.send(numbered(1, 'exit'));
    await asking.send(numbered(2, 'say', 'still there'));
    const [first, , ...reply] = await asking.receive();
    expect(Number(first)).to.equal(1);
    expect(replyError(reply)).to.include({ code: 'ERR_WORKER_DIED' });
    expect((await asking.receive()).map(String)).to.deep.equal(numbered(2, 'still there'));
    expect(server.stats()).to.include({ deaths: 1, failed: 1, completed: 1 });
  });

  it('outlives a thread that needs more memory than it may', async () => {
    const server = await sys.server(TCP, HANDLERS, {
      ...{ task: 'obey', threads: 1, resourceLimits: { maxOldGenerationSizeMb: 32 } },
    });
    const asking = request(server);
    for (let deaths = 1; deaths <= 2; deaths++) {
      const error = replyError(await ask(asking, 'devour'));
      expect(error).to.have.property('code', 'ERR_WORKER_DIED');
      expect(error?.message).to.include('memory');
      expect(server.stats()).to.include({ deaths, failed: deaths });
      expect((await ask(asking, 'say', 'still there')).map(String)).to.deep.equal(['still there']);
    }
  });

  it('outlives a client that does not wait for its reply', async () => {
    const held = line();
    const server = await sys.server('inproc://server', HANDLERS, { task: 'wait', threads: 1 });
    const leaving = new Request({ context: sys.context, linger: 0 });
    leaving.connect(server.endpoint);
    await leaving.send(held.channel);
    await held.begun();
    leaving.close();
    const asking = request(server);
    await asking.send(held.channel);
    held.goOn();
    await held.begun(2);
    held.goOn();
    expect(replyError(await asking.receive())).to.equal(undefined);
    expect(server.stats()).to.include({ completed: 2 });
  });

  describe('that is reloaded', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'loomwire-server-'));
    });
    afterEach(() => rm(folder, { recursive: true }));

    async function write(text: string): Promise<URL> {
      const file = join(folder, 'handler.mjs');
      await writeFile(file, text);
      return pathToFileURL(file);
    }

    it('answers by the new handler, and has lost no request', async () => {
      const url = await write('export default () => 1');
      const server = await sys.server(TCP, url, { threads: 2 });
      let over = false;
      // Several clients who ask for as long as it is reloaded.
      const clients = [1, 2, 3, 4].map(async () => {
        const asking = request(server);
        const seen: string[] = [];
        while (!over) seen.push((await ask(asking, 'version?')).map(String).join());
        return seen;
      });
      for (const version of [2, 3, 4]) {
        await write(`export default () => ${version}`);
        await server.reload();
        expect((await ask(request(server), 'version?')).map(String)).to.deep.equal([
          String(version),
        ]);
      }
      over = true;
      for (const seen of await Promise.all(clients)) {
        expect(seen.length).to.be.greaterThan(3);
        // Never an error, and never back.
        expect(seen).to.deep.equal([...seen].sort());
        for (const each of seen) expect(['1', '2', '3', '4']).to.include(each);
      }
      expect(server.stats()).to.include({ failed: 0, overloaded: 0, reloads: 3, deaths: 0 });
    });

    it('has what was accepted before answered by the old handler', async () => {
      const held = line();
      const server = await sys.server(TCP, HANDLERS, { task: 'wait', threads: 1 });
      const asking = dealer(server);
      await asking.send(numbered(1, held.channel));
      await asking.send(numbered(2, held.channel));
      await held.begun();
      while (server.stats().queued < 1) await new Promise((resolve) => setImmediate(resolve));
      await server.reload({ module: source('export const wait = () => "new"') });
      await asking.send(numbered(3, 'to the new one'));
      expect((await asking.receive()).map(String)).to.deep.equal(numbered(3, 'new'));
      held.goOn();
      const first = await asking.receive();
      await held.begun(2);
      held.goOn();
      const second = await asking.receive();
      expect([first, second].map(([number]) => Number(number))).to.deep.equal([1, 2]);
      // Of the same thread, the old one.
      expect(String(second[2])).to.equal(String(first[2]));
      expect(server.stats()).to.include({ completed: 3, failed: 0 });
    });

    it('stays as it was if the new handler cannot be loaded', async () => {
      const url = await write('export default () => "old"');
      const server = await sys.server(TCP, url, { threads: 1 });
      await write('throw new Error("broken")');
      await actorFailure('ERR_ACTOR_LOAD', server.reload());
      await write('export default 7');
      await actorFailure('ERR_ACTOR_NOT_FUNCTION', server.reload());
      expect((await ask(request(server), 'who?')).map(String)).to.deep.equal(['old']);
      expect(server.stats()).to.include({ reloads: 0, threads: 1 });
    });

    it('is closed meanwhile', async () => {
      const server = await sys.server(TCP, HANDLERS, { threads: 1 });
      const never = 'await new Promise((resolve) => setTimeout(resolve, 1e8)); export default 1';
      const reloading = actorFailure('ERR_ACTOR_STOPPED', server.reload({ module: source(never) }));
      await new Promise((resolve) => setImmediate(resolve));
      await server.close();
      await reloading;
      await actorFailure('ERR_ACTOR_STOPPED', server.reload());
    });
  });

  describe('that is closed', () => {
    it('answers what it had accepted, and says to others that it is being closed', async () => {
      const held = line();
      const server = await sys.server(TCP, HANDLERS, { task: 'wait', threads: 1 });
      const asking = dealer(server);
      await asking.send(numbered(1, held.channel));
      await asking.send(numbered(2, held.channel));
      await held.begun();
      while (server.stats().queued < 1) await new Promise((resolve) => setImmediate(resolve));
      const closed = server.close({ timeout: 40_000 });
      await asking.send(numbered(3, held.channel));
      const [third, , ...refusal] = await asking.receive();
      expect(Number(third)).to.equal(3);
      expect(replyError(refusal)).to.include({ code: 'ERR_ACTOR_STOPPED' });
      for (const n of [1, 2]) {
        await held.begun(n);
        held.goOn();
        const [number, , ...reply] = await asking.receive();
        expect(Number(number)).to.equal(n);
        expect(replyError(reply)).to.equal(undefined);
      }
      expect(await closed).to.deep.equal({ drained: 2, dropped: 0, forced: 0 });
      expect(await server.ended).to.deep.equal(await closed);
    });

    it('answers with an error what it has no time for', async () => {
      const held = line();
      const server = await sys.server(TCP, HANDLERS, { task: 'spin', threads: 1 });
      const asking = dealer(server);
      await asking.send(numbered(1, held.channel));
      await asking.send(numbered(2, held.channel));
      await held.begun();
      while (server.stats().queued < 1) await new Promise((resolve) => setImmediate(resolve));
      expect(await server.close({ timeout: 0 })).to.deep.equal({
        ...{ drained: 0, dropped: 1, forced: 1 },
      });
      const codes = new Map<number, string | undefined>();
      while (codes.size < 2) {
        const [number, , ...reply] = await asking.receive();
        codes.set(Number(number), replyError(reply)?.code);
      }
      expect([...codes].sort()).to.deep.equal([
        [1, 'ERR_ACTOR_STOPPED'],
        [2, 'ERR_ACTOR_STOPPED'],
      ]);
    });

    it('is closed with its system, which reports it by name', async () => {
      await sys.server(TCP, HANDLERS, { name: 'asked', threads: 1 });
      const { drained, forced } = await sys.shutdown();
      expect(drained).to.deep.equal(['asked']);
      expect(forced).to.deep.equal([]);
      await actorFailure('ERR_ACTOR_STOPPED', sys.server(TCP, HANDLERS));
    });
  });

  it('that cannot be started says why, and leaves nothing', async () => {
    await actorFailure('ERR_ACTOR_LOAD', sys.server(TCP, module('servers/nowhere')));
    await actorFailure('ERR_ACTOR_NOT_FUNCTION', sys.server(TCP, HANDLERS, { task: 'nothing' }));
    const first = await sys.server(TCP, HANDLERS, { threads: 1 });
    const taken = await sys.server(first.endpoint, HANDLERS).catch((error: unknown) => error);
    expect(taken).to.have.property('code', 'EADDRINUSE');
    const wrong = await sys.server(TCP, HANDLERS, { queue: -1 }).catch((error: unknown) => error);
    expect(wrong).to.be.instanceOf(RangeError);
    const path = await sys.server(TCP, './handlers.js').catch((error: unknown) => error);
    expect(path).to.be.instanceOf(TypeError);
    expect(await first.close()).to.deep.equal({ drained: 0, dropped: 0, forced: 0 });
  });

  it('is there without a system, too', async () => {
    await using server = await serverOfDefault('inproc://server of its own', HANDLERS);
    using asking = new Request({ linger: 0 });
    asking.connect(server.endpoint);
    expect((await ask(asking, 'hello')).map(String)).to.deep.equal(['hello']);
  });

  it('has errors of a form that any client can read', () => {
    const sent = errorReply(new RangeError('too far')).map((part) => Buffer.from(part));
    expect(sent.map(String)).to.deep.equal(['$ERROR', 'RangeError', 'too far']);
    expect(replyError(sent)).to.deep.equal({ code: 'RangeError', message: 'too far' });
    expect(replyError(sent.slice(0, 2))).to.equal(undefined);
    expect(replyError([Buffer.from('a'), Buffer.from('b'), Buffer.from('c')])).to.equal(undefined);
  });
});
