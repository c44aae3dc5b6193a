import { expect } from 'chai';
import { Pull, Push, type Context } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

describe('High-water marks', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** How many messages the socket takes before it has no room, but no more than `most`. */
  function fill(push: Push, most = 20_000): number {
    let count = 0;
    while (count < most && push.trySend('message')) count++;
    return count;
  }

  describe('over inproc', () => {
    it('add up: 10 to send and 20 to receive let exactly 30 through', async () => {
      const pull = new Pull({ context, receiveHighWaterMark: 20 });
      await pull.bind(stage.inproc());
      const push = new Push({ context, sendHighWaterMark: 10 });
      push.connect(pull.lastEndpoint!);
      expect(fill(push)).to.equal(30);
    });

    it('add up when the sender binds, too', async () => {
      const push = new Push({ context, sendHighWaterMark: 10 });
      await push.bind(stage.inproc());
      const pull = new Pull({ context, receiveHighWaterMark: 20 });
      pull.connect(push.lastEndpoint!);
      expect(fill(push)).to.equal(30);
    });

    it('are the sender’s alone until the binder comes', async () => {
      const endpoint = stage.inproc();
      const push = new Push({ context, sendHighWaterMark: 10 });
      push.connect(endpoint);
      expect(fill(push)).to.equal(10);
      const pull = new Pull({ context, receiveHighWaterMark: 20 });
      await pull.bind(endpoint);
      expect(fill(push)).to.equal(20);
    });

    for (const [sendHighWaterMark, receiveHighWaterMark] of [
      [0, 20],
      [10, 0],
      [0, 0],
    ] as const) {
      it(`are none with ${sendHighWaterMark} to send and ${receiveHighWaterMark} to receive`, async () => {
        const pull = new Pull({ context, receiveHighWaterMark });
        await pull.bind(stage.inproc());
        const push = new Push({ context, sendHighWaterMark });
        push.connect(pull.lastEndpoint!);
        expect(fill(push, 10_000)).to.equal(10_000);
        for (let i = 0; i < 10_000; i++) pull.receiveSync();
        expect(pull.tryReceive()).to.equal(undefined);
      });
    }

    it('count messages, not their parts', async () => {
      const pull = new Pull({ context, receiveHighWaterMark: 1 });
      await pull.bind(stage.inproc());
      const push = new Push({ context, sendHighWaterMark: 1 });
      push.connect(pull.lastEndpoint!);
      expect(push.trySend(['a', 'b', 'c'])).to.equal(true);
      expect(push.trySend(['d', 'e', 'f'])).to.equal(true);
      expect(push.trySend('g')).to.equal(false);
    });

    it('leave room again once everything was received', async () => {
      const pull = new Pull({ context, receiveHighWaterMark: 5 });
      await pull.bind(stage.inproc());
      const push = new Push({ context, sendHighWaterMark: 5 });
      push.connect(pull.lastEndpoint!);
      for (let round = 0; round < 100; round++) {
        expect(fill(push)).to.equal(10);
        const blocked = push.send('blocked');
        for (let i = 0; i < 11; i++) await pull.receive();
        await blocked;
        // Before the event loop turns, the receiver has given everything back.
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  });

  describe('of a PUSH without room', () => {
    it('make every form of send answer that it cannot, at once with sendTimeout 0', async () => {
      const push = new Push({ context, sendTimeout: 0 });
      await failure('EAGAIN', () => push.send('nobody'));
      failureNow('EAGAIN', () => push.sendSync('nobody'));
      expect(push.trySend('nobody')).to.equal(false);
    });

    it('make send fail when sendTimeout is over', async () => {
      const push = new Push({ context, sendTimeout: 20 });
      await failure('EAGAIN', () => push.send('nobody'));
      failureNow('EAGAIN', () => push.sendSync('nobody'));
    });

    it('make trySend answer false, whatever sendTimeout says', () => {
      const push = new Push({ context, sendTimeout: -1 });
      expect(push.trySend('nobody')).to.equal(false);
    });

    it('make send wait for a peer', async () => {
      const push = new Push({ context });
      const sent = push.send('early');
      const pull = new Pull({ context });
      await pull.bind(stage.inproc());
      push.connect(pull.lastEndpoint!);
      await sent;
      expect(String(await pull.receive())).to.equal('early');
    });

    it('skip a full peer for one with room', async () => {
      const full = new Pull({ context, receiveHighWaterMark: 1 });
      await full.bind(stage.inproc());
      const roomy = new Pull({ context, receiveHighWaterMark: 9 });
      await roomy.bind(stage.inproc());
      const push = new Push({ context, sendHighWaterMark: 1 });
      push.connect(full.lastEndpoint!);
      push.connect(roomy.lastEndpoint!);
      expect(fill(push)).to.equal(2 + 10);
    });
  });

  describe('over tcp', () => {
    it('let exactly 1000 messages wait for an endpoint where nobody listens', async () => {
      const push = new Push({ context, linger: 0 });
      push.connect(await stage.freeEndpoint());
      expect(fill(push)).to.equal(1000);
    });

    it('stop a sender whose peer does not read, and lose nothing', async () => {
      const pull = new Pull({ context, receiveHighWaterMark: 1 });
      await pull.bind('tcp://127.0.0.1:*');
      const push = new Push({ context, sendHighWaterMark: 1, sendTimeout: 200 });
      push.connect(pull.lastEndpoint!);
      const body = Buffer.alloc(2 ** 20);
      // What two rings and the kernel hold has an end, long before this many.
      let sent = 0;
      let stopped = false;
      while (sent < 100 && !stopped) {
        body.writeUInt32BE(sent);
        await push.send(body).then(
          () => sent++,
          () => (stopped = true),
        );
      }
      expect(stopped).to.equal(true);
      for (let i = 0; i < sent; i++) {
        const [arrived] = await pull.receive();
        expect(arrived!.readUInt32BE()).to.equal(i);
      }
    });
  });

  it('that are lowered under what is queued let nothing more in until there is less', async () => {
    const pull = new Pull({ context, receiveHighWaterMark: 10 });
    await pull.bind(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: 10 });
    push.connect(pull.lastEndpoint!);
    expect(fill(push)).to.equal(20);
    push.sendHighWaterMark = 1;
    pull.receiveHighWaterMark = 1;
    expect(fill(push)).to.equal(0);
    for (let i = 0; i < 18; i++) await pull.receive();
    await new Promise((resolve) => setImmediate(resolve));
    expect(fill(push)).to.equal(0);
    for (let i = 0; i < 2; i++) await pull.receive();
    await new Promise((resolve) => setImmediate(resolve));
    expect(fill(push)).to.equal(2);
  });

  it('take effect at once when they are changed', async () => {
    const pull = new Pull({ context, receiveHighWaterMark: 1 });
    await pull.bind(stage.inproc());
    const push = new Push({ context, sendHighWaterMark: 1 });
    push.connect(pull.lastEndpoint!);
    expect(fill(push)).to.equal(2);
    push.sendHighWaterMark = 9;
    expect(fill(push)).to.equal(8);
  });
});
