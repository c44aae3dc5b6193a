import { expect } from 'chai';
import type { SocketProfile } from '../../../src/runtime/context/commands.js';
import { RawEngine, type RawEngineEvents } from '../../../src/transports/raw/raw-engine.js';
import type { StreamLink } from '../../../src/transports/stream/stream-link.js';
import { PipeEnds } from '../../support/pipe-ends.js';

const nothing = (): void => undefined;

describe('The engine of a STREAM', () => {
  it('reads what comes after the end into memory of its own: the ring may be others’ by then', () => {
    const ends = new PipeEnds();
    const events: RawEngineEvents = {
      opened: () => ends.session,
      flushed: nothing,
      ended: nothing,
      messageTorn: nothing,
      disconnected: nothing,
    };
    const profile = { raw: { notify: false } } as unknown as SocketProfile;
    const traffic = { bytesSent: 0, bytesReceived: 0 };
    const engine = new RawEngine(ends.arena, profile, events, traffic as never, nothing);
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
