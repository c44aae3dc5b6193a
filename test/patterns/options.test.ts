import { once } from 'node:events';
import { expect } from 'chai';
import * as loomwire from '../../src/index.js';
import { Pull, Push, Reply, Request, type Context } from '../../src/index.js';
import { OPTIONS, type OptionName, type OptionRow } from '../../src/runtime/base/options.js';
import { failureNow } from '../support/expect-error.js';
import { libzmqRowsOf } from '../support/libzmq-table.js';
import { STABLE_TYPES } from '../support/stable-types.js';
import { useTidyStage } from '../support/stage.js';

const UNTIL_NEXT = 'Socket option will not take effect until next connect/bind.';

/** The test that rows of docs/libzmq.md name, for what it shows of each. */
const NOT_SUPPORTED = 'that are not supported have their default, and nothing else is accepted';

type AnyClass = new (options: object) => Record<string, unknown>;

/** A value of the option's kind that is not its default. */
function anotherValue({ kind, default: initial, choices }: OptionRow): unknown {
  if (kind === 'choice') return choices![1];
  if (kind === 'int') return (initial as number) + 1;
  return kind === 'bool' ? !initial : 'me';
}

describe('Options', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('have libzmq’s defaults', () => {
    const request = new Request({ context });
    expect(request).to.deep.include({
      sendHighWaterMark: 1000,
      receiveHighWaterMark: 1000,
      sendTimeout: -1,
      receiveTimeout: -1,
      linger: -1,
      reconnectInterval: 100,
      reconnectMaxInterval: 0,
      backlog: 100,
      maxMessageSize: -1,
      handshakeInterval: 30000,
      heartbeatInterval: 0,
      heartbeatTimeToLive: 0,
      heartbeatTimeout: -1,
      ipv6: false,
      routingId: null,
    });
  });

  it('are taken by the constructor and as properties', () => {
    const push = new Push({ context, sendHighWaterMark: 5, linger: 0 });
    expect(push.sendHighWaterMark).to.equal(5);
    expect(push.linger).to.equal(0);
    push.sendTimeout = 7;
    expect(push.sendTimeout).to.equal(7);
    const reply = new Reply({ context, routingId: 'me' });
    expect(reply.routingId).to.equal('me');
  });

  it('that a socket does not have are a TypeError, with zeromq.js’s text', () => {
    const text = (name: string): string => `Cannot add property ${name}, object is not extensible`;
    expect(() => new Push({ context, nonsense: 1 } as object)).to.throw(
      TypeError,
      text('nonsense'),
    );
    const receiving = { context, receiveTimeout: 1 } as object;
    expect(() => new Push(receiving)).to.throw(TypeError, text('receiveTimeout'));
    const sending = { context, sendTimeout: 1 } as object;
    expect(() => new Pull(sending)).to.throw(TypeError, text('sendTimeout'));
    const method = { context, close: 1 } as object;
    expect(() => new Push(method)).to.throw(TypeError, text('close'));
  });

  it('do not count a socket that they prevented', () => {
    const small = stage.newContext({ maxSockets: 1 });
    expect(() => new Push({ context: small, nonsense: 1 } as object)).to.throw(TypeError);
    new Push({ context: small });
  });

  it('of the wrong kind are a TypeError', () => {
    const push = new Push({ context });
    const loose = push as unknown as Record<string, unknown>;
    expect(() => (loose.linger = '0')).to.throw(TypeError);
    expect(() => (loose.linger = null)).to.throw(TypeError);
    expect(() => (loose.ipv6 = 1)).to.throw(TypeError);
    expect(() => new Request({ context, routingId: 5 } as object)).to.throw(TypeError);
    expect(push.linger).to.equal(-1);
  });

  it('out of range are EINVAL', () => {
    const push = new Push({ context });
    for (const value of [-2, 1.5, NaN, Infinity, 2 ** 31]) {
      failureNow('EINVAL', () => (push.linger = value));
    }
    failureNow('EINVAL', () => (push.sendHighWaterMark = -1));
    // Beyond it a number means more than one.
    failureNow('EINVAL', () => (push.affinity = 2 ** 53));
    failureNow('EINVAL', () => (push.maxMessageSize = 2 ** 60));
    push.affinity = 2 ** 53 - 1;
    // More than Linux takes.
    failureNow('EINVAL', () => (push.tcpKeepaliveIdle = 32_768));
    failureNow('EINVAL', () => (push.tcpKeepaliveInterval = 32_768));
    failureNow('EINVAL', () => (push.tcpKeepaliveCount = 128));
    push.tcpKeepaliveIdle = 32_767;
    failureNow('EINVAL', () => new Request({ context, routingId: '' }));
    failureNow('EINVAL', () => new Request({ context, routingId: '\0x' }));
    failureNow('EINVAL', () => new Request({ context, routingId: 'x'.repeat(256) }));
    new Request({ context, routingId: 'x'.repeat(255) });
    expect(push.linger).to.equal(-1);
  });

  it('of a proxy are checked when they are set', () => {
    const push = new Push({ context });
    expect(push).to.include({ socksProxy: null, socksUsername: null, socksPassword: null });
    for (const proxy of ['localhost:1080', '192.0.2.1:1', '[::1]:65535', '[fe80::1%eth0]:1']) {
      push.socksProxy = proxy;
      expect(push.socksProxy).to.equal(proxy);
    }
    const long = 'x'.repeat(256);
    for (const proxy of [
      ...['', 'foo', 'foo:', ':1080', 'foo:0', 'foo:*', '*:1080', 'foo:65536', 'foo:x', 'a b:1'],
      ...['::1:1080', '[foo]:1080', 'tcp://foo:1080', '127.0.0.1:5;foo:1080', `${long}:1080`],
    ]) {
      const { message } = failureNow('EINVAL', () => (push.socksProxy = proxy));
      expect(message).to.equal(`${proxy} is no value for socksProxy`);
    }
    expect(push.socksProxy).to.equal('[fe80::1%eth0]:1');
    push.socksProxy = null;
    for (const name of ['socksUsername', 'socksPassword'] as const) {
      push[name] = `${'ü'.repeat(127)}x`;
      // It is the bytes that count, and the text of an error is no place for them.
      const { message } = failureNow('EINVAL', () => (push[name] = 'ü'.repeat(128)));
      expect(message).to.equal(`${name} is too long`);
      expect(push[name]).to.have.lengthOf(128);
      push[name] = '';
      expect(push[name]).to.equal(null);
    }
    for (const name of ['socksProxy', 'socksUsername', 'socksPassword']) {
      expect(() => new Push({ context, [name]: 5 })).to.throw(TypeError, name);
    }
  });

  it('that are not supported have their default, and nothing else is accepted', () => {
    const names = (Object.entries(OPTIONS) as [OptionName, OptionRow][])
      .filter(([, { unsupported }]) => unsupported === true)
      .map(([name]) => name);
    const rows = libzmqRowsOf('Socket options', NOT_SUPPORTED, 'patterns/options.test.ts');
    expect(names.sort()).to.deep.equal(rows.map(({ here }) => here).sort());
    for (const name of names) {
      const row: OptionRow = OPTIONS[name];
      const Type = (row.side === 'receive' ? Pull : Push) as unknown as AnyClass;
      const { default: initial } = row;
      const socket = new Type({ context, [name]: initial });
      expect(socket[name], name).to.equal(initial);
      socket[name] = initial;
      const other = anotherValue(row);
      const { message } = failureNow('ENOTSUP', () => (socket[name] = other));
      expect(message).to.equal(`${name} is not supported`);
      failureNow('ENOTSUP', () => new Type({ context, [name]: other }));
      expect(socket[name], name).to.equal(initial);
    }
    const push = new Push({ context });
    expect(() => (push.gssapiPrincipalNameType = 'nobody' as never)).to.throw(TypeError);
  });

  it('have null for each key of CURVE (defect 5 of zeromq.js, where reading it throws)', () => {
    for (const name of STABLE_TYPES) {
      const socket = new loomwire[name]({ context });
      for (const key of ['curvePublicKey', 'curveSecretKey', 'curveServerKey'] as const) {
        expect(socket[key], `${key} of ${name}`).to.equal(null);
      }
      socket.close();
    }
  });

  it('warn after bind or connect that they wait for the next, unless they act at once', async () => {
    const heard: string[] = [];
    const hear = (warning: Error): void => void heard.push(warning.message);
    process.on('warning', hear);
    stage.atEnd(() => process.off('warning', hear));
    const push = new Push({ context });
    push.backlog = 50;
    await push.bind(stage.inproc());
    // Only the last of these waits for the next bind: its warning is the first to come.
    push.linger = 0;
    push.sendTimeout = 5;
    push.sendHighWaterMark = 5;
    push.reconnectInterval = 50;
    await once(process, 'warning');
    expect(heard).to.deep.equal([UNTIL_NEXT]);
  });

  it('follow the context’s blocky and ipv6', () => {
    context.blocky = false;
    context.ipv6 = true;
    const push = new Push({ context });
    expect(push.linger).to.equal(0);
    expect(push.ipv6).to.equal(true);
    expect(new Push({ context, linger: 5 }).linger).to.equal(5);
  });

  it('do not hinder a subclass with fields of its own (defect 6 of zeromq.js, where they throw)', async () => {
    class Named extends Push {
      label = 'mine';
      readonly #count = 3;
      get count(): number {
        return this.#count;
      }
    }
    const named = new Named({ context, linger: 0 });
    expect(named.label).to.equal('mine');
    expect(named.count).to.equal(3);
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    named.connect(pull.lastEndpoint!);
    await named.send(named.label);
    expect(String(await pull.receive())).to.equal('mine');
  });

  it('of a context are checked', () => {
    failureNow('EINVAL', () => stage.newContext({ ioThreads: -1 }));
    failureNow('EINVAL', () => stage.newContext({ ioThreads: 17 }));
    failureNow('EINVAL', () => stage.newContext({ maxSockets: 0 }));
    expect(() => stage.newContext({ arenaSize: 1000 })).to.throw(RangeError);
    expect(() => stage.newContext({ arenaSize: 2 ** 31 })).to.throw(RangeError);
    const made = stage.newContext({ ioThreads: 2, maxSockets: 7 });
    expect(made).to.deep.include({ ioThreads: 2, maxSockets: 7, maxSocketsLimit: 65535 });
  });

  it('must be an object', () => {
    expect(() => new Push(5 as unknown as object)).to.throw(TypeError);
    expect(() => new Push({ context: {} as unknown as Context })).to.throw(TypeError);
  });
});
