import { expect } from 'chai';
import { ioStatistics, Proxy, type Context } from '../../../src/index.js';
import { Datagram } from '../../../src/draft.js';
import { nextDatagram, plainSocket, sendPlain } from '../../support/datagrams.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { turn } from '../../support/heard.js';
import { portOf, useTidyStage } from '../../support/stage.js';

/** A port of this machine where nobody listens: what goes there is lost. */
const NOWHERE = '127.0.0.1:9';

describe('DGRAM', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(options = {}, endpoint = 'udp://127.0.0.1:*'): Promise<Datagram> {
    const dgram = new Datagram({ context, ...options });
    await dgram.bind(endpoint);
    return dgram;
  }

  function addressOf(dgram: Datagram): string {
    return dgram.lastEndpoint!.slice('udp://'.length);
  }

  /** Sends until it is heard: udp promises nothing. */
  async function arrives(
    from: Datagram,
    to: Datagram,
    body: string | Buffer,
  ): Promise<[Buffer, Buffer]> {
    for (;;) {
      await from.send([addressOf(to), body]);
      await turn();
      for (let next = to.tryReceive(); next !== undefined; next = to.tryReceive()) {
        if (next[1].equals(Buffer.from(body as string))) return next;
      }
    }
  }

  it('sends to whom an address names, and receives with the address that a message came from', async () => {
    const [one, other] = [await bound(), await bound()];
    const [asker, question] = await arrives(one, other, 'question');
    expect([String(asker), String(question)]).to.deep.equal([addressOf(one), 'question']);
    const [answerer, answer] = await arrives(other, one, 'answer');
    expect([String(answerer), String(answer)]).to.deep.equal([addressOf(other), 'answer']);
    // What was received is whom the answer goes to.
    await other.send([asker, 'to the address as it came']);
    await arrives(other, one, 'to the address as it came');
  });

  it('speaks with anybody: there is nothing in a datagram but the body', async () => {
    const dgram = await bound();
    const plain = await plainSocket(stage);
    const heard = nextDatagram(plain);
    const address = `127.0.0.1:${plain.address().port}`;
    await dgram.send([address, 'body']);
    const { body, from } = await heard;
    expect(String(body)).to.equal('body');
    expect(from.port).to.equal(portOf(dgram.lastEndpoint));
    let received: [Buffer, Buffer] | undefined;
    while (received === undefined) {
      await sendPlain(plain, Buffer.alloc(0), from.port);
      await turn();
      received = dgram.tryReceive();
    }
    // An empty datagram is a message like any other.
    expect(received.map(String)).to.deep.equal([address, '']);
  });

  it('can send as soon as it is bound', async () => {
    const receiver = await bound();
    const first = new Datagram({ context });
    expect(first.writable).to.equal(false);
    expect(first.trySend([NOWHERE, 'too early'])).to.equal(false);
    await first.bind('udp://127.0.0.1:*');
    expect(first.writable).to.equal(true);
    expect(first.trySend([addressOf(receiver), 'at once'])).to.equal(true);
    const second = new Datagram({ context });
    second.bindSync('udp://127.0.0.1:*');
    expect(second.trySend([addressOf(receiver), 'at once'])).to.equal(true);
    await arrives(first, receiver, 'first');
    await arrives(second, receiver, 'second');
  });

  it('a send waits until it is bound', async () => {
    const receiver = await bound();
    const dgram = new Datagram({ context });
    const sending = dgram.send([addressOf(receiver), 'early']);
    await dgram.bind('udp://127.0.0.1:*');
    await sending;
    await arrives(dgram, receiver, 'late');
    const hasty = new Datagram({ context, sendTimeout: 0 });
    await failure('EAGAIN', () => hasty.send([NOWHERE, 'early']));
  });

  it('every form of a call has both parts', async () => {
    const [one, other] = [await bound(), await bound()];
    const from = Buffer.from(addressOf(one));
    /** Has one of the messages that were sent received so; those of the form before may still come. */
    const received = async (
      text: string,
      receive: () => [unknown, string] | Promise<[unknown, string]>,
    ): Promise<void> => {
      for (;;) {
        while (!other.readable) {
          one.sendSync([addressOf(other), text]);
          await turn();
        }
        const [address, body] = await receive();
        expect(address).to.deep.equal(from);
        if (body === text) return;
      }
    };
    await received('sync', () => {
      const [address, body] = other.receiveSync();
      return [address, String(body)];
    });
    await received('iterated', async () => {
      for await (const [address, body] of other) return [address, String(body)];
      throw new Error('The socket was closed');
    });
    await received('lease', async () => {
      const [address, body] = await other.receiveLease();
      const message: [unknown, string] = [
        Buffer.from(address.bytes),
        String(Buffer.from(body.bytes)),
      ];
      for (const lease of [address, body]) lease.release();
      return message;
    });
    await received('into', () => {
      const target = Buffer.alloc(100);
      const [end, length] = other.receiveIntoSync(target);
      return [target.subarray(0, end), target.toString('latin1', end, end + length)];
    });
  });

  it('carries up to 65,507 bytes; more are EMSGSIZE', async () => {
    const [one, other] = [await bound(), await bound()];
    const most = Buffer.alloc(65_507, 'x');
    const [, body] = await arrives(one, other, most);
    expect(body.length).to.equal(most.length);
    const more = Buffer.alloc(65_508);
    await failure('EMSGSIZE', () => one.send([NOWHERE, more]));
    failureNow('EMSGSIZE', () => one.sendSync([NOWHERE, more]));
    failureNow('EMSGSIZE', () => one.trySend([NOWHERE, more]));
  });

  it('refuses what is no address and a body', async () => {
    const dgram = await bound();
    const send = dgram.trySend.bind(dgram) as (message: unknown) => boolean;
    for (const message of ['one', ['one'], [NOWHERE, 'two', 'three']]) {
      failureNow('EINVAL', () => send(message));
    }
    for (const address of [
      '',
      'nobody',
      '127.0.0.1',
      '127.0.0.1:0',
      '127.0.0.1:65536',
      'a:1',
      '[::1]:9',
    ]) {
      failureNow('EINVAL', () => send([address, 'body']));
      await failure('EINVAL', () => dgram.send([Buffer.from(address), 'body']));
    }
    expect(send([NOWHERE, ''])).to.equal(true);
  });

  it('over IPv6 has addresses in brackets', async () => {
    const one = await bound({}, 'udp://[::1]:*');
    const other = await bound({}, 'udp://[::1]:*');
    const [from, body] = await arrives(one, other, 'six');
    expect([String(from), String(body)]).to.deep.equal([addressOf(one), 'six']);
    expect(addressOf(one)).to.match(/^\[::1\]:\d+$/);
  });

  it('bound to both, shows IPv4 as IPv4, and answers it', async () => {
    const both = await bound({ ipv6: true }, 'udp://*:*');
    const four = await bound();
    const to = `127.0.0.1:${portOf(both.lastEndpoint)}`;
    let received: [Buffer, Buffer] | undefined;
    while (received === undefined) {
      await four.send([to, 'question']);
      await turn();
      received = both.tryReceive();
    }
    expect(String(received[0])).to.equal(addressOf(four));
    let answer: [Buffer, Buffer] | undefined;
    while (answer === undefined) {
      await both.send([received[0], 'answer']);
      await turn();
      answer = four.tryReceive();
    }
    expect(answer.map(String)).to.deep.equal([to, 'answer']);
  });

  it('is bound to one endpoint at a time', async () => {
    const dgram = await bound();
    const endpoint = dgram.lastEndpoint!;
    await failure('EINVAL', () => dgram.bind('udp://127.0.0.1:*'));
    failureNow('EINVAL', () => dgram.bindSync('udp://127.0.0.1:*'));
    await dgram.unbind(endpoint);
    expect(dgram.writable).to.equal(false);
    const binding = dgram.bind('udp://127.0.0.1:*');
    await failure('EINVAL', () => dgram.bind('udp://127.0.0.1:*'));
    await binding;
    const other = await bound();
    await arrives(dgram, other, 'again');
    // A bind that fails leaves it free.
    await dgram.unbind(dgram.lastEndpoint!);
    await failure('EADDRINUSE', () => dgram.bind(other.lastEndpoint!));
    await dgram.bind(endpoint);
    await arrives(dgram, other, 'once more');
  });

  it('above its mark drops what comes, and counts it', async () => {
    const dgram = await bound({ receiveHighWaterMark: 2 });
    const plain = await plainSocket(stage);
    const port = portOf(dgram.lastEndpoint);
    let sent = 0;
    for (;;) {
      const [worker] = await ioStatistics(context);
      if (worker!.datagramsDropped >= 3) break;
      await sendPlain(plain, Buffer.from(String(sent++)), port);
    }
    const kept = [0, 1].map(() => Number(dgram.tryReceive()![1]));
    expect(kept[1])
      .to.be.greaterThan(kept[0]!)
      .and.lessThan(sent - 3);
    // As those are taken out, one may come in that has waited in the kernel: behind the three that were dropped.
    const next = dgram.tryReceive();
    if (next !== undefined) expect(Number(next[1])).to.be.greaterThan(kept[1]! + 3);
  });

  it('sends what was sent before it was closed', async () => {
    const receiver = await bound();
    const dgram = await bound();
    // As many as fit into the buffer that the kernel has for the receiver.
    for (let i = 0; i < 20; i++) await dgram.send([addressOf(receiver), String(i)]);
    dgram.close();
    for (let i = 0; i < 20; i++) expect(String((await receiver.receive())[1])).to.equal(String(i));
  });

  it('passes through a Proxy with its addresses, so that answers find their way', async () => {
    const [asker, front] = [await bound(), await bound()];
    const back = await bound();
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    // What the front gets it has the back send on to the address that it came from.
    let answer: [Buffer, Buffer] | undefined;
    while (answer === undefined) {
      await asker.send([addressOf(front), 'echo']);
      await turn();
      answer = asker.tryReceive();
    }
    expect(answer.map(String)).to.deep.equal([addressOf(back), 'echo']);
    proxy.terminate();
    await running;
  });

  it('has the options that it needs, and no others', async () => {
    const options = { sendHighWaterMark: 5, receiveHighWaterMark: 6, linger: 3, sendTimeout: 7 };
    const dgram = new Datagram({ context, ...options });
    expect(dgram).to.deep.include({ ...options, type: 18, multicastHops: 1, multicastLoop: true });
    expect(() => new Datagram({ context, noDrop: true } as object)).to.throw(TypeError);
    dgram.close();
    failureNow('EBADF', () => dgram.bindSync('udp://127.0.0.1:*'));
    await failure('EBADF', () => dgram.bind('udp://127.0.0.1:*'));
  });
});
