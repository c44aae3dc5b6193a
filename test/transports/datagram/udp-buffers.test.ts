import { createSocket, type Socket as PlainSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { Pull, Push } from '../../../src/index.js';
import { Datagram, Dish, Radio, Scatter } from '../../../src/draft.js';
import type { SocketProfile } from '../../../src/runtime/context/commands.js';
import { bindUdp, connectUdp } from '../../../src/transports/datagram/udp.js';
import type { UdpLink } from '../../../src/transports/datagram/udp-link.js';
import { plainSocket, sendPlain } from '../../support/datagrams.js';
import type { Program } from '../../support/elsewhere.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { portOf, useTidyStage } from '../../support/stage.js';
import { stop } from '../../support/stopped.js';

interface Listening {
  readonly draft: string;
  readonly receiveBufferSize: number;
}

/** Counts what comes before the end. */
const listener: Program<Listening> = async (_library, line, { draft, receiveBufferSize }) => {
  const drafts = (await import(draft)) as typeof import('../../../src/draft.js');
  const dish = new drafts.Dish({ receiveBufferSize });
  dish.join('a');
  await dish.bind('udp://127.0.0.1:*');
  line.post(dish.lastEndpoint);
  let count = 0;
  for await (const [body] of dish) {
    if (String(body) === 'end') break;
    count++;
  }
  line.post(count);
};

const DRAFT = new URL('../../../src/draft.js', import.meta.url).href;
const DATAGRAMS = 50;
/** Milliseconds. */
const BETWEEN_TRIES = 1;

describe('Buffers of udp', () => {
  const stage = useTidyStage();

  /** How many datagrams of some a process gets that stands still while they come. */
  async function kept(receiveBufferSize: number): Promise<number> {
    const listening = stage.process(listener, { draft: DRAFT, receiveBufferSize });
    const port = portOf(await listening.next<string>());
    const plain = await plainSocket(stage);
    await stop(listening);
    for (let i = 0; i < DATAGRAMS; i++) await sendPlain(plain, Buffer.from('\x01ax'), port);
    listening.child.kill('SIGCONT');
    let count: number | undefined;
    void listening.next<number>().then((said) => (count = said));
    while (count === undefined) {
      await sendPlain(plain, Buffer.from('\x01aend'), port);
      await pause(BETWEEN_TRIES);
    }
    return count;
  }

  it('keep as much of what comes as receiveBufferSize says', async function () {
    // Elsewhere nobody says when a process has stopped.
    if (process.platform !== 'linux') this.skip();
    expect(await kept(-1)).to.equal(DATAGRAMS);
    expect(await kept(0)).to.be.within(1, DATAGRAMS / 2);
  });

  it('are as large as the system makes those of a plain socket that is told the same', async () => {
    const [sendBufferSize, receiveBufferSize] = [20_000, 30_000];
    const plain = createSocket({ type: 'udp4', sendBufferSize, recvBufferSize: receiveBufferSize });
    stage.atEnd(() => plain.close());
    plain.bind(0, '127.0.0.1');
    await once(plain, 'listening');
    const profile = {
      ipv6: false,
      multicastHops: 1,
      multicastLoop: true,
      sendBufferSize,
      receiveBufferSize,
    } as SocketProfile;
    const { link } = await bindUdp('udp://127.0.0.1:*', profile);
    const group = await bindUdp('udp://127.0.0.1;239.192.7.1:*', profile);
    const sending = await connectUdp('udp://127.0.0.1:9', profile);
    for (const each of [link, group.link, sending]) {
      stage.atEnd(() => each.close());
      expect(sizesOf(socketOf(each))).to.deep.equal(sizesOf(plain));
    }
  });

  it('are options of the types that use udp, by name and by number, and of no others', () => {
    const { context } = stage;
    const datagram = new Datagram({ context, sendBufferSize: 1000, receiveBufferSize: 0 });
    expect(datagram).to.include({ sendBufferSize: 1000, receiveBufferSize: 0 });
    const numbers = datagram as unknown as {
      getInt32Option(option: number): number;
      setInt32Option(option: number, value: number): void;
    };
    numbers.setInt32Option(SNDBUF, 2000);
    numbers.setInt32Option(RCVBUF, 3000);
    expect(datagram).to.include({ sendBufferSize: 2000, receiveBufferSize: 3000 });
    expect([numbers.getInt32Option(SNDBUF), numbers.getInt32Option(RCVBUF)]).to.deep.equal([
      2000, 3000,
    ]);
    failureNow('EINVAL', () => (datagram.sendBufferSize = -2));
    failureNow('EINVAL', () => new Dish({ context, receiveBufferSize: 1.5 }));
    new Radio({ context, sendBufferSize: 5 });
    for (const Type of [Push, Scatter]) {
      const socket = new Type({ context, sendBufferSize: -1 });
      failureNow('ENOTSUP', () => (socket.sendBufferSize = 1000));
      expect(socket.sendBufferSize).to.equal(-1);
    }
    failureNow('ENOTSUP', () => new Pull({ context, receiveBufferSize: 1000 }));
  });

  it('are ENOTSUP where such a type binds or connects to another transport that has some', async () => {
    const { context } = stage;
    const radio = new Radio({ context, sendBufferSize: 1000 });
    const { message } = await failure('ENOTSUP', () => radio.bind('tcp://127.0.0.1:*'));
    expect(message).to.equal('Buffer sizes are supported over udp alone');
    const dish = new Dish({ context, receiveBufferSize: 1000 });
    failureNow('ENOTSUP', () => dish.connect('ipc:///nowhere'));
    // Between threads there are none.
    await radio.bind(stage.inproc());
    dish.connect(radio.lastEndpoint!);
  });
});

const SNDBUF = 11;
const RCVBUF = 12;

function socketOf(link: UdpLink): PlainSocket {
  return (link as unknown as { socket: PlainSocket }).socket;
}

function sizesOf(socket: PlainSocket): [send: number, receive: number] {
  return [socket.getSendBufferSize(), socket.getRecvBufferSize()];
}
