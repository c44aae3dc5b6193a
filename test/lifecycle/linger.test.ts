import { expect } from 'chai';
import { ioStatistics, Pull, Push, type Context } from '../../src/index.js';
import { useTidyStage, type Transport } from '../support/stage.js';

describe('Linger', () => {
  const stage = useTidyStage();
  let context: Context;
  let other: Context;

  beforeEach(() => {
    context = stage.context;
    other = stage.newContext();
  });

  /** A PUSH that has sent ten messages to an endpoint where nobody listens yet, and was closed. */
  async function closedPush(linger: number, transport: Transport = 'tcp'): Promise<string> {
    const endpoint = await stage.agreed(transport);
    const push = new Push({ context, linger, reconnectInterval: 20 });
    push.connect(endpoint);
    for (let i = 0; i < 10; i++) await push.send(`${i}`);
    push.close();
    return endpoint;
  }

  /** The first message that arrives when somebody listens at last, and one is sent in any case. */
  async function firstAt(endpoint: string): Promise<string> {
    const pull = new Pull({ context: other });
    await pull.bind(endpoint);
    const push = new Push({ context: other });
    push.connect(endpoint);
    await push.send('sent later');
    return String(await pull.receive());
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    describe(`over ${transport}`, () => {
      it('of -1 keeps what was sent for a peer that comes later, and the context with it', async () => {
        const endpoint = await closedPush(-1, transport);
        const ended = context.terminate();
        const pull = new Pull({ context: other });
        await pull.bind(endpoint);
        for (let i = 0; i < 10; i++) expect(String(await pull.receive())).to.equal(`${i}`);
        await ended;
      });

      it('of 0 drops what no peer took', async () => {
        const endpoint = await closedPush(0, transport);
        await context.terminate();
        expect(await firstAt(endpoint)).to.equal('sent later');
      });

      it('of some milliseconds drops it when they are over', async () => {
        const endpoint = await closedPush(30, transport);
        await context.terminate();
        expect(await firstAt(endpoint)).to.equal('sent later');
      });

      it('of 0 sends no more to a peer that is there than the kernel takes', async () => {
        const pull = new Pull({ context: other, receiveHighWaterMark: 1 });
        await pull.bind(stage.wildcard(transport));
        // Room for more than two kernels hold, and the peer's ring.
        const large = stage.newContext({ arenaSize: 2 ** 28 });
        const push = new Push({ context: large, sendHighWaterMark: 0 });
        push.connect(pull.lastEndpoint!);
        const body = Buffer.alloc(2 ** 20);
        for (let i = 0; i < 40; i++) await push.send(body);
        const { complete, sockets } = await large.destroy({ linger: 0 });
        const { flushed, dropped, held } = sockets[0]!;
        expect({ complete, all: flushed + dropped, held }).to.deep.equal({
          complete: true,
          all: 40,
          held: 0,
        });
        expect(dropped).to.be.greaterThan(0);
      });

      it('of -1 does not wait for a peer that is lost with a part of the last message', async () => {
        const [large, peers] = [2 ** 28, 2 ** 28].map((arenaSize) =>
          stage.newContext({ arenaSize }),
        );
        const pull = new Pull({ context: peers!, receiveHighWaterMark: 1 });
        await pull.bind(stage.wildcard(transport));
        const push = new Push({ context: large!, linger: -1 });
        push.connect(pull.lastEndpoint!);
        // More than the kernels hold: with the first, the mark is reached, and of the second a part stays here.
        const body = Buffer.alloc(2 ** 24);
        await push.send(body);
        await push.send(body);
        let sent = 0;
        while (sent < body.length) sent = (await ioStatistics(large))[0]?.bytesSent ?? 0;
        push.close();
        const ended = large!.terminate();
        pull.close();
        const { complete } = await ended;
        expect(complete).to.equal(true);
      });

      for (const linger of [-1, 60_000]) {
        it(`of ${linger} waits until a peer that is there has all of it`, async () => {
          const pull = new Pull({ context: other, receiveHighWaterMark: 1 });
          await pull.bind(stage.wildcard(transport));
          const push = new Push({ context, linger, sendHighWaterMark: 0 });
          push.connect(pull.lastEndpoint!);
          const body = Buffer.alloc(2 ** 18);
          for (let i = 0; i < 40; i++) {
            body.writeUInt32BE(i);
            await push.send(body);
          }
          push.close();
          const ended = context.terminate();
          for (let i = 0; i < 40; i++) {
            const [arrived] = await pull.receive();
            expect(arrived!.length).to.equal(body.length);
            expect(arrived!.readUInt32BE()).to.equal(i);
          }
          await ended;
        });
      }
    });
  }

  describe('over inproc', () => {
    for (const linger of [-1, 0, 30]) {
      it(`of ${linger} keeps what was sent for a peer that comes later`, async () => {
        const endpoint = await closedPush(linger, 'inproc');
        const pull = new Pull({ context });
        await pull.bind(endpoint);
        for (let i = 0; i < 10; i++) expect(String(await pull.receive())).to.equal(`${i}`);
      });

      it(`of ${linger} leaves what was sent with a peer that is there`, async () => {
        const pull = new Pull({ context });
        await pull.bind(stage.inproc());
        const push = new Push({ context, linger });
        push.connect(pull.lastEndpoint!);
        for (let i = 0; i < 10; i++) await push.send(`${i}`);
        push.close();
        for (let i = 0; i < 10; i++) expect(String(await pull.receive())).to.equal(`${i}`);
      });

      it(`of ${linger} does not hold the context`, async () => {
        await closedPush(linger, 'inproc');
        await context.terminate();
      });
    }
  });

  it('of -1 is cut short by the timeout of terminate', async () => {
    const endpoint = await closedPush(-1);
    await context.terminate({ timeout: 30 });
    expect(await firstAt(endpoint)).to.equal('sent later');
  });

  it('can be changed until the socket is closed', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, linger: -1 });
    push.connect(endpoint);
    await push.send('message');
    push.linger = 0;
    push.close();
    await context.terminate();
  });

  it('is given to destroy for all of the thread’s sockets', async () => {
    const push = new Push({ context, linger: -1 });
    push.connect(await stage.freeEndpoint());
    await push.send('message');
    await context.destroy({ linger: 0 });
  });

  it('is 0 for new sockets when the context is not blocky', async () => {
    const hasty = stage.newContext({ blocky: false });
    const push = new Push({ context: hasty });
    push.connect(await stage.freeEndpoint());
    await push.send('message');
    push.close();
    await hasty.terminate();
  });

  it('is that of its socket when a thread has ended in order', async () => {
    const endpoints = [await stage.freeEndpoint(), await stage.freeEndpoint()];
    const argument = { handle: context.handle, endpoints };
    const thread = stage.thread(
      ({ Context, Push }, _line, { handle, endpoints }: typeof argument) => {
        for (const [index, linger] of [-1, 0].entries()) {
          const push = new Push({ context: Context.attach(handle), linger, reconnectInterval: 20 });
          push.connect(endpoints[index]!);
          push.sendSync('message of a thread');
        }
      },
      argument,
    );
    expect(await thread.ended).to.include({ code: 0 });
    expect(await firstAt(endpoints[1]!)).to.equal('sent later');
    const pull = new Pull({ context: other });
    await pull.bind(endpoints[0]!);
    expect(String(await pull.receive())).to.equal('message of a thread');
  });

  it('keeps what was disconnected on its way, too', async () => {
    const endpoint = await stage.freeEndpoint();
    const push = new Push({ context, reconnectInterval: 20 });
    push.connect(endpoint);
    await push.send('message');
    push.disconnect(endpoint);
    const pull = new Pull({ context: other });
    await pull.bind(endpoint);
    expect(String(await pull.receive())).to.equal('message');
  });
});
