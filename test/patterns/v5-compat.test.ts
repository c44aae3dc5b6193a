import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Context, ErrorCode, ZmqError } from '../../src/index.js';
import zmq, { type Callback } from '../../src/v5-compat.js';
import type { Program } from '../support/elsewhere.js';
import { failureNow } from '../support/expect-error.js';
import { turn } from '../support/heard.js';
import { useTidyStage } from '../support/stage.js';

const MODULE = new URL('../../src/v5-compat.js', import.meta.url).href;
const ANY = 'tcp://127.0.0.1:*';

type V5 = typeof zmq;

/** Resolves as the callback is called, with what it is told. */
function called(call: (callback: Callback) => unknown): Promise<Error | undefined> {
  return new Promise((resolve) => call(resolve));
}

/** The next error that a socket emits. */
async function failed(socket: zmq.Socket): Promise<Error> {
  return ((await once(socket, 'error')) as [Error])[0];
}

function expectCode(error: Error | undefined, code: ErrorCode): void {
  expect(error).to.have.property('code', code);
}

describe('Sockets for programs of version 5', () => {
  const stage = useTidyStage();
  let context: Context;
  let push: zmq.Socket;
  let pull: zmq.Socket;
  let received: string[][];

  beforeEach(() => {
    context = stage.context;
    push = zmq.socket('push', { context });
    pull = zmq.socket('pull', { context });
    received = [];
  });

  const join = (): void => {
    const name = stage.inproc();
    pull.bindSync(name);
    push.connect(name);
  };

  const listen = (): void => {
    pull.on('message', (...frames) => received.push(frames.map(String)));
  };

  /** Resolves when so many messages were received altogether. */
  const until = async (count: number): Promise<void> => {
    while (received.length < count) await once(pull, 'message');
  };

  describe('receive', () => {
    it('one message after another, so that whoever awaits each misses none', async () => {
      join();
      const next = async (): Promise<string> => String((await once(pull, 'message'))[0]);
      for (let i = 0; i < 1000; i++) push.send(i);
      for (let i = 0; i < 1000; i++) expect(await next()).to.equal(String(i));
    });

    it('on, when a listener has thrown', async () => {
      const careless: Program<string> = async (_library, line, module) => {
        const { default: zmq } = (await import(module)) as { default: V5 };
        process.on('uncaughtException', ({ message }) => line.post(`uncaught: ${message}`));
        const pull = zmq.socket('pull').bindSync('inproc://careless');
        const push = zmq.socket('push').connect('inproc://careless');
        pull.on('message', (frame) => {
          if (String(frame) === 'first') throw new Error('careless');
          line.post(String(frame));
          pull.close();
        });
        push.send('first').send('second').close();
      };
      const child = stage.process(careless, MODULE);
      expect(await child.next()).to.equal('uncaught: careless');
      expect(await child.next()).to.equal('second');
      expect(await child.ended).to.include({ code: 0 });
    });

    it('also when nobody listens: the message is gone, and a REP may answer it', async () => {
      const rep = zmq.socket('rep', { context }).bindSync(stage.inproc());
      const req = zmq.socket('req', { context }).connect(String(rep.last_endpoint));
      req.send('to nobody');
      rep.send('answer');
      expect(String((await once(req, 'message'))[0])).to.equal('answer');
    });

    it('nothing while they are paused: the high-water mark holds the sender up', async () => {
      push.hwm = 1;
      pull.hwm = 1;
      join();
      listen();
      pull.pause();
      // Both ends have to know of each other's mark.
      await turn();
      const callbacks: Promise<unknown>[] = [];
      do callbacks.push(called((callback) => push.send(callbacks.length, 0, callback)));
      while ((push._ioevents & zmq.ZMQ_POLLOUT) !== 0);
      await Promise.all(callbacks);
      let held = true;
      const last = called((callback) => push.send('last', 0, callback)).then(() => (held = false));
      await turn();
      expect([held, received]).to.deep.equal([true, []]);
      pull.resume();
      await Promise.all([last, until(callbacks.length + 1)]);
      expect(received.map(String)).to.deep.equal([...callbacks.keys(), 'last'].map(String));
    });

    it('nothing from the moment on in which a listener pauses them', async () => {
      join();
      push.send('one').send('two').send('three');
      listen();
      pull.once('message', () => pull.pause());
      await until(1);
      await turn();
      expect(received).to.deep.equal([['one']]);
      pull.resume();
      await until(3);
      expect(received).to.deep.equal([['one'], ['two'], ['three']]);
    });

    it('what read() asks for', () => {
      join();
      pull.pause();
      expect(pull.read()).to.equal(null);
      push.send(['two', 'frames']);
      expect(pull.read()?.map(String)).to.deep.equal(['two', 'frames']);
      expect(pull.read()).to.equal(null);
      expect(push.read()).to.equal(null);
      pull.close();
      expect(pull.read()).to.equal(null);
    });
  });

  describe('send', () => {
    it('all that there is room for at once, even if they are closed behind it', async () => {
      join();
      listen();
      push.send('one').send('two').send('three').close();
      await until(3);
      expect(received).to.deep.equal([['one'], ['two'], ['three']]);
    });

    it('what waits in order, and what was waiting before what comes later', async () => {
      listen();
      for (let i = 0; i < 50; i++) push.send(i);
      push.pause();
      for (let i = 50; i < 100; i++) push.send(i);
      push.resume();
      push.send(100);
      join();
      await until(101);
      expect(received.map(String)).to.deep.equal(Array.from({ length: 101 }, (_, i) => String(i)));
    });

    it('nothing while they are paused', async () => {
      join();
      listen();
      push.pause();
      const sent = called((callback) => push.send('held', 0, callback));
      await turn();
      expect(pull.read()).to.equal(null);
      push.resume();
      expect(await sent).to.equal(undefined);
      await until(1);
    });

    it('what was there at the time of the call, however long it waits', async () => {
      join();
      listen();
      const body = Buffer.from('before');
      push.send(body, zmq.ZMQ_SNDMORE);
      body.write('AFTER!');
      push.send('end').pause();
      body.write('before');
      push.send(body);
      body.write('AFTER!');
      push.resume();
      await until(2);
      expect(received).to.deep.equal([['before', 'end'], ['before']]);
    });

    it('and call back for every part that has a callback', async () => {
      join();
      const told = await Promise.all([
        called((callback) => push.send('one', zmq.ZMQ_SNDMORE, callback)),
        called((callback) => push.send('two', zmq.ZMQ_SNDMORE, callback)),
        called((callback) => push.send('three', 0, callback)),
      ]);
      expect(told).to.deep.equal([undefined, undefined, undefined]);
    });

    it('a reply too many with the next request', async () => {
      const rep = zmq.socket('rep', { context }).bindSync(stage.inproc());
      const req = zmq.socket('req', { context }).connect(String(rep.last_endpoint));
      rep.once('message', () => rep.send('answer').send('one too many'));
      req.send('first').send('second');
      expect(String((await once(req, 'message'))[0])).to.equal('answer');
      expect(String((await once(req, 'message'))[0])).to.equal('one too many');
    });
  });

  describe('fail', () => {
    it('with ENOTSUP if their type does not send', async () => {
      expectCode(await called((callback) => pull.send('no', 0, callback)), 'ENOTSUP');
      pull.send('no');
      expectCode(await failed(pull), 'ENOTSUP');
    });

    it('with EADDRINUSE at an endpoint that is taken', async () => {
      push.bindSync('tcp://127.0.0.1:*');
      const taken = String(push.last_endpoint);
      expectCode(await called((callback) => pull.bind(taken, callback)), 'EADDRINUSE');
      pull.bind(taken);
      expectCode(await failed(pull), 'EADDRINUSE');
      expectCode(await called((callback) => pull.unbind(taken, callback)), 'ENOENT');
    });

    it('with EBADF once they are closed', async () => {
      push.close();
      expectCode(await called((callback) => push.send('no', 0, callback)), 'EBADF');
      push.send('no');
      expectCode(await failed(push), 'EBADF');
      expectCode(await called((callback) => push.bind(stage.inproc(), callback)), 'EBADF');
      failureNow('EBADF', () => push.connect(stage.inproc()));
      failureNow('ENOTSOCK', () => push.linger);
      expect(push.close().closed).to.equal(true);
    });

    it('with EAGAIN for each send that still waits when they are closed', async () => {
      join();
      push.pause();
      const errors: Error[] = [];
      push.on('error', (error) => errors.push(error));
      const told = [
        called((callback) => push.send('told', 0, callback)),
        called((callback) => push.send('and a part', zmq.ZMQ_SNDMORE, callback)),
      ];
      push.send(' of two').send('untold').close();
      for (const error of await Promise.all(told)) expectCode(error, 'EAGAIN');
      await turn();
      expect(errors).to.have.lengthOf(1);
      expectCode(errors[0], 'EAGAIN');
      expect(pull.read()).to.equal(null);
    });

    it('with ETERM when their context is shut down', async () => {
      const rep = zmq.socket('rep', { context }).bindSync(stage.inproc());
      const req = zmq.socket('req', { context }).connect(String(rep.last_endpoint));
      req.send('asked');
      const waits = called((callback) => req.send('next', 0, callback));
      const errors = Promise.all([pull, rep, req].map(failed));
      context.shutdown();
      for (const error of await errors) expectCode(error, 'ETERM');
      expectCode(await waits, 'ETERM');
      expectCode(await called((callback) => push.send('late', 0, callback)), 'ETERM');
    });

    it('with EHOSTUNREACH at once if nobody is where a mandatory ROUTER sends', async () => {
      const router = zmq.socket('router', { context, router_mandatory: 1 });
      const error = await called((callback) => router.send(['nobody', 'body'], 0, callback));
      expectCode(error, 'EHOSTUNREACH');
    });

    it('silently in a bind that their closing gives up, but for its callback', async () => {
      pull.bind(ANY);
      const told = called((callback) => pull.bind(ANY, callback));
      pull.close();
      expectCode(await told, 'EAGAIN');
      // An error without a listener would have been thrown by now.
      await turn();
    });

    it('to be made of a type that is not there', () => {
      failureNow('EINVAL', () => zmq.socket('toString' as never, { context }));
    });
  });

  it('speak plain TCP, if they are streams', async () => {
    const server = zmq.socket('stream', { context });
    server.bindSync(ANY);
    const port = Number(server.last_endpoint!.split(':').pop());
    const said: string[] = [];
    server.on('message', (id, data) => {
      said.push(String(data));
      if (said.join('') === 'hello') server.send([id, 'world']).send([id, '']);
    });
    const peer = connect(port, '127.0.0.1', () => peer.write('hello'));
    expect(await text(peer)).to.equal('world');
    expect(said[0]).to.equal('');
    server.close();
  });

  describe('monitor', () => {
    it('again after unmonitor', async () => {
      const told: string[] = [];
      pull.on('listen', (_value, endpoint) => told.push(endpoint));
      pull.monitor().unmonitor().monitor().monitor(500, 0);
      pull.bindSync(ANY);
      await once(pull, 'listen');
      expect(told).to.deep.equal([pull.last_endpoint]);
    });

    it('nothing before they are told to, and not once they are closed', () => {
      pull.unmonitor();
      pull.close();
      pull.unmonitor();
      failureNow('ENOTSOCK', () => pull.monitor());
    });
  });

  describe('have options', () => {
    it('by which both high-water marks are one, as far as there are two', () => {
      const dealer = zmq.socket('dealer', { context, hwm: 5 });
      expect(dealer).to.include({ hwm: 5, sndhwm: 5, rcvhwm: 5 });
      dealer.rcvhwm = 6;
      expect(dealer).to.include({ hwm: 5, sndhwm: 5, rcvhwm: 6 });
      push.setsockopt(zmq.ZMQ_HWM, 7);
      expect(push).to.include({ hwm: 7, sndhwm: 7, rcvhwm: undefined });
      pull.hwm = 8;
      expect(pull).to.include({ hwm: 8, sndhwm: undefined, rcvhwm: 8 });
    });

    it('under the names of libzmq’s constants, in small letters', () => {
      const named = Object.entries(zmq).filter(([name]) => name.startsWith('ZMQ_'));
      for (const [option, number] of Object.entries(zmq.options)) {
        if (option.startsWith('_')) continue;
        expect(named).to.deep.include([`ZMQ_${option.toUpperCase()}`, number]);
      }
    });

    it('whose text may be bytes, if they are text; those of an identity may be any', () => {
      const dealer = zmq.socket('dealer', { context, identity: Buffer.from('größer') });
      expect(dealer.identity).to.equal('größer');
      failureNow('EINVAL', () => dealer.setsockopt('plain_username', Buffer.from([0xff])));
      dealer.setsockopt('identity', Buffer.from([0xff]));
      expect(dealer.identity).to.equal('\ufffd');
    });

    it('which are ENOTSUP if they are not supported, but for their defaults', () => {
      push.setsockopt('rate', 100).setsockopt('curve_server', 0);
      failureNow('ENOTSUP', () => push.setsockopt('rate', 200));
      failureNow('ENOTSUP', () => push.setsockopt('curve_server', 1));
      failureNow('ENOTSUP', () => (push.plain_username = 'me'));
      failureNow('ENOTSUP', () => push.getsockopt('_fd'));
      failureNow('ENOTSUP', () => push.setsockopt(zmq.ZMQ_ROUTER_RAW, 1));
    });

    it('which are refused if they make no sense', () => {
      expect(() => push.setsockopt('linger', true)).to.throw(TypeError);
      expect(() => push.setsockopt('linger', undefined as never)).to.throw(TypeError);
      expect(() => push.setsockopt('rcvhwm', 1)).to.throw(TypeError, 'not extensible');
      failureNow('EINVAL', () => push.setsockopt('backlog', -1));
      failureNow('EINVAL', () => push.setsockopt('last_endpoint', 'x'));
      failureNow('EINVAL', () => push.setsockopt('toString' as never, 1));
      const open = context.stats().sockets.length;
      const refused = { context, sendTimeout: 1 };
      expect(() => zmq.socket('push', refused)).to.throw(TypeError, 'sendTimeout');
      expect(context.stats().sockets).to.have.lengthOf(open);
    });
  });

  describe('keep the process alive', () => {
    it('while they are open and may receive', async () => {
      const receiver: Program<string> = async (_library, line, module) => {
        const { default: zmq } = (await import(module)) as { default: V5 };
        const pull = zmq.socket('pull').bindSync('tcp://127.0.0.1:*');
        pull.on('message', (frame) => {
          pull.close();
          line.post(String(frame));
        });
        line.post(pull.last_endpoint);
      };
      const child = stage.process(receiver, MODULE);
      push.connect(await child.next<string>()).send('still there');
      expect(await child.next()).to.equal('still there');
      expect(await child.ended).to.include({ code: 0 });
    });

    it('but not after unref, and not if they only send', async () => {
      const unreferenced: Program<string> = async (_library, line, module) => {
        const { default: zmq } = (await import(module)) as { default: V5 };
        zmq.socket('pull').unref().ref().ref().unref().bindSync('tcp://127.0.0.1:*');
        zmq.socket('pub').ref().bindSync('tcp://127.0.0.1:*');
        line.post('open');
      };
      const child = stage.process(unreferenced, MODULE);
      expect(await child.next()).to.equal('open');
      expect(await child.ended).to.include({ code: 0 });
    });
  });

  describe('are joined by a proxy', () => {
    it('whose capture socket gets what goes through a PULL and a PUSH, too', async () => {
      const [front, back] = [zmq.socket('pull', { context }), zmq.socket('push', { context })];
      const capture = zmq.socket('push', { context });
      const log = zmq.socket('pull', { context }).bindSync(stage.inproc());
      capture.connect(String(log.last_endpoint));
      front.bindSync(stage.inproc());
      push.connect(String(front.last_endpoint));
      pull.bindSync(stage.inproc());
      back.connect(String(pull.last_endpoint));
      zmq.proxy(front, back, capture);
      const both = Promise.all([once(pull, 'message'), once(log, 'message')]);
      push.send(['two', 'frames']);
      for (const frames of await both) expect(frames.map(String)).to.deep.equal(['two', 'frames']);
    });

    it('under either name of their types, but in this order', () => {
      const [xrep, dealer] = [zmq.socket('xrep', { context }), zmq.socket('dealer', { context })];
      zmq.proxy(xrep, dealer);
      failureNow('EINVAL', () => zmq.proxy(dealer, xrep));
    });
  });
});

describe('What version 5 has besides sockets', () => {
  it('is the process’s own context, whose I/O threads are fixed', () => {
    expect(zmq.Context.getMaxThreads()).to.equal(1);
    zmq.Context.setMaxThreads(1);
    failureNow('ENOTSUP', () => zmq.Context.setMaxThreads(2));
    const sockets = zmq.Context.getMaxSockets();
    zmq.Context.setMaxSockets(sockets + 1);
    expect(zmq.Context.getMaxSockets()).to.equal(sockets + 1);
    zmq.Context.setMaxSockets(sockets);
    failureNow('ENOTSUP', () => new zmq.Context());
  });

  it('is no CURVE: ENOTSUP', () => {
    const refused: ZmqError = failureNow('ENOTSUP', () => zmq.curveKeypair());
    expect(refused.message).to.equal('CURVE is not supported');
  });
});
