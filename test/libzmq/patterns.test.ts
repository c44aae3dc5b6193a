import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
  type Context,
} from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';
import { join, text, TRANSPORTS } from './both-ends.js';

/*
 * What the tests of libzmq 4.3.5 that matter most show of its patterns, each under its name there, without `test_`.
 * The tests are ours; docs/libzmq-tests.md lists all.
 */
for (const transport of TRANSPORTS) {
  describe(`As libzmq’s own tests show of patterns, over ${transport}`, () => {
    const stage = useTidyStage();
    let context: Context;

    beforeEach(() => {
      context = stage.context;
    });

    /** A DEALER known to the router as X, which takes little. */
    async function newPeer(router: Router): Promise<Dealer> {
      const dealer = new Dealer({ context, routingId: 'X', receiveHighWaterMark: 1 });
      dealer.connect(router.lastEndpoint!);
      await dealer.send('here');
      expect(text(await router.receive())).to.equal('X|here');
      return dealer;
    }

    /** Sends to X until there is no room. @returns how often there was */
    async function fill(router: Router, body: Buffer): Promise<number> {
      let taken = 0;
      await failure('EAGAIN', async () => {
        for (;;) {
          await router.send(['X', body]);
          taken++;
        }
      });
      return taken;
    }

    it('pair: a round trip, of whole messages of several parts', async () => {
      const [a, b] = [new Pair({ context }), new Pair({ context })];
      await join(stage, transport, a, b);
      const parts = ['12345678ABCDEFGH12345678abcdefgh', '', 'last'];
      await b.send(parts);
      const there = await a.receive();
      expect(there.map(String)).to.deep.equal(parts);
      await a.send(there);
      expect((await b.receive()).map(String)).to.deep.equal(parts);
    });

    it('reqrep: round trips, also of a REQ that is connected to two REPs', async () => {
      const [one, two] = [new Reply({ context }), new Reply({ context })];
      const request = new Request({ context });
      await join(stage, transport, one, request);
      await join(stage, transport, two, request);
      for (let round = 0; round < 4; round++) {
        const reply = round % 2 === 0 ? one : two;
        await request.send(`question ${round}`);
        expect(text(await reply.receive())).to.equal(`question ${round}`);
        await reply.send(`answer ${round}`);
        expect(text(await request.receive())).to.equal(`answer ${round}`);
      }
    });

    it('spec_req: requests go out in turn, behind an empty frame', async () => {
      const request = new Request({ context });
      const peers = [0, 1, 2].map(() => new Router({ context }));
      for (const peer of peers) await join(stage, transport, peer, request);
      for (const [i, peer] of peers.entries()) {
        await request.send(['ABC', `DEF ${i}`]);
        const [id, empty, ...rest] = await peer.receive();
        expect(empty).to.have.length(0);
        expect(text(rest)).to.equal(`ABC|DEF ${i}`);
        await peer.send([id!, '', 'answer', `${i}`]);
        expect(text(await request.receive())).to.equal(`answer|${i}`);
      }
    });

    it('spec_req: a send waits while there is no peer', async () => {
      const request = new Request({ context, sendTimeout: 20 });
      failureNow('EAGAIN', () => request.sendSync('nobody'));
      await failure('EAGAIN', () => request.send('nobody'));
      await request.bind(stage.wildcard(transport));
      failureNow('EAGAIN', () => request.sendSync('nobody'));
    });

    it('spec_rep: requests are taken from every peer', async () => {
      const reply = new Reply({ context });
      const peers = [0, 1, 2].map(() => new Request({ context }));
      await join(stage, transport, reply, ...peers);
      for (let round = 0; round < 3; round++) {
        await Promise.all(peers.map((peer, i) => peer.send(`${i}`)));
        const asked: string[] = [];
        for (let i = 0; i < peers.length; i++) {
          const question = text(await reply.receive())!;
          asked.push(question);
          await reply.send(`to ${question}`);
        }
        expect(asked.sort()).to.deep.equal(['0', '1', '2']);
        for (const [i, peer] of peers.entries())
          expect(text(await peer.receive())).to.equal(`to ${i}`);
      }
    });

    for (const [kind, envelope] of [
      ['small', ['A']],
      ['large', ['A', Buffer.alloc(300, 'B'), Buffer.alloc(70_000, 'C'), 'D']],
    ] as const) {
      it(`spec_rep: a ${kind} envelope is kept, and comes back with the reply`, async () => {
        const reply = new Reply({ context });
        const dealer = new Dealer({ context });
        await join(stage, transport, reply, dealer);
        await dealer.send([...envelope, '', 'question']);
        expect(text(await reply.receive())).to.equal('question');
        await reply.send('answer');
        const back = await dealer.receive();
        expect(back).to.deep.equal([...envelope, '', 'answer'].map((part) => Buffer.from(part)));
      });
    }

    it('spec_dealer: messages go out in turn, and come in from every peer', async () => {
      const dealer = new Dealer({ context });
      const peers = [0, 1, 2].map(() => new Dealer({ context }));
      for (const peer of peers) await join(stage, transport, peer, dealer);
      for (let round = 0; round < 2; round++) {
        for (const [i, peer] of peers.entries()) {
          await dealer.send(`${round} ${i}`);
          expect(text(await peer.receive())).to.equal(`${round} ${i}`);
        }
      }
      for (const [i, peer] of peers.entries()) {
        await peer.send(`${i} a`);
        await peer.send(`${i} b`);
      }
      const came: string[] = [];
      while (came.length < 6) came.push(text(await dealer.receive())!);
      expect([...came].sort()).to.deep.equal(['0 a', '0 b', '1 a', '1 b', '2 a', '2 b']);
    });

    it('spec_dealer: a send waits while there is no peer', async () => {
      const dealer = new Dealer({ context, sendTimeout: 0 });
      failureNow('EAGAIN', () => dealer.sendSync('nobody'));
      await dealer.bind(stage.wildcard(transport));
      failureNow('EAGAIN', () => dealer.sendSync('nobody'));
    });

    it('spec_router: messages come in from every peer, each one’s in order', async () => {
      const router = new Router({ context });
      const peers = ['A', 'B', 'C'].map((routingId) => new Dealer({ context, routingId }));
      await join(stage, transport, router, ...peers);
      for (const peer of peers) {
        await peer.send('first');
        await peer.send('second');
      }
      const came: string[] = [];
      while (came.length < 6) came.push(text(await router.receive())!);
      expect([...came].sort()).to.deep.equal([
        'A|first',
        'A|second',
        'B|first',
        'B|second',
        'C|first',
        'C|second',
      ]);
      for (const id of ['A', 'B', 'C']) {
        const own = came.filter((message) => message.startsWith(id));
        expect(own).to.deep.equal([`${id}|first`, `${id}|second`]);
      }
    });

    it('spec_pushpull: PUSH deals out in turn', async () => {
      const push = new Push({ context });
      const pulls = [0, 1, 2].map(() => new Pull({ context }));
      for (const pull of pulls) await join(stage, transport, pull, push);
      for (let i = 0; i < 9; i++) await push.send(`${i}`);
      for (const [i, pull] of pulls.entries()) {
        for (let round = 0; round < 3; round++) {
          expect(text(await pull.receive())).to.equal(`${round * 3 + i}`);
        }
      }
    });

    it('spec_pushpull: PULL takes from every peer', async () => {
      const pull = new Pull({ context });
      const pushes = [0, 1, 2].map(() => new Push({ context }));
      await join(stage, transport, pull, ...pushes);
      for (const [i, push] of pushes.entries()) await push.send(`${i}`);
      const came: string[] = [];
      while (came.length < 3) came.push(text(await pull.receive())!);
      expect(came.sort()).to.deep.equal(['0', '1', '2']);
    });

    it('spec_pushpull: a send waits while there is no peer', async () => {
      const push = new Push({ context, sendTimeout: 0 });
      failureNow('EAGAIN', () => push.sendSync('nobody'));
      await push.bind(stage.wildcard(transport));
      failureNow('EAGAIN', () => push.sendSync('nobody'));
    });

    it('spec_pushpull: a message without room is refused with all its parts', async () => {
      const push = new Push({ context, sendHighWaterMark: 1 });
      const pull = new Pull({ context, receiveHighWaterMark: 1 });
      await join(stage, transport, pull, push);
      let taken = 0;
      while (push.trySend(['first', Buffer.alloc(100_000), `${taken}`])) taken++;
      expect(taken).to.be.greaterThan(0);
      for (let i = 0; i < taken; i++) {
        const [first, , last, ...more] = (await pull.receive()).map(String);
        expect([first, last, more.length]).to.deep.equal(['first', `${i}`, 0]);
      }
      await push.send('the next');
      expect(text(await pull.receive())).to.equal('the next');
    });

    it('req_relaxed: a second request may follow the first, whose reply is not taken for its own', async () => {
      const request = new Request({ context, relaxed: true, correlate: true });
      const router = new Router({ context });
      await join(stage, transport, router, request);
      await request.send('first');
      const [id, number, ...first] = await router.receive();
      await request.send('second');
      const [, otherNumber, ...second] = await router.receive();
      expect([text(first), text(second)]).to.deep.equal(['|first', '|second']);
      await router.send([id!, number!, '', 'late']);
      await router.send([id!, otherNumber!, '', 'right']);
      expect(text(await request.receive())).to.equal('right');
    });

    it('req_correlate: a reply with another number is passed over', async () => {
      const request = new Request({ context, correlate: true });
      const router = new Router({ context });
      await join(stage, transport, router, request);
      await request.send('question');
      const [id, number, empty, body] = await router.receive();
      expect(number).to.have.length(4);
      expect(empty).to.have.length(0);
      expect(String(body)).to.equal('question');
      await router.send([id!, Buffer.from(number!.map((byte) => ~byte)), '', 'wrong']);
      await router.send([id!, '', 'without']);
      await router.send([id!, number!, '', 'right']);
      expect(text(await request.receive())).to.equal('right');
    });

    it('router_mandatory: who is not there is EHOSTUNREACH, who is gets it', async () => {
      const router = new Router({ context, mandatory: true });
      await router.bind(stage.wildcard(transport));
      await failure('EHOSTUNREACH', () => router.send(['UNKNOWN', 'data']));
      const dealer = new Dealer({ context, routingId: 'X' });
      dealer.connect(router.lastEndpoint!);
      await dealer.send('here');
      expect(text(await router.receive())).to.equal('X|here');
      await router.send(['X', 'hello']);
      expect(text(await dealer.receive())).to.equal('hello');
      await failure('EHOSTUNREACH', () => router.send(['Y', 'data']));
    });

    it('router_mandatory: who has room can be asked, and who is not there is EHOSTUNREACH', async () => {
      const options = { context, sendHighWaterMark: 1, sendTimeout: 0, linger: 0 };
      const router = new Router({ ...options, mandatory: true });
      await router.bind(stage.wildcard(transport));
      failureNow('EHOSTUNREACH', () => router.peerState('X'));
      const dealer = await newPeer(router);
      expect(router.peerState(Buffer.from('X'))).to.deep.equal({ writable: true });
      // Whoever stands between them may take one more at any moment, but nobody takes them all.
      const body = Buffer.alloc(100_000);
      let taken = await fill(router, body);
      while (router.peerState('X').writable) {
        if (router.trySend(['X', body])) taken++;
      }
      for (let i = 0; i < taken; i++) await dealer.receive();
      while (!router.peerState('X').writable) await turn();
      failureNow('EHOSTUNREACH', () => router.peerState('Y'));
      router.close();
      failureNow('EBADF', () => router.peerState('X'));
    });

    it('router_mandatory_hwm: a peer that is full makes the sender wait, and is not unreachable', async () => {
      const router = new Router({
        context,
        mandatory: true,
        sendHighWaterMark: 1,
        sendTimeout: 0,
      });
      await router.bind(stage.wildcard(transport));
      const dealer = await newPeer(router);
      await router.send(['X', 'hello']);
      expect(text(await dealer.receive())).to.equal('hello');
      const body = Buffer.alloc(100_000);
      // Its worker may take one more at any moment: only the refusal itself says that there was no room.
      const taken = await fill(router, body);
      router.sendTimeout = -1;
      const waits = router.send(['X', 'at last']);
      for (let i = 0; i < taken; i++) expect((await dealer.receive())[0]).to.have.length(100_000);
      await waits;
      expect(text(await dealer.receive())).to.equal('at last');
    });

    it('router_handover: the newcomer has the id, and the messages for it', async () => {
      const router = new Router({ context, handover: true });
      const first = new Dealer({ context, routingId: 'X' });
      await join(stage, transport, router, first);
      await first.send('of the first');
      expect(text(await router.receive())).to.equal('X|of the first');
      const second = new Dealer({ context, routingId: 'X' });
      second.connect(router.lastEndpoint!);
      await second.send('of the second');
      expect(text(await router.receive())).to.equal('X|of the second');
      await router.send(['X', 'for the second']);
      expect(text(await second.receive())).to.equal('for the second');
      expect(first.tryReceive()).to.equal(undefined);
    });

    it('probe_router: an empty message tells a ROUTER who is there', async () => {
      const router = new Router({ context });
      const dealer = new Dealer({ context, routingId: 'X', probeRouter: true });
      await join(stage, transport, router, dealer);
      const [id, probe, ...more] = await router.receive();
      expect([String(id), probe?.length, more.length]).to.deep.equal(['X', 0, 0]);
      await router.send(['X', 'hello']);
      expect(text(await dealer.receive())).to.equal('hello');
    });

    it('sub_forward: a subscription goes through XPUB and XSUB, and the message comes back', async () => {
      const publisher = new Publisher({ context });
      const [xsub, xpub] = [new XSubscriber({ context }), new XPublisher({ context })];
      const subscriber = new Subscriber({ context });
      await join(stage, transport, publisher, xsub);
      await join(stage, transport, xpub, subscriber);
      subscriber.subscribe('');
      await xsub.send(await xpub.receive());
      // Nobody tells a PUB who has subscribed: it publishes until it has been heard.
      let heard: Buffer[] | undefined;
      void xsub.receive().then((message) => (heard = message));
      while (heard === undefined) {
        await publisher.send('published');
        await new Promise((resolve) => setImmediate(resolve));
      }
      await xpub.send(heard);
      expect(text(await subscriber.receive())).to.equal('published');
    });

    it('xpub_verbose: a subscription is told once, or each time with allSubs, and the end of each with allSubsUnsubs', async () => {
      for (const [verbosity, told] of [
        [null, ['\x01A', '\x01B', '\x00A']],
        ['allSubs', ['\x01A', '\x01A', '\x01B', '\x00A']],
        ['allSubsUnsubs', ['\x01A', '\x01A', '\x01B', '\x00A', '\x00A']],
      ] as const) {
        const publisher = new XPublisher({ context, verbosity });
        const one = new XSubscriber({ context });
        await join(stage, transport, publisher, one);
        await one.send('\x01A');
        const heard = [text(await publisher.receive())];
        const two = new XSubscriber({ context });
        two.connect(publisher.lastEndpoint!);
        await two.send('\x01A');
        await two.send('\x01B');
        while (heard.at(-1) !== '\x01B') heard.push(text(await publisher.receive()));
        await two.send('\x00A');
        await two.send('of two');
        while (heard.at(-1) !== 'of two') heard.push(text(await publisher.receive()));
        await one.send('\x00A');
        await one.send('of one');
        while (heard.at(-1) !== 'of one') heard.push(text(await publisher.receive()));
        expect(heard.filter((said) => !said!.startsWith('of'))).to.deep.equal(told);
        for (const socket of [publisher, one, two]) socket.close();
      }
    });

    it('xpub_manual: what counts is what the XPUB says, not what was asked for', async () => {
      const publisher = new XPublisher({ context, manual: true });
      const subscriber = new Subscriber({ context });
      await join(stage, transport, publisher, subscriber);
      subscriber.subscribe('A');
      expect(text(await publisher.receive())).to.equal('\x01A');
      publisher.subscribe('XA');
      await publisher.send('A');
      await publisher.send('XA');
      // What the subscriber itself has not asked for it passes over.
      subscriber.subscribe('XA');
      expect(text(await publisher.receive())).to.equal('\x01XA');
      await publisher.send('XA again');
      expect(text(await subscriber.receive())).to.match(/^XA/);
    });

    it('xpub_nodrop: a send without room fails with EAGAIN, and what was taken arrives', async () => {
      const publisher = new XPublisher({
        context,
        noDrop: true,
        sendHighWaterMark: 10,
        sendTimeout: 0,
      });
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 10 });
      await join(stage, transport, publisher, subscriber);
      subscriber.subscribe('');
      expect(text(await publisher.receive())).to.equal('\x01');
      const body = 'X'.repeat(50_000);
      let taken = 0;
      try {
        for (;;) {
          publisher.sendSync(`${taken} ${body}`);
          taken++;
        }
      } catch (error) {
        expect((error as { code?: string }).code).to.equal('EAGAIN');
      }
      for (let i = 0; i < taken; i++) {
        expect(text(await subscriber.receive())).to.match(new RegExp(`^${i} X`));
      }
      await publisher.send('the next');
      expect(text(await subscriber.receive())).to.equal('the next');
    });

    it('reqrep_device: requests and replies of two parts pass a device of ROUTER and DEALER', async () => {
      const [router, dealer] = [new Router({ context }), new Dealer({ context })];
      const [request, reply] = [new Request({ context }), new Reply({ context })];
      await join(stage, transport, router, request);
      await join(stage, transport, dealer, reply);
      await request.send(['ABC', 'DEF']);
      await dealer.send(await router.receive());
      expect(text(await reply.receive())).to.equal('ABC|DEF');
      await reply.send(['GHI', 'JKL']);
      await router.send(await dealer.receive());
      expect(text(await request.receive())).to.equal('GHI|JKL');
    });

    it('hwm_pubsub: a subscriber that reads again is sent again, all that fits its marks', async () => {
      const publisher = new XPublisher({ context, sendHighWaterMark: 20 });
      const subscriber = new Subscriber({ context, receiveHighWaterMark: 20 });
      await join(stage, transport, publisher, subscriber);
      subscriber.subscribe('round');
      expect(text(await publisher.receive())).to.equal('\x01round');
      for (let round = 0; round < 30; round++) {
        // Never more than either mark: nothing may be lost.
        for (let i = 0; i < 20; i++) await publisher.send(`round ${round} ${i}`);
        for (let i = 0; i < 20; i++) {
          expect(text(await subscriber.receive())).to.equal(`round ${round} ${i}`);
        }
      }
    });
  });
}
