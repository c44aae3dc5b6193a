import { expect } from 'chai';
import { Publisher, Pull, Push, Router } from '../../src/index.js';
import { failure, failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';
import { WirePeer } from '../support/wire-peer.js';

describe('Messages', () => {
  const stage = useTidyStage();

  for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
    it(`have the length of their text, and no zero behind it, over ${transport}`, async () => {
      const { context } = stage;
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      await push.send('Hello');
      const [five] = await pull.receive();
      expect(five!.length).to.equal(5);
      expect(five!.toString('hex')).to.equal('48656c6c6f');
      // What C sends with its zero has it.
      await push.send('Hello\0');
      expect((await pull.receive())[0]!.length).to.equal(6);
      // Bytes count, not characters.
      await push.send('世界');
      expect((await pull.receive())[0]!.length).to.equal(6);
    });
  }

  it('of a short text are on the wire flags, one octet of length, and the text', async () => {
    const push = new Push({ context: stage.context });
    await push.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, push.lastEndpoint!);
    await peer.handshake('PULL');
    await push.send('Hello');
    expect((await peer.read(7)).toString('hex')).to.equal('0005' + '48656c6c6f');
    await push.send(['A', Buffer.alloc(255, 'b')]);
    expect((await peer.read(3)).toString('hex')).to.equal('0101' + '41');
    expect((await peer.read(2)).toString('hex')).to.equal('00ff');
    expect(String(await peer.read(255))).to.equal('b'.repeat(255));
    await push.send(Buffer.alloc(256));
    expect((await peer.read(9)).toString('hex')).to.equal('02' + '0000000000000100');
  });

  it('without content are sent and received like any other', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    expect(await push.send('')).to.equal(undefined);
    push.sendSync(Buffer.alloc(0));
    expect(push.trySend(null)).to.equal(true);
    for (let i = 0; i < 3; i++) {
      expect((await pull.receive()).map((part) => part.length)).to.deep.equal([0]);
    }
    expect(pull.tryReceive()).to.equal(undefined);
  });

  it('are received in full, whatever their length: nothing is cut off', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    for (const length of [255, 256, 10_000, 3_000_000]) {
      await push.send(Buffer.alloc(length, 'x'));
      const [body] = await pull.receive();
      expect(body!.length).to.equal(length);
      expect(body!.every((byte) => byte === 0x78)).to.equal(true);
    }
  });

  it('lie in a pipe whole up to an eighth of the arena, and go in pieces beyond', async () => {
    const { context } = stage;
    const most = context.handle.byteLength / 8;
    for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      // Its header takes the rest.
      const largest = Buffer.alloc(most - 9, 'y');
      expect(push.trySend(largest)).to.equal(true);
      expect((await pull.receive())[0]!.equals(largest)).to.equal(true);
      // What goes in pieces takes a call that waits.
      const larger = Buffer.alloc(most - 8, 'z');
      failureNow('EMSGSIZE', () => push.trySend(larger));
      const sent = push.send(['part', larger]);
      const [part, received] = await pull.receive();
      expect([String(part), received!.equals(larger)]).to.deep.equal(['part', true]);
      await sent;
    }
  });

  it('arrive, in an arena of any size', async () => {
    for (const mebibytes of [32, 40, 44, 48, 56]) {
      for (const transport of ['inproc', 'tcp'] as const) {
        // One for each, so that two rings have all the room that may be theirs.
        const context = stage.newContext({ arenaSize: mebibytes * 2 ** 20 });
        const pull = new Pull({ context });
        await pull.bind(stage.wildcard(transport));
        const push = new Push({ context });
        push.connect(pull.lastEndpoint!);
        // Traffic that makes the ring grow, so that a large message finds another segment there.
        const traffic = Array.from({ length: 50 }, () => push.send(Buffer.alloc(2 ** 19)));
        for (let i = 0; i < 50; i++) await pull.receive();
        await Promise.all(traffic);
        const most = (mebibytes * 2 ** 20) / 8;
        const power = 2 ** Math.floor(Math.log2(most));
        for (const length of [most, most - 9, power + 1, power, power - 9]) {
          const sent = push.send(Buffer.alloc(length));
          expect((await pull.receive())[0]!.length).to.equal(length);
          await sent;
        }
      }
    }
  });

  it('that are too large are refused by those who drop, too', async () => {
    const { context } = stage;
    const tooLarge = Buffer.alloc(context.handle.byteLength / 8);
    const router = new Router({ context });
    router.connect(stage.inproc(), { routingId: 'peer' });
    await failure('EMSGSIZE', () => router.send(['peer', tooLarge]));
    expect(router.dropped).to.equal(0);
    // Without a subscriber there is nothing that it would be too large for.
    await new Publisher({ context }).send(tooLarge);
  });
});
