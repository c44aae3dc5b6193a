import { expect } from 'chai';
import { Arena } from '../../src/runtime/memory/arena.js';
import { PIPE_RING_A, PIPE_SESSION } from '../../src/runtime/pipe/layout.js';
import { Pipe } from '../../src/runtime/pipe/pipe.js';
import { RingConsumer } from '../../src/runtime/ring/consumer.js';
import { claimSlot } from '../../src/runtime/thread/slot.js';
import { Thread, type ThreadEvents } from '../../src/runtime/thread/thread.js';
import { Inbound } from '../../src/transports/inbound.js';
import { frame, ping } from '../support/wire-peer.js';

const NOBODY: ThreadEvents = {
  pipeArrived: () => undefined,
  commandArrived: () => undefined,
  stateRaised: () => undefined,
  pipeStranded: () => undefined,
  deathsSeen: () => undefined,
};

describe('What a peer sends', () => {
  it('is there to be received before a PING that came behind it is answered', () => {
    const arena = Arena.reserve(2 ** 24);
    claimSlot(arena.words, 0, 1);
    const pipe = Pipe.create(
      new Thread(arena, 0, NOBODY),
      PIPE_SESSION,
      { send: 0, receive: 0 },
      1,
      1,
    );
    const application = new RingConsumer(arena.words, pipe.at + PIPE_RING_A);
    const found: boolean[] = [];
    const inbound = new Inbound(arena, pipe, -1, false, () => found.push(application.available()));

    inbound.accept(Buffer.concat([frame('before'), ping('')]));

    expect(found).to.deep.equal([true]);
  });
});
