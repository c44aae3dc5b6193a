import { expect } from 'chai';
import { Outbound } from '../../src/transports/outbound.js';
import type { StreamLink } from '../../src/transports/stream/stream-link.js';
import { Topics, TopicTeller } from '../../src/transports/topics.js';
import type { Arena } from '../../src/runtime/memory/arena.js';
import type { Pipe } from '../../src/runtime/pipe/pipe.js';
import { attachedBody, subscribeBody } from '../../src/runtime/ring/signal-frame.js';
import { encodeSubscribe } from '../../src/transports/zmtp/commands.js';

/** A pipe with signals that another thread writes just when this one has found that there are none. */
class PipeOfABusyPeer {
  readonly holdsSignal = true;
  readonly holdsPiece = false;
  private visible = 0;

  constructor(private readonly signals: Buffer[]) {}

  peekFrames(): boolean {
    return this.visible > 0;
  }

  checkFrames(): boolean {
    this.visible = this.signals.length;
    return this.visible > 0;
  }

  read(): Buffer[] {
    this.visible--;
    return [this.signals.shift()!];
  }
}

describe('What a subscriber says while its session looks', () => {
  it('is heard by the session, and does not go out as it lies in the ring', () => {
    const topics = new Topics(['known to the listener']);
    const written: Buffer[] = [];
    const link = { write: (pieces: Buffer[]) => void written.push(...pieces) };
    const outbound = (pipe: PipeOfABusyPeer): Outbound =>
      new Outbound(
        undefined as unknown as Arena,
        pipe as unknown as Pipe,
        link as unknown as StreamLink,
        {
          sent: () => undefined,
          pinged: () => undefined,
          idle: () => undefined,
          broken: () => undefined,
        },
        teller,
      );
    const teller = new TopicTeller(topics, false);
    // The publisher has heard what the listener knew.
    teller.next(new PipeOfABusyPeer([]) as unknown as Pipe);

    outbound(
      new PipeOfABusyPeer([
        subscribeBody(Buffer.from('known to the listener')),
        attachedBody(),
        subscribeBody(Buffer.from('new')),
      ]),
    ).pump();

    expect(written.map(String)).to.deep.equal([String(encodeSubscribe(Buffer.from('new')))]);
    expect([...topics.all()]).to.deep.equal(['known to the listener', 'new']);
  });
});
