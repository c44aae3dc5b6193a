import { expect } from 'chai';
import { Pull, Push, Reply, Request, type Context } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import { frame, MORE, WireListener, WirePeer } from '../support/wire-peer.js';

describe('A connection that is lost', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('is made again: after a restart on the same port a PUSH goes on, and repeats nothing', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, reconnectInterval: 10, linger: 0 });
    push.connect(endpoint);
    let sending = true;
    let next = 0;
    const sent = (async () => {
      while (sending) {
        await push.send(`${next++}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    let last = -1;
    for (let restart = 0; restart < 5; restart++) {
      const pull = new Pull({ context });
      await pull.bind(endpoint);
      for (let i = 0; i < 20; i++) {
        const number = Number(String(await pull.receive()));
        expect(number).to.be.greaterThan(last);
        last = number;
      }
      pull.close();
    }
    sending = false;
    await sent;
  });

  it('is made again by a REQ, for its next request', async () => {
    const listener = await WireListener.open(stage);
    const request = new Request({ context, reconnectInterval: 10, linger: 0 });
    request.connect(listener.endpoint);
    for (let connection = 0; connection < 3; connection++) {
      const peer = await listener.accept();
      await peer.handshake('REP');
      await request.send(`question ${connection}`);
      expect((await peer.readFrame()).body.length).to.equal(0);
      expect(String((await peer.readFrame()).body)).to.equal(`question ${connection}`);
      await peer.write(frame('', MORE), frame(`answer ${connection}`));
      expect(String(await request.receive())).to.equal(`answer ${connection}`);
      peer.reset();
    }
  });

  it('takes a message that was begun with it: it is never sent again', async () => {
    const listener = await WireListener.open(stage);
    const roomy = stage.newContext({ arenaSize: 2 ** 28 });
    const push = new Push({ context: roomy, reconnectInterval: 10, linger: 0 });
    push.connect(listener.endpoint);
    // More than the kernel takes at once, so the connection ends in the middle of it.
    await push.send(Buffer.alloc(24 * 2 ** 20, 'A'));
    await push.send('second');
    const first = await listener.accept();
    await first.handshake('PULL');
    // One byte of it has come, so the kernel has taken some of it.
    await first.read(1);
    first.socket.pause();
    first.reset();
    const second = await listener.accept();
    await second.handshake('PULL');
    expect(String((await second.readFrame()).body)).to.equal('second');
  });

  it('repeats no message and changes no order, wherever it breaks', async () => {
    const listener = await WireListener.open(stage);
    const push = new Push({ context, reconnectInterval: 1, linger: 0 });
    push.connect(listener.endpoint);
    let sending = true;
    const sent = (async () => {
      for (let i = 0; sending; i++) await push.send(`${i}`.padStart(500, '0'));
    })();
    let last = -1;
    for (let connection = 0; connection < 20; connection++) {
      const peer = await listener.accept();
      await peer.handshake('PULL');
      for (let i = 0; i < connection * 40; i++) {
        // Each connection begins where a message begins.
        const { flags, body } = await peer.readFrame();
        expect([flags & MORE, body.length]).to.deep.equal([0, 500]);
        expect(Number(String(body))).to.be.greaterThan(last);
        last = Number(String(body));
      }
      peer.reset();
    }
    sending = false;
    push.close();
    await sent.catch(() => undefined);
  });

  it('in the middle of a transfer leaves nothing of the message, and harms no other', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const steady = new Push({ context });
    steady.connect(pull.lastEndpoint!);
    for (let i = 0; i < 20; i++) {
      const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
      await peer.handshake('PUSH');
      const header = Buffer.from([2, 0, 0, 0, 0, 0, 0x10, 0, 0]);
      await peer.write(header, Buffer.alloc(1000 * i));
      peer.reset();
      await steady.send(`${i}`);
      expect(String(await pull.receive())).to.equal(`${i}`);
    }
  });

  it('is no loss to the others: their messages are dealt on', async () => {
    const push = new Push({ context });
    await push.bind('tcp://127.0.0.1:*');
    const peer = await WirePeer.connect(stage, push.lastEndpoint!);
    await peer.handshake('PULL');
    // The peer's pipe is there when something has come out of it.
    await push.send('to the one that leaves');
    await peer.readFrame();
    peer.reset();
    const pull = new Pull({ context });
    pull.connect(push.lastEndpoint!);
    // Some may still go to the one that has left; sooner or later all come here.
    let sending = true;
    const sent = (async () => {
      while (sending) await push.send('message');
    })();
    for (let i = 0; i < 100; i++) expect(String(await pull.receive())).to.equal('message');
    sending = false;
    pull.close();
    push.close();
    await sent.catch(() => undefined);
  });
});

describe('Many connections', () => {
  const stage = useTidyStage();

  it('of 300 PUSHes are served by one PULL', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    for (let i = 0; i < 300; i++) {
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      await push.send(`${i}`);
    }
    const heard = new Set<string>();
    for (let i = 0; i < 300; i++) heard.add(String(await pull.receive()));
    expect(heard.size).to.equal(300);
  });

  it('of 300 REQs get each its own reply from one REP', async () => {
    const { context } = stage;
    const reply = new Reply({ context });
    await reply.bind('tcp://127.0.0.1:*');
    const answers = Array.from({ length: 300 }, async (_, i) => {
      const request = new Request({ context });
      request.connect(reply.lastEndpoint!);
      await request.send(`${i}`);
      return String(await request.receive());
    });
    for (let i = 0; i < 300; i++) {
      const [question] = await reply.receive();
      await reply.send(`re ${String(question)}`);
    }
    expect(await Promise.all(answers)).to.deep.equal(
      Array.from({ length: 300 }, (_, i) => `re ${i}`),
    );
  });

  it('that come and go leave nothing behind', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    for (let i = 0; i < 300; i++) {
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      await push.send(`${i}`);
      expect(String(await pull.receive())).to.equal(`${i}`);
      push.close();
    }
  });
});

describe('A slow reader', () => {
  const stage = useTidyStage();

  it('does not stop those that read', async () => {
    const { context } = stage;
    const push = new Push({ context, sendHighWaterMark: 10, linger: 0 });
    await push.bind('tcp://127.0.0.1:*');
    const slow = await WirePeer.connect(stage, push.lastEndpoint!);
    await slow.handshake('PULL');
    slow.socket.pause();
    const pull = new Pull({ context });
    pull.connect(push.lastEndpoint!);
    const body = Buffer.alloc(65536);
    const sent = (async () => {
      for (let i = 0; i < 500; i++) await push.send(body);
    })();
    // The slow one takes what its pipe and the kernel hold, which is less than half.
    for (let i = 0; i < 250; i++) expect((await pull.receive())[0]!.length).to.equal(65536);
    pull.close();
    push.close();
    await sent.catch(() => undefined);
  });

  it('does not stop other sockets of its I/O worker', async () => {
    const { context } = stage;
    const [unread, read] = [new Pull({ context, receiveHighWaterMark: 1 }), new Pull({ context })];
    for (const pull of [unread, read]) await pull.bind('tcp://127.0.0.1:*');
    const stuck = new Push({ context, sendHighWaterMark: 1, linger: 0 });
    stuck.connect(unread.lastEndpoint!);
    const body = Buffer.alloc(65536);
    const blocked = (async () => {
      for (;;) await stuck.send(body);
    })().catch(() => undefined);
    const push = new Push({ context });
    push.connect(read.lastEndpoint!);
    for (let i = 0; i < 300; i++) {
      await push.send(`${i}`);
      expect(String(await read.receive())).to.equal(`${i}`);
    }
    stuck.close();
    await blocked;
  });
});
