import { expect } from 'chai';
import { networkInterfaces } from 'node:os';
import {
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Subscriber,
  ZmqError,
  type Context,
} from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { portOf, useTidyStage } from '../support/stage.js';

describe('Endpoints', () => {
  const stage = useTidyStage();
  let context: Context;
  let push: Push;
  let pull: Pull;

  beforeEach(() => {
    context = stage.context;
    push = new Push({ context });
    pull = new Pull({ context });
  });

  describe('that make no sense are EINVAL', () => {
    for (const endpoint of [
      '',
      'nonsense',
      '://x',
      'tcp:/127.0.0.1:5',
      'tcp://',
      'inproc://',
      'tcp://127.0.0.1',
      'tcp://127.0.0.1:',
      'tcp://127.0.0.1:port',
      'tcp://127.0.0.1:65536',
      'tcp://127.0.0.1:-1',
      'tcp://[127.0.0.1]:5',
      'tcp://::1:5555',
      'tcp://:5555',
      `inproc://${'x'.repeat(257)}`,
    ]) {
      it(
        JSON.stringify(endpoint.length > 40 ? `${endpoint.slice(0, 20)}…` : endpoint),
        async () => {
          const refused = await failure('EINVAL', () => pull.bind(endpoint));
          expect(refused.address).to.equal(endpoint);
          expect(refused.errno).to.equal(22);
          failureNow('EINVAL', () => pull.bindSync(endpoint));
          failureNow('EINVAL', () => push.connect(endpoint));
        },
      );
    }

    it('a wildcard to connect to', () => {
      failureNow('EINVAL', () => push.connect('tcp://127.0.0.1:*'));
      failureNow('EINVAL', () => push.connect('tcp://*:5555'));
      failureNow('EINVAL', () => push.connect('tcp://127.0.0.1:0'));
    });
  });

  it('of an unknown scheme are EPROTONOSUPPORT', async () => {
    for (const endpoint of ['foo://bar', 'http://localhost:80', 'TCP://127.0.0.1:5']) {
      const refused = await failure('EPROTONOSUPPORT', () => pull.bind(endpoint));
      expect(refused).to.include({ address: endpoint, errno: 93 });
      failureNow('EPROTONOSUPPORT', () => push.connect(endpoint));
    }
  });

  it('that are no strings are a TypeError', async () => {
    const port = 5555 as unknown as string;
    expect(() => push.connect(port)).to.throw(TypeError);
    expect(await pull.bind(port).catch((error: unknown) => error)).to.be.instanceOf(TypeError);
  });

  it('that are taken are EADDRINUSE', async () => {
    await pull.bind('tcp://127.0.0.1:*');
    const port = pull.lastEndpoint!;
    const name = stage.inproc();
    await pull.bind(name);
    const second = new Pull({ context });
    for (const endpoint of [port, name]) {
      const refused = await failure('EADDRINUSE', () => second.bind(endpoint));
      expect(refused).to.include({ address: endpoint, errno: 98 });
      expect(refused.message).to.equal('Address already in use');
      failureNow('EADDRINUSE', () => second.bindSync(endpoint));
    }
  });

  it('of another machine cannot be bound: EADDRNOTAVAIL', async () => {
    // 192.0.2.0/24 is for documentation: no machine has it.
    await failure('EADDRNOTAVAIL', () => pull.bind('tcp://192.0.2.1:5555'));
  });

  it('that were not bound or connected cannot be taken back: ENOENT', async () => {
    const refused = await failure('ENOENT', () => pull.unbind('tcp://127.0.0.1:5555'));
    expect(refused).to.include({ address: 'tcp://127.0.0.1:5555', errno: 2 });
    failureNow('ENOENT', () => pull.unbindSync('inproc://unknown'));
    failureNow('ENOENT', () => push.disconnect('inproc://unknown'));
    const name = stage.inproc();
    await pull.bind(name);
    failureNow('ENOENT', () => pull.disconnect(name));
  });

  it('are known by lastEndpoint, wildcards resolved', async () => {
    expect(pull.lastEndpoint).to.equal(null);
    await pull.bind('tcp://127.0.0.1:*');
    expect(pull.lastEndpoint).to.match(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    pull.bindSync('tcp://*:*');
    expect(pull.lastEndpoint).to.match(/^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/);
    const name = stage.inproc();
    await pull.bind(name);
    expect(pull.lastEndpoint).to.equal(name);
    push.connect(name);
    expect(push.lastEndpoint).to.equal(name);
  });

  it('may be several on one socket, of several transports', async () => {
    const endpoints: string[] = [];
    for (const transport of ['tcp', 'ipc', 'inproc', 'tcp'] as const) {
      await pull.bind(stage.wildcard(transport));
      endpoints.push(pull.lastEndpoint!);
    }
    for (const endpoint of endpoints) push.connect(endpoint);
    for (let i = 0; i < 8; i++) await push.send(`${i}`);
    const received = new Set<string>();
    for (let i = 0; i < 8; i++) received.add(String(await pull.receive()));
    expect(received.size).to.equal(8);
    // Each can be taken back by itself: with all but one gone, that one gets everything.
    for (const endpoint of endpoints.splice(1)) push.disconnect(endpoint);
    for (let i = 0; i < 8; i++) await push.send(`${i}`);
    for (let i = 0; i < 8; i++) expect(String(await pull.receive())).to.equal(`${i}`);
  });

  it('are taken back by the text that was bound, or by lastEndpoint', async () => {
    const port = portOf(await stage.freeEndpoint());
    for (const host of ['*', 'localhost', 'lo', '127.0.0.1']) {
      if (networkInterfaces()[host] === undefined && host === 'lo') continue;
      const endpoint = `tcp://${host}:${port}`;
      await pull.bind(endpoint);
      const resolved = pull.lastEndpoint!;
      expect(resolved).to.equal(`tcp://${host === '*' ? '0.0.0.0' : '127.0.0.1'}:${port}`);
      await pull.unbind(endpoint);
      failureNow('ENOENT', () => pull.unbindSync(resolved));
      await pull.bind(endpoint);
      await pull.unbind(resolved);
      failureNow('ENOENT', () => pull.unbindSync(endpoint));
    }
  });

  it('are taken back by lastEndpoint alone if a part of them was open', async () => {
    for (const wildcard of ['tcp://127.0.0.1:*', 'tcp://*:0', 'ipc://*']) {
      await pull.bind(wildcard);
      failureNow('ENOENT', () => pull.unbindSync(wildcard));
      await pull.unbind(pull.lastEndpoint!);
      failureNow('ENOENT', () => pull.unbindSync(pull.lastEndpoint!));
    }
  });

  it('may name a network interface', async () => {
    const { lo } = networkInterfaces();
    if (lo === undefined) return;
    await pull.bind('tcp://lo:*');
    expect(pull.lastEndpoint).to.match(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
    if (!lo.some(({ family }) => family === 'IPv6')) return;
    const six = new Pull({ context, ipv6: true });
    six.bindSync('tcp://lo:*');
    expect(six.lastEndpoint).to.match(/^tcp:\/\/\[::1\]:\d+$/);
  });

  it('whose host nobody knows cannot be bound: ENODEV', async () => {
    const endpoint = 'tcp://no-such-host.invalid:*';
    const refused = await failure('ENODEV', () => pull.bind(endpoint));
    expect(refused).to.include({ address: endpoint, errno: 19 });
  });

  it('may name the host', async () => {
    await pull.bind('tcp://*:*');
    push.connect(`tcp://localhost:${portOf(pull.lastEndpoint)}`);
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
  });

  it('may be of IPv6, where the option says so', async () => {
    const receiver = new Pull({ context, ipv6: true });
    await receiver.bind('tcp://[::1]:*');
    expect(receiver.lastEndpoint).to.match(/^tcp:\/\/\[::1\]:\d+$/);
    const sender = new Push({ context, ipv6: true });
    sender.connect(receiver.lastEndpoint!);
    await sender.send('message');
    expect(String(await receiver.receive())).to.equal('message');
  });

  it('of every interface are of IPv4 and IPv6 where the option says so', async () => {
    const receiver = new Pull({ context, ipv6: true });
    await receiver.bind('tcp://*:*');
    expect(receiver.lastEndpoint).to.match(/^tcp:\/\/\[::\]:\d+$/);
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const sender = new Push({ context, ipv6: true });
      sender.connect(`tcp://${host}:${portOf(receiver.lastEndpoint)}`);
      await sender.send(host);
      expect(String(await receiver.receive())).to.equal(host);
    }
  });

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    describe(`over ${transport}`, () => {
      const wildcard = (): string => stage.wildcard(transport);

      it('can be bound again after unbind, by anyone', async () => {
        await pull.bind(await stage.agreed(transport));
        const endpoint = pull.lastEndpoint!;
        await pull.unbind(endpoint);
        await failure('ENOENT', () => pull.unbind(endpoint));
        const second = new Pull({ context });
        await second.bind(endpoint);
        push.connect(endpoint);
        await push.send('to the second');
        expect(String(await second.receive())).to.equal('to the second');
        second.unbindSync(endpoint);
        pull.bindSync(endpoint);
      });

      it('are taken back by unbindSync before it returns (defect 3 of zeromq.js, where it binds)', async () => {
        const endpoint = await stage.agreed(transport);
        pull.bindSync(endpoint);
        pull.unbindSync(endpoint);
        failureNow('ENOENT', () => pull.unbindSync(endpoint));
        const second = new Pull({ context });
        second.bindSync(endpoint);
        push.connect(endpoint);
        push.sendSync('to the second');
        expect(String(second.receiveSync())).to.equal('to the second');
      });

      it('get nothing more after disconnect, but all that was sent before', async () => {
        const first = new Pull({ context });
        await first.bind(wildcard());
        await pull.bind(wildcard());
        push.connect(first.lastEndpoint!);
        for (let i = 0; i < 10; i++) await push.send('before');
        push.disconnect(first.lastEndpoint!);
        push.connect(pull.lastEndpoint!);
        for (let i = 0; i < 10; i++) await push.send('after');
        for (let i = 0; i < 10; i++) expect(String(await first.receive())).to.equal('before');
        for (let i = 0; i < 10; i++) expect(String(await pull.receive())).to.equal('after');
        expect(first.tryReceive()).to.equal(undefined);
      });

      it('can be connected to twice, and count as two', async () => {
        await pull.bind(wildcard());
        push.connect(pull.lastEndpoint!);
        push.connect(pull.lastEndpoint!);
        for (let i = 0; i < 4; i++) await push.send('message');
        for (let i = 0; i < 4; i++) await pull.receive();
        push.disconnect(pull.lastEndpoint!);
        await push.send('still connected');
        expect(String(await pull.receive())).to.equal('still connected');
        push.disconnect(pull.lastEndpoint!);
        expect(push.trySend('nobody')).to.equal(false);
      });
    });
  }

  it('end the connections that they accepted with unbind, over tcp', async () => {
    await pull.bind('tcp://127.0.0.1:*');
    push.connect(pull.lastEndpoint!);
    await push.send('one');
    await pull.receive();
    await pull.unbind(pull.lastEndpoint!);
    const other = new Pull({ context });
    await other.bind(pull.lastEndpoint!);
    push.connect(pull.lastEndpoint!);
    // To whom the connection that ended would have led: nothing comes there any more.
    for (let i = 0; i < 2; i++) await push.send('two');
    await other.receive();
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('stop nothing else of the socket while they are being bound', async () => {
    const bound = pull.bind('tcp://127.0.0.1:*');
    const name = stage.inproc();
    await pull.bind(name);
    push.connect(name);
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
    await bound;
  });

  it('are heard of by plain TCP only while they are bound', async () => {
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint!;
    const before = await stage.tcp(endpoint);
    // Closed in order if it was accepted by then, reset by the kernel if it still waited for that.
    const ended = new Promise<string>((resolve) => {
      before.once('error', ({ code }: Error & { code: string }) => resolve(code));
      before.once('close', () => resolve('in order'));
    });
    await pull.unbind(endpoint);
    before.resume();
    expect(await ended).to.be.oneOf(['in order', 'ECONNRESET']);
    const [error] = (await stage.tcp(endpoint).then(
      () => [undefined],
      (refused: unknown) => [refused],
    )) as [Error & { code: string }];
    expect(error.code).to.equal('ECONNREFUSED');
  });

  it('need an I/O worker over tcp: EMTHREAD without, while inproc works', async () => {
    const bare = stage.newContext({ ioThreads: 0 });
    const sender = new Push({ context: bare });
    const receiver = new Pull({ context: bare });
    await failure('EMTHREAD', () => receiver.bind('tcp://127.0.0.1:*'));
    failureNow('EMTHREAD', () => receiver.bindSync('tcp://127.0.0.1:*'));
    failureNow('EMTHREAD', () => sender.connect('tcp://127.0.0.1:5555'));
    const name = stage.inproc();
    await receiver.bind(name);
    sender.connect(name);
    await sender.send('message');
    expect(String(await receiver.receive())).to.equal('message');
  });

  it('spread over several I/O workers', async () => {
    const wide = stage.newContext({ ioThreads: 3 });
    const receiver = new Pull({ context: wide });
    const sender = new Push({ context: wide });
    for (let i = 0; i < 3; i++) {
      await receiver.bind('tcp://127.0.0.1:*');
      sender.connect(receiver.lastEndpoint!);
    }
    for (let i = 0; i < 30; i++) await sender.send(`${i}`);
    const received = new Set<string>();
    for (let i = 0; i < 30; i++) received.add(String(await receiver.receive()));
    expect(received.size).to.equal(30);
  });
});

describe('A socket', () => {
  const stage = useTidyStage();

  it('has libzmq’s number of its type', () => {
    const { context } = stage;
    expect(new Request({ context }).type).to.equal(3);
    expect(new Reply({ context }).type).to.equal(4);
    expect(new Pull({ context }).type).to.equal(7);
    expect(new Push({ context }).type).to.equal(8);
  });

  it('answers methods that its type lacks with ENOTSUP, to untyped code (defect 4 of zeromq.js, where they hang)', () => {
    const { context } = stage;
    for (const Type of [Push, Publisher]) {
      const sender = new Type({ context }) as unknown as Pull;
      failureNow('ENOTSUP', () => sender.receive());
      failureNow('ENOTSUP', () => sender.receiveSync());
      failureNow('ENOTSUP', () => sender.tryReceive());
    }
    for (const Type of [Pull, Subscriber]) {
      const receiver = new Type({ context }) as unknown as Push;
      failureNow('ENOTSUP', () => receiver.send('x'));
      failureNow('ENOTSUP', () => receiver.sendSync('x'));
      failureNow('ENOTSUP', () => receiver.trySend('x'));
    }
  });

  it('is one too many when maxSockets are open: EMFILE', () => {
    const context = stage.newContext({ maxSockets: 2 });
    const first = new Push({ context });
    new Push({ context });
    const refused = failureNow('EMFILE', () => new Push({ context }));
    expect(refused).to.include({ errno: 24, message: 'Too many open file descriptors' });
    first.close();
    new Push({ context });
    context.maxSockets = 3;
    new Push({ context });
    failureNow('EMFILE', () => new Push({ context }));
  });

  it('cannot be posted to another thread', () => {
    const push = new Push({ context: stage.context });
    expect(() => structuredClone(push)).to.throw(DOMException, /could not be cloned/);
  });

  it('fails with errors that say what they are', () => {
    const push = new Push({ context: stage.context, sendTimeout: 0 });
    const error = failureNow('EAGAIN', () => push.sendSync('nobody'));
    expect(error).to.be.instanceOf(Error).and.instanceOf(ZmqError);
    expect(error).to.include({
      name: 'ZmqError',
      errno: 11,
      message: 'Operation was not possible or timed out',
    });
    expect(error).to.not.have.property('address');
  });
});
