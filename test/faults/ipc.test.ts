import { expect } from 'chai';
import { Pull, Push, type Context } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import { frame, greeting, MORE, ready, WireListener, WirePeer } from '../support/wire-peer.js';

describe('Over ipc', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  it('a stranger is closed, and nobody else hears of it', async () => {
    const pull = new Pull({ context });
    await pull.bind('ipc://*');
    for (const offence of ['GET / HTTP/1.1\r\n\r\n', '\x01\x01', '\0'.repeat(100)]) {
      const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
      await stranger.write(Buffer.from(offence));
      await stranger.closed;
    }
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    expect(String(await pull.receive())).to.equal('message');
  });

  it('messages mean the same byte by byte', async () => {
    const pull = new Pull({ context });
    await pull.bind('ipc://*');
    const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
    const stream = Buffer.concat([
      greeting(),
      ready('PUSH'),
      frame('first'),
      frame('a', MORE),
      frame('x'.repeat(300)),
    ]);
    for (let i = 0; i < stream.length; i++) await peer.write(stream.subarray(i, i + 1));
    expect((await pull.receive()).map(String)).to.deep.equal(['first']);
    expect((await pull.receive()).map(String)).to.deep.equal(['a', 'x'.repeat(300)]);
  });

  it('a connection that breaks in the middle of a message leaves nothing of it', async () => {
    const pull = new Pull({ context });
    await pull.bind('ipc://*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    for (let i = 0; i < 10; i++) {
      const peer = await WirePeer.connect(stage, pull.lastEndpoint!);
      await peer.handshake('PUSH');
      await peer.write(
        frame('a', MORE),
        Buffer.from([2, 0, 0, 0, 0, 0, 0x10, 0, 0]),
        Buffer.alloc(1000 * i),
      );
      peer.reset();
      await push.send(`${i}`);
      expect((await pull.receive()).map(String)).to.deep.equal([`${i}`]);
    }
  });

  it('a message that was begun on a connection that broke is never sent again', async () => {
    const listener = await WireListener.open(stage, `ipc://${stage.path()}`);
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

  it('a PUSH goes on after its peer has restarted, and repeats nothing', async () => {
    const endpoint = `ipc://${stage.path()}`;
    const push = new Push({ context, reconnectInterval: 10, linger: 0 });
    push.connect(endpoint);
    let sending = true;
    const sent = (async () => {
      for (let next = 0; sending; next++) {
        await push.send(`${next}`);
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

  it('a full receiver stops its sender, and nothing is lost', async () => {
    const pull = new Pull({ context, receiveHighWaterMark: 2 });
    await pull.bind('ipc://*');
    const push = new Push({ context, sendHighWaterMark: 2 });
    push.connect(pull.lastEndpoint!);
    const body = Buffer.alloc(500_000, 'x');
    let sent = 0;
    // With both marks reached, and the kernel full, there is no more room.
    while (push.trySend([`${sent}`, body])) {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).to.be.greaterThan(1);
    const rest = (async () => {
      for (let i = 0; i < 10; i++) await push.send([`${sent + i}`, body]);
    })();
    for (let i = 0; i < sent + 10; i++) expect(String((await pull.receive())[0])).to.equal(`${i}`);
    await rest;
  });
});
