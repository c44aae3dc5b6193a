import { expect } from 'chai';
import type { Cast } from './option-scenarios.js';
import type { TypeName } from './performer.js';
import type { AnySocket, End } from './places.js';
import type { Stage, Transport } from './stage.js';

const MANUAL_LAST_VALUE = 98;
const ONLY_FIRST_SUBSCRIBE = 108;
const HELLO = 110;
const DISCONNECT = 111;
const HICCUP = 114;
const VERBOSE_UNSUBSCRIBE = 115;

/** No text in UTF-8, and with a 0 in it. */
const BYTES = Buffer.of(0x80, 0, 0xff);

/**
 * What libzmq's draft options do, one test for each guarantee: the same for our sockets among themselves and with libzmq on
 * either side. They are set by their numbers, since zeromq.js has no names for them.
 */
export function noticeScenarios(stage: Stage, transport: Transport, cast: () => Cast): void {
  const sockets: AnySocket[] = [];
  let having: End;
  let other: End;

  beforeEach(() => {
    ({ having, other } = cast());
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) await socket.close();
  });

  async function open(end: End, type: TypeName, options?: object): Promise<AnySocket> {
    const socket = await end.open(type, options);
    sockets.push(socket);
    return socket;
  }

  async function close(socket: AnySocket): Promise<void> {
    sockets.splice(sockets.indexOf(socket), 1);
    await socket.close();
  }

  async function join(binding: AnySocket, connecting: AnySocket): Promise<void> {
    await connecting.connect(await binding.bind(stage.wildcard(transport)));
  }

  /** What is said before a connection stands is summed up. */
  async function meet(xpub: AnySocket, xsub: AnySocket): Promise<void> {
    await xsub.send('await', '\x01here');
    expect(await texts(xpub)).to.deep.equal(['\x01here']);
  }

  async function texts(socket: AnySocket): Promise<string[]> {
    return (await socket.receive('await')).map(String);
  }

  for (const binds of ['who has it', 'its peer'] as const) {
    it(`helloMessage is the first that a peer gets, when ${binds} binds`, async () => {
      const router = await open(having, 'Router', { [HELLO]: 'hello' });
      const dealer = await open(other, 'Dealer', { routingId: 'me' });
      if (binds === 'who has it') await join(router, dealer);
      else await join(dealer, router);
      const first = texts(dealer);
      // libzmq says nothing to a newcomer before it is called.
      await dealer.send('await', 'called');
      expect(await texts(router)).to.deep.equal(['me', 'called']);
      await router.send('await', ['me', 'second']);
      expect(await first).to.deep.equal(['hello']);
      expect(await texts(dealer)).to.deep.equal(['second']);
    });
  }

  it('helloMessage of a DEALER comes before what it sends', async () => {
    const dealer = await open(having, 'Dealer', { routingId: 'me', [HELLO]: 'hello' });
    const router = await open(other, 'Router');
    await join(router, dealer);
    await dealer.send('await', ['two', 'parts']);
    expect(await texts(router)).to.deep.equal(['me', 'hello']);
    expect(await texts(router)).to.deep.equal(['me', 'two', 'parts']);
  });

  it('helloMessage and disconnectMessage may be any bytes', async () => {
    const router = await open(having, 'Router', { [HELLO]: BYTES, [DISCONNECT]: BYTES });
    const dealer = await open(other, 'Dealer', { routingId: 'me' });
    await join(router, dealer);
    const greeting = dealer.receive('await');
    // libzmq says nothing to a newcomer before it is called.
    await dealer.send('await', 'called');
    await texts(router);
    await router.send('await', ['me', 'second']);
    expect([...(await greeting)[0]!]).to.deep.equal([...BYTES]);
    await close(dealer);
    const [, farewell] = await router.receive('await');
    expect([...farewell!]).to.deep.equal([...BYTES]);
  });

  it('disconnectMessage is received behind the last message of a peer that is gone', async () => {
    const router = await open(having, 'Router', { [DISCONNECT]: 'gone' });
    const dealer = await open(other, 'Dealer', { routingId: 'me' });
    const staying = await open(other, 'Dealer', { routingId: 'staying' });
    const endpoint = await router.bind(stage.wildcard(transport));
    await dealer.connect(endpoint);
    await staying.connect(endpoint);
    await dealer.send('await', 'last');
    expect(await texts(router)).to.deep.equal(['me', 'last']);
    await close(dealer);
    expect(await texts(router)).to.deep.equal(['me', 'gone']);
    await staying.send('await', 'there');
    expect(await texts(router)).to.deep.equal(['staying', 'there']);
  });

  if (transport !== 'inproc') {
    it('hiccupMessage is received when the connection to a peer is lost', async () => {
      const dealer = await open(having, 'Dealer', { routingId: 'me', [HICCUP]: 'hiccup' });
      const router = await open(other, 'Router');
      await join(router, dealer);
      await dealer.send('await', 'hello');
      await texts(router);
      await router.send('await', ['me', 'world']);
      expect(await texts(dealer)).to.deep.equal(['world']);
      await close(router);
      expect(await texts(dealer)).to.deep.equal(['hiccup']);
    });
  }

  it('manualLastValue sends the message behind a subscription to who has subscribed, and to nobody else', async () => {
    const xpub = await open(having, 'XPublisher', { [MANUAL_LAST_VALUE]: true });
    const first = await open(other, 'Subscriber');
    const second = await open(other, 'Subscriber');
    const endpoint = await xpub.bind(stage.wildcard(transport));
    await first.connect(endpoint);
    await first.subscribe('A');
    expect(await texts(xpub)).to.deep.equal(['\x01A']);
    await xpub.subscribe('A');
    await xpub.send('await', ['A', 'to the first']);
    expect(await texts(first)).to.deep.equal(['A', 'to the first']);
    await second.connect(endpoint);
    await second.subscribe('A');
    expect(await texts(xpub)).to.deep.equal(['\x01A']);
    await xpub.subscribe('A');
    await xpub.send('await', ['A', 'last value']);
    await xpub.send('await', ['A', 'to both']);
    expect(await texts(second)).to.deep.equal(['A', 'last value']);
    expect(await texts(second)).to.deep.equal(['A', 'to both']);
    expect(await texts(first)).to.deep.equal(['A', 'to both']);
  });

  describe('onlyFirstSubscribe', () => {
    /** What an XSUB sends, and what an XPUB receives: without the option, and with it. */
    const messages: { sent: string[]; without: string[][]; with?: string[][] }[] = [
      { sent: ['\x01A', '\x01B'], without: [['\x01A'], ['\x01B']] },
      { sent: ['\x00A', 'x', 'y'], without: [['\x00A'], ['x', 'y']] },
      { sent: ['\x01C', 'x', '\x01D'], without: [['\x01C'], ['x', '\x01D']] },
      {
        sent: ['x', '\x01E', 'y'],
        without: [['x', '\x01E'], ['y']],
        with: [['x', '\x01E', 'y']],
      },
      // Of a topic that is subscribed to already nothing is told.
      { sent: ['x', '\x01C', 'y'], without: [['x', 'y']], with: [['x', '\x01C', 'y']] },
      { sent: ['x', 'y'], without: [['x', 'y']] },
    ];

    for (const set of [false, true]) {
      it(`${set}: parts of a message subscribe${set ? ', if the first of them does' : ''}`, async () => {
        const options = set ? { [ONLY_FIRST_SUBSCRIBE]: true } : {};
        const xpub = await open(having, 'XPublisher', options);
        const xsub = await open(other, 'XSubscriber');
        await join(xpub, xsub);
        await meet(xpub, xsub);
        for (const { sent } of messages) await xsub.send('await', sent);
        for (const message of messages) {
          const received = (set ? message.with : undefined) ?? message.without;
          for (const parts of received) expect(await texts(xpub)).to.deep.equal(parts);
        }
        const topics = ['A', 'B', 'C', 'D', 'E', 'here'];
        for (const topic of topics) await xpub.send('await', topic);
        const subscribed = set ? ['B', 'C', 'D', 'here'] : ['B', 'C', 'D', 'E', 'here'];
        for (const topic of subscribed) expect(await texts(xsub)).to.deep.equal([topic]);
      });

      it(`${set}, at an XSUB: that is what publishers hear of that come later`, async () => {
        const options = set ? { [ONLY_FIRST_SUBSCRIBE]: true } : {};
        const xsub = await open(having, 'XSubscriber', options);
        const first = await open(other, 'XPublisher', { [ONLY_FIRST_SUBSCRIBE]: true });
        const second = await open(other, 'XPublisher');
        await join(first, xsub);
        await meet(first, xsub);
        const sent = [['x', '\x01E'], ['\x01A', 'x', '\x01B'], ['\x00A', 'y'], ['\x01C']];
        for (const message of sent) await xsub.send('await', message);
        for (const parts of [['x', '\x01E'], ['\x01A'], ['x', '\x01B'], ['\x00A'], ['y']]) {
          expect(await texts(first)).to.deep.equal(parts);
        }
        expect(await texts(first)).to.deep.equal(['\x01C']);
        await join(second, xsub);
        const remembered = set ? ['B', 'C', 'here'] : ['B', 'C', 'E', 'here'];
        const heard: string[] = [];
        while (heard.length < remembered.length) heard.push(...(await texts(second)));
        expect(heard.sort()).to.deep.equal(remembered.map((topic) => `\x01${topic}`));
        await second.send('await', 'here');
        expect(await texts(xsub)).to.deep.equal(['here']);
      });
    }

    it('or not, at an XSUB: parts that end no subscription are not sent', async () => {
      const xpub = await open(other, 'XPublisher');
      const xsub = await open(having, 'XSubscriber');
      await join(xpub, xsub);
      await meet(xpub, xsub);
      await xsub.send('await', ['\x01A', 'once']);
      await xsub.send('await', ['\x01A', 'twice']);
      await xsub.send('await', ['\x00A', 'not yet']);
      await xsub.send('await', ['\x00A', 'now']);
      for (const parts of [['\x01A'], ['once'], ['twice'], ['not yet'], ['\x00A'], ['now']]) {
        expect(await texts(xpub)).to.deep.equal(parts);
      }
    });
  });

  it('verboseUnsubscribe sends every cancellation, as every subscription is sent', async () => {
    const xpub = await open(other, 'XPublisher', { verbosity: 'allSubsUnsubs' });
    const xsub = await open(having, 'XSubscriber', { [VERBOSE_UNSUBSCRIBE]: true });
    await join(xpub, xsub);
    await meet(xpub, xsub);
    const orders = ['\x01A', '\x01A', '\x00A', '\x00A', '\x01B'];
    for (const order of orders) await xsub.send('await', order);
    for (const order of orders) expect(await texts(xpub)).to.deep.equal([order]);
  });

  it('verboseUnsubscribe is off: only the last cancellation is sent', async () => {
    const xpub = await open(other, 'XPublisher', { verbosity: 'allSubsUnsubs' });
    const xsub = await open(having, 'XSubscriber');
    await join(xpub, xsub);
    await meet(xpub, xsub);
    for (const order of ['\x01A', '\x01A', '\x00A', '\x01B', '\x00A']) {
      await xsub.send('await', order);
    }
    for (const order of ['\x01A', '\x01A', '\x01B', '\x00A']) {
      expect(await texts(xpub)).to.deep.equal([order]);
    }
  });
}
