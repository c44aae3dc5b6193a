import { expect } from 'chai';
import type { Cast } from './option-scenarios.js';
import type { TypeName } from './performer.js';
import type { AnySocket, End } from './places.js';
import type { Stage, Transport } from './stage.js';

const MANUAL_LAST_VALUE = 98;
const HELLO = 110;
const DISCONNECT = 111;
const HICCUP = 114;
const VERBOSE_UNSUBSCRIBE = 115;

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
