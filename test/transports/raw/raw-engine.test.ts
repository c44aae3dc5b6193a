import { expect } from 'chai';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket as NetSocket } from 'node:net';
import { mock } from 'node:test';
import type { SocketProfile } from '../../../src/runtime/context/commands.js';
import { RawEngine, type RawEngineEvents } from '../../../src/transports/raw/raw-engine.js';
import { StreamLink } from '../../../src/transports/stream/stream-link.js';
import { body, digest } from '../../support/bodies.js';
import { turn } from '../../support/heard.js';
import { PipeEnds } from '../../support/pipe-ends.js';
import { useTidyStage } from '../../support/stage.js';
import { untilEnd } from '../../support/wire-peer.js';

const nothing = (): void => undefined;
/** What a peer has, in milliseconds, to close a connection that it has heard the end of. */
const GOODBYE = 30_000;

/** An engine that is not open yet, for the session's end of a pipe. */
function makeEngine(ends: PipeEnds, ended: () => void = nothing): RawEngine {
  const events: RawEngineEvents = {
    opened: () => ends.session,
    flushed: nothing,
    ended,
    messageTorn: nothing,
    disconnected: nothing,
  };
  const profile = { raw: { notify: false } } as unknown as SocketProfile;
  const traffic = { bytesSent: 0, bytesReceived: 0 };
  return new RawEngine(ends.arena, profile, events, traffic as never, nothing);
}

describe('The engine of a STREAM', () => {
  it('reads what comes after the end into memory of its own: the ring may be others’ by then', () => {
    const ends = new PipeEnds();
    const engine = makeEngine(ends);
    const link = { end: nothing, resume: nothing, pause: nothing, destroy: nothing };
    engine.open(link as unknown as StreamLink);
    expect(engine.space().buffer).to.equal(ends.arena.buffer.buffer);
    engine.end();
    expect(engine.space().buffer).to.not.equal(ends.arena.buffer.buffer);
    expect(engine.received(engine.space().length)).to.equal(true);
    expect(ends.read()).to.equal(undefined);
    // Also takes back its timer.
    engine.closed(undefined);
  });
});

describe('The engine of a STREAM that has said goodbye', () => {
  const stage = useTidyStage();

  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));

  afterEach(() => mock.timers.reset());

  /** One whose link only notes that it is destroyed. */
  function ended(): { engine: RawEngine; destroyed: () => number } {
    const engine = makeEngine(new PipeEnds());
    let times = 0;
    const destroy = (): number => times++;
    const link = { end: nothing, resume: nothing, pause: nothing, destroy };
    engine.open(link as unknown as StreamLink);
    engine.end();
    return { engine, destroyed: () => times };
  }

  /** An engine over a real connection, which it ends when all is in the kernel that the application has sent. */
  async function overTcp(): Promise<{
    peer: NetSocket;
    send: (message: Uint8Array) => void;
    ended: Promise<void>;
  }> {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    stage.atEnd(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    peer.on('error', nothing);
    stage.atEnd(() => peer.destroy());
    const [accepted] = (await once(server, 'connection')) as [NetSocket];
    const ends = new PipeEnds();
    let engine: RawEngine;
    const over = new Promise<void>((resolve) => {
      engine = makeEngine(ends, () => {
        engine.end();
        resolve();
      });
      const link = StreamLink.accepted(accepted, engine);
      stage.atEnd(() => link.destroy());
      engine.open(link);
    });
    const send = (message: Uint8Array): void => {
      expect(ends.application.write([message])).to.equal(true);
      ends.turn();
      engine.pump();
    };
    return { peer, send, ended: over };
  }

  it('closes the connection at once when its peer has not closed it after 30 s', () => {
    const { destroyed } = ended();
    mock.timers.tick(GOODBYE - 1);
    expect(destroyed()).to.equal(0);
    mock.timers.tick(1);
    expect(destroyed()).to.equal(1);
  });

  it('waits no longer when its peer has closed the connection', () => {
    const { engine, destroyed } = ended();
    mock.timers.tick(GOODBYE - 1);
    engine.closed(undefined);
    mock.timers.tick(GOODBYE);
    expect(destroyed()).to.equal(0);
  });

  it('bears a peer that goes on sending for 30 s, and no longer', async () => {
    const { peer, send, ended } = await overTcp();
    send(Buffer.from('goodbye'));
    send(Buffer.alloc(0));
    expect(String(await untilEnd(peer))).to.equal('goodbye');
    await ended;
    mock.timers.tick(GOODBYE - 1);
    // More than the kernel would hold for somebody who does not read.
    const written = new Promise((resolve) => peer.write(body(16 * 2 ** 20), resolve));
    expect(await written).to.not.be.instanceOf(Error);
    const closed = new Promise((resolve) => peer.once('close', resolve));
    mock.timers.tick(1);
    while (!peer.destroyed) {
      peer.write('whatever');
      await turn();
    }
    await closed;
  });

  it('leaves to the kernel what a peer has not read after 30 s: it still comes, and the end', async () => {
    const { peer, send, ended } = await overTcp();
    peer.pause();
    const sent = body(100_000);
    send(sent);
    send(Buffer.alloc(0));
    await ended;
    mock.timers.tick(GOODBYE);
    await turn();
    expect(digest(await untilEnd(peer))).to.equal(digest(sent));
  });
});
