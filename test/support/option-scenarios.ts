import { expect } from 'chai';
import type { TypeName } from './performer.js';
import type { AnySocket, End } from './places.js';
import type { Stage, Transport } from './stage.js';

/** Who plays: the socket that has the option is made by `having`, its peers by `other`. */
export interface Cast {
  readonly having: End;
  readonly other: End;
}

type Open = (end: End, type: TypeName, options?: object) => Promise<AnySocket>;

/**
 * What options of single types do, one test for each guarantee: the same for our sockets among themselves and
 * with libzmq on either side.
 * @param options `mayWait`: can who has the option wait for what its socket said was there, and is not? zeromq.js
 * cannot: a receive fails with EAGAIN when libzmq passes the reply over, and a send to an XPUB that is full never ends
 */
export function optionScenarios(
  stage: Stage,
  transport: Transport,
  cast: () => Cast,
  { mayWait = true }: { mayWait?: boolean } = {},
): void {
  const sockets: AnySocket[] = [];
  let having: End;
  let other: End;

  beforeEach(() => {
    ({ having, other } = cast());
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) await socket.close();
  });

  const open: Open = async (end, type, options) => {
    const socket = await end.open(type, options);
    sockets.push(socket);
    return socket;
  };

  /** Binds one and connects the other. */
  async function join(binding: AnySocket, connecting: AnySocket): Promise<void> {
    await connecting.connect(await binding.bind(stage.wildcard(transport)));
  }

  describe('probeRouter', () => {
    for (const type of ['Dealer', 'Request', 'Router'] as const) {
      for (const binder of ['ROUTER', type] as const) {
        it(`has a ${type} say who it is before anything else, when the ${binder} binds`, async () => {
          const probing = await open(having, type, { probeRouter: true, routingId: 'me' });
          const router = await open(other, 'Router');
          if (binder === 'ROUTER') await join(router, probing);
          else await join(probing, router);
          // A libzmq that binds says nothing to a newcomer before it is called.
          const called =
            type === 'Router' ? probing.receive('await') : probing.send('await', 'hello');
          expect((await router.receive('await')).map(String)).to.deep.equal(['me', '']);
          if (type !== 'Router')
            expect(String((await router.receive('await')).at(-1))).to.equal('hello');
          await router.send('await', ['me', '', 'known']);
          const known = type === 'Router' ? await called : await probing.receive('await');
          expect(String((known as Buffer[]).at(-1))).to.equal('known');
          await called;
        });
      }
    }
  });

  describe('correlate', () => {
    it('numbers requests, and takes no reply with another number or none', async () => {
      const request = await open(having, 'Request', { correlate: true });
      const router = await open(other, 'Router');
      await join(router, request);
      const numbers: string[] = [];
      for (const body of ['first', 'second']) {
        await request.send('await', body);
        const [id, number, ...rest] = await router.receive('await');
        expect(number).to.have.length(4);
        expect(rest.map(String)).to.deep.equal(['', body]);
        numbers.push(number!.toString('hex'));
        if (mayWait) {
          const wrong = Buffer.from(number!.map((octet) => octet ^ 1));
          await router.send('await', [id!, wrong, '', 'to another request']);
          await router.send('await', [id!, '', 'to no request']);
        }
        await router.send('await', [id!, number!, '', `${body} reply`]);
        expect((await request.receive('await')).map(String)).to.deep.equal([`${body} reply`]);
      }
      expect(numbers[0]).not.to.equal(numbers[1]);
    });

    it('is no concern of a REP', async () => {
      const request = await open(having, 'Request', { correlate: true });
      const reply = await open(other, 'Reply');
      await join(reply, request);
      for (const body of ['first', 'second', 'third']) {
        await request.send('await', [body, 'of two parts']);
        const parts = (await reply.receive('await')).map(String);
        expect(parts).to.deep.equal([body, 'of two parts']);
        await reply.send('await', [body, 'reply']);
        expect((await request.receive('await')).map(String)).to.deep.equal([body, 'reply']);
      }
    });
  });

  describe('relaxed', () => {
    it('lets a request follow another that has no reply, and takes the reply to it alone', async () => {
      const request = await open(having, 'Request', { relaxed: true, correlate: true });
      const router = await open(other, 'Router');
      await join(router, request);
      const envelopes: Buffer[][] = [];
      for (const body of ['first', 'second', 'third']) {
        await request.send('await', body);
        const message = await router.receive('await');
        expect(String(message.pop())).to.equal(body);
        envelopes.push(message);
      }
      if (mayWait) {
        await router.send('await', [...envelopes[1]!, 'too late']);
        await router.send('await', [...envelopes[0]!, 'too late']);
      }
      await router.send('await', [...envelopes[2]!, 'in time']);
      expect((await request.receive('await')).map(String)).to.deep.equal(['in time']);
    });

    it('costs no connection', async () => {
      const request = await open(having, 'Request', { relaxed: true, correlate: true });
      const router = await open(other, 'Router');
      await join(router, request);
      const ids = new Set<string>();
      for (let i = 0; i < 10; i++) {
        await request.send('await', String(i));
        // A ROUTER gives each connection an id of its own.
        ids.add((await router.receive('await'))[0]!.toString('hex'));
      }
      expect(ids.size).to.equal(1);
    });
  });

  describe('verbosity', () => {
    /** An XPUB and two subscribers to the same, the second of whom is told of as a second one. */
    async function twice(verbosity: string): Promise<[publisher: AnySocket, both: AnySocket[]]> {
      const publisher = await open(having, 'XPublisher', { verbosity });
      const endpoint = await publisher.bind(stage.wildcard(transport));
      const both: AnySocket[] = [];
      while (both.length < 2) {
        const subscriber = await open(other, 'Subscriber');
        both.push(subscriber);
        await subscriber.connect(endpoint);
        await subscriber.subscribe('A');
        expect(String(await publisher.receive('await'))).to.equal('\x01A');
      }
      return [publisher, both];
    }

    it('allSubs tells of each subscription, and of the end of the last', async () => {
      const [publisher, [first, second]] = await twice('allSubs');
      await first!.unsubscribe('A');
      await first!.subscribe('B');
      expect(String(await publisher.receive('await'))).to.equal('\x01B');
      await second!.unsubscribe('A');
      expect(String(await publisher.receive('await'))).to.equal('\x00A');
    });

    it('allSubsUnsubs tells of the end of each, too, also when a peer leaves', async () => {
      const [publisher, [first, second]] = await twice('allSubsUnsubs');
      await first!.unsubscribe('A');
      expect(String(await publisher.receive('await'))).to.equal('\x00A');
      await first!.subscribe('A');
      expect(String(await publisher.receive('await'))).to.equal('\x01A');
      sockets.splice(sockets.indexOf(second!), 1);
      await second!.close();
      expect(String(await publisher.receive('await'))).to.equal('\x00A');
    });
  });

  const noDrop = (): void => {
    const SENT = 2000;
    const MARK = 10;
    const BODY = Buffer.alloc(1000);

    it('has a publisher wait for subscribers in place of dropping', async () => {
      const publisher = await open(having, 'XPublisher', {
        noDrop: true,
        sendHighWaterMark: MARK,
      });
      const subscriber = await open(other, 'Subscriber', { receiveHighWaterMark: MARK });
      await join(publisher, subscriber);
      await subscriber.subscribe('');
      expect(String(await publisher.receive('await'))).to.equal('\x01');
      const sending = (async () => {
        for (let i = 0; i < SENT; i++) await publisher.send('await', [String(i), BODY]);
      })();
      for (let i = 0; i < SENT; i++) {
        const [number] = await subscriber.receive('await');
        expect(String(number)).to.equal(String(i));
      }
      await sending;
    });
  };
  if (mayWait) describe('noDrop', noDrop);

  describe('welcomeMessage', () => {
    it('is the first message to each subscriber, before anything is published', async () => {
      const publisher = await open(having, 'XPublisher', { welcomeMessage: 'welcome' });
      const endpoint = await publisher.bind(stage.wildcard(transport));
      for (const prefix of ['w', 'welcome']) {
        const subscriber = await open(other, 'Subscriber');
        await subscriber.subscribe(prefix);
        await subscriber.connect(endpoint);
        expect(String(await publisher.receive('await'))).to.equal(`\x01${prefix}`);
        expect((await subscriber.receive('await')).map(String)).to.deep.equal(['welcome']);
      }
    });
  });

  describe('invertMatching', () => {
    it('sends what was not subscribed to, to those who want it so, too', async () => {
      const publisher = await open(having, 'XPublisher', { invertMatching: true });
      const subscriber = await open(other, 'Subscriber', { invertMatching: true });
      await join(publisher, subscriber);
      await subscriber.subscribe('A', 'B');
      expect(String(await publisher.receive('await'))).to.equal('\x01A');
      expect(String(await publisher.receive('await'))).to.equal('\x01B');
      for (const topic of ['A', 'AC', 'C', 'B', 'D']) await publisher.send('await', topic);
      for (const topic of ['C', 'D']) {
        expect(String(await subscriber.receive('await'))).to.equal(topic);
      }
    });
  });
}
