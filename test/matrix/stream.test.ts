import { expect } from 'chai';
import { body, digest, SIZES } from '../support/bodies.js';
import type { Form } from '../support/performer.js';
import { PLACES, type AnySocket, type End, type Place } from '../support/places.js';
import { useTidySharedStage, type Stage } from '../support/stage.js';
import { refusal, streamScenarios, Talk } from '../support/stream-scenarios.js';
import { WireListener, WirePeer } from '../support/wire-peer.js';

const FORMS: readonly Form[] = ['await', 'sync', 'try', 'for await'];
/** An empty message closes a connection. */
const BODIES = SIZES.filter((size) => size > 0).map((size) => body(size));
const MIB = 2 ** 20;
/** More than the kernel and two pipes can hold between two sockets. */
const TOO_MUCH = 64;
/** Milliseconds without room after which a send gives up. How long it really was says nothing. */
const A_WHILE = 100;

/*
 * STREAM in every place and over every transport that has connections. Between two STREAMs the matrix is that of all
 * patterns; here their peers are plain sockets of node:net, or they come and go.
 */
for (const place of PLACES) {
  for (const transport of ['ipc', 'tcp'] as const) {
    describe(`STREAM over ${transport} ${place.name}: one`, () => {
      const stage = useTidySharedStage();
      let ends: [End, End];

      before(async () => {
        ends = await place.ends(stage);
      });

      // In one thread patterns/stream.test.ts has them, with a context for each.
      if (place.name !== 'in one thread') streamScenarios(stage, transport, () => ends[1]);

      plainPeers(stage, transport, place, () => ends[1]);
      twoStreams(stage, transport, () => ends);
    });
  }
}

function plainPeers(stage: Stage, transport: 'ipc' | 'tcp', place: Place, end: () => End): void {
  let stream: AnySocket;

  beforeEach(async () => {
    stream = await end().open('Stream');
  });

  afterEach(() => stream.close());

  /** Sends back what comes over the only connection, until it is gone, or so much of it. */
  async function echo(form: Form, id: Buffer, length: number): Promise<void> {
    for (let missing = length; missing > 0;) {
      const [from, data] = await stream.receive(form);
      expect(from!.equals(id)).to.equal(true);
      expect(data, 'the end').not.to.have.lengthOf(0);
      await stream.send(form, [id, data!]);
      missing -= data!.length;
    }
  }

  /** Bodies of all sizes go to the STREAM and come back. */
  async function expectEchoed(form: Form, peer: WirePeer): Promise<void> {
    const { id } = await Talk.begun(stream);
    for (const sent of BODIES) {
      const [back] = await Promise.all([
        peer.read(sent.length),
        peer.write(sent),
        echo(form, id, sent.length),
      ]);
      expect(digest(back)).to.equal(digest(sent));
    }
  }

  for (const form of FORMS) {
    // The peer needs the event loop that it would block.
    if (form === 'sync' && place.name === 'in one thread') continue;
    it(`echoes bodies of any size to a plain client (${form})`, async () => {
      const endpoint = await stream.bind(stage.wildcard(transport));
      await expectEchoed(form, await WirePeer.connect(stage, endpoint));
    });
  }

  it('echoes bodies of any size to a plain server that it has connected to', async () => {
    const at = transport === 'ipc' ? `ipc://${stage.path()}` : undefined;
    const listener = await WireListener.open(stage, at);
    await stream.connect(listener.endpoint);
    await expectEchoed('await', await listener.accept());
  });
}

function twoStreams(stage: Stage, transport: 'ipc' | 'tcp', ends: () => readonly End[]): void {
  const open: AnySocket[] = [];

  afterEach(async () => {
    for (const socket of open.splice(0)) await socket.close();
  });

  /** The talks of two STREAMs, the second of which is bound. */
  async function connected(options: readonly object[] = []): Promise<[Talk, Talk]> {
    for (const [i, end] of ends().entries()) {
      open.push(await end.open('Stream', { reconnectInterval: 1, ...options[i] }));
    }
    const [first, second] = open as [AnySocket, AnySocket];
    await first.connect(await second.bind(stage.wildcard(transport)), { routingId: 'peer' });
    return [await Talk.begun(first), await Talk.begun(second)];
  }

  it('is held up when another receives less than it sends, and nothing is lost', async () => {
    const sender = { sendHighWaterMark: 1, sendTimeout: A_WHILE };
    const [first, second] = await connected([sender, { receiveHighWaterMark: 1 }]);
    const sent = body(MIB);
    let count = 0;
    let code: string | undefined;
    while (count < TOO_MUCH && code === undefined) {
      code = await refusal(first.send(sent));
      if (code === undefined) count++;
    }
    expect(code).to.equal('EAGAIN');
    const all = Buffer.concat(Array.from({ length: count }, () => sent));
    expect(digest(await second.read(all.length))).to.equal(digest(all));
  });

  it('hears that another has closed the connection, behind all that it sent, and closes others’', async () => {
    const [first, second] = await connected();
    const sent = body(MIB);
    await second.send(sent);
    await second.send('');
    expect(digest(await first.read(sent.length))).to.equal(digest(sent));
    await first.end();
    // Who has connected connects again.
    const again = await Talk.begun(open[0]!);
    expect(String(again.id)).to.equal('peer');
    const anew = await Talk.begun(open[1]!);
    expect(anew.id.equals(second.id)).to.equal(false);
    await again.send('hello');
    expect(String(await anew.read(5))).to.equal('hello');
    await again.send('');
    await anew.end();
  });

  it('hears that another has been closed', async () => {
    const [first, second] = await connected([{ linger: -1 }]);
    await first.send('goodbye');
    await open.shift()!.close();
    expect(String(await second.read(7))).to.equal('goodbye');
    await second.end();
  });
}
