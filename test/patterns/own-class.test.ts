/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type,
   @typescript-eslint/no-useless-constructor -- so zeromq.js's users write such classes, and Socket's constructor is protected */
import { expect } from 'chai';
import {
  Poller,
  Push,
  Socket,
  SocketType,
  Subscriber,
  type Context,
  type MessageLike,
  type Readable,
  type SocketOptions,
  type Writable,
} from '../../src/index.js';
import '../../src/draft.js';
import { failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

/** A class that leaves its type to whoever makes it. */
class AnySocket extends Socket {
  constructor(type: number, options?: object) {
    super(type, options);
  }
}
interface AnySocket extends Readable, Writable {}

/** One that adds to what it inherits. */
class Counting extends Socket {
  readonly label = 'counts';
  readonly #limit = 3;
  sent = 0;

  constructor(options?: SocketOptions<Counting>) {
    super(SocketType.Push, options);
  }

  get limit(): number {
    return this.#limit;
  }

  get level(): number {
    return this.getInt32Option(23);
  }

  set level(value: number) {
    this.setInt32Option(23, value);
  }

  send(message: MessageLike): Promise<void> {
    this.sent++;
    // `super.send`, which TypeScript does not know.
    const send = Reflect.get(Socket.prototype, 'send') as Writable['send'];
    return send.call(this, message);
  }
}
interface Counting extends Omit<Writable, 'send'> {}

describe('A class of one’s own', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('makes sockets of every type by its number', () => {
    for (const [name, type] of Object.entries(SocketType)) {
      const socket = new AnySocket(type, { context });
      expect(socket.type, name).to.equal(type);
      expect(socket).to.be.instanceOf(Socket);
      expect(socket).to.be.instanceOf(AnySocket);
      expect(socket.constructor).to.equal(AnySocket);
      socket.close();
    }
  });

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`sends and receives, over ${transport}`, async () => {
      const rep = new AnySocket(SocketType.Reply, { context });
      const req = new AnySocket(SocketType.Request, { context, sendHighWaterMark: 5 });
      await rep.bind(stage.wildcard(transport));
      req.connect(rep.lastEndpoint!);
      await req.send('Hello');
      for await (const [question] of rep) {
        await rep.send([String(question), 'World']);
        break;
      }
      expect((await req.receive()).map(String)).to.deep.equal(['Hello', 'World']);
      expect(req.sendHighWaterMark).to.equal(5);
      req.sendSync('again');
      expect(String(rep.receiveSync()[0])).to.equal('again');
    });
  }

  it('has fields, options and methods of its own, which come first, and may call what they replace', async () => {
    const pull = new AnySocket(SocketType.Pull, { context });
    const push = new Counting({ context, level: 7, linger: 0 });
    await pull.bind(stage.inproc());
    push.connect(pull.lastEndpoint!);
    await push.send('x');
    expect(String((await pull.receive())[0])).to.equal('x');
    expect(push).to.include({ label: 'counts', limit: 3, sent: 1, level: 7, linger: 0 });
    expect(push.sendHighWaterMark).to.equal(7);
  });

  it('has what its type has, and ENOTSUP for what others have', () => {
    const push = new AnySocket(SocketType.Push, { context });
    expect('sendTimeout' in push).to.equal(true);
    expect('receiveTimeout' in push).to.equal(false);
    failureNow('ENOTSUP', () => push.receiveSync());
    expect(() => new AnySocket(SocketType.Push, { context, receiveTimeout: 1 })).to.throw(
      TypeError,
      'Cannot add property receiveTimeout, object is not extensible',
    );
  });

  it('may have subclasses, and itself be one of a pattern’s', async () => {
    class Sub extends Counting {}
    class Named extends Subscriber {
      override subscribe(prefix: string): void {
        super.subscribe(`all of ${prefix}`);
      }
    }
    const pull = new AnySocket(SocketType.Pull, { context });
    const sub = new Sub({ context, linger: 0 });
    await pull.bind(stage.inproc());
    sub.connect(pull.lastEndpoint!);
    await sub.send('x');
    expect(sub).to.be.instanceOf(Counting);
    expect(sub.sent).to.equal(1);
    const named = new Named({ context });
    const publisher = new AnySocket(SocketType.XPublisher, { context });
    await publisher.bind(stage.inproc());
    named.connect(publisher.lastEndpoint!);
    named.subscribe('A');
    expect(String(await publisher.receive())).to.equal('\x01all of A');
  });

  it('is a socket to pollers and statistics', async () => {
    const pull = new AnySocket(SocketType.Pull, { context });
    const push = new Push({ context });
    await pull.bind(stage.inproc());
    push.connect(pull.lastEndpoint!);
    const poller = new Poller();
    poller.add(pull, { readable: true });
    await push.send('x');
    expect((await poller.wait()).map(({ socket }) => socket)).to.deep.equal([pull]);
    const { sockets } = context.stats();
    expect(sockets.map(({ type }) => type)).to.include('AnySocket');
  });

  it('without a type, or of one that there is not, makes nothing', () => {
    const small = stage.newContext({ maxSockets: 1 });
    const text = 'Socket type must be a number';
    expect(() => new AnySocket(undefined as never, { context: small })).to.throw(TypeError, text);
    expect(() => new AnySocket('8' as never, { context: small })).to.throw(TypeError, text);
    expect(() => new AnySocket({} as never)).to.throw(TypeError, text);
    failureNow('EINVAL', () => new AnySocket(37, { context: small }));
    failureNow('EINVAL', () => new AnySocket(-1, { context: small }));
    expect(() => new AnySocket(SocketType.Push, 5 as never)).to.throw(TypeError);
    new AnySocket(SocketType.Push, { context: small });
  });
});
