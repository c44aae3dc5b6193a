import { expect } from 'chai';
import { Outbound, type OutboundEvents } from '../../src/transports/outbound.js';
import type { StreamLink } from '../../src/transports/stream/stream-link.js';
import { Topics, TopicTeller } from '../../src/transports/topics.js';
import type { Arena } from '../../src/runtime/memory/arena.js';
import type { Pipe } from '../../src/runtime/pipe/pipe.js';
import { attachedBody, subscribeBody } from '../../src/runtime/ring/signal-frame.js';
import { encodeSubscribe } from '../../src/transports/zmtp/commands.js';
import { V1Encoder } from '../../src/transports/zmtp/v1-encoder.js';
import { body } from '../support/bodies.js';
import { v1Frame } from '../support/older-peer.js';
import { PipeEnds } from '../support/pipe-ends.js';
import { frame, MORE } from '../support/wire-peer.js';

const NOBODY: OutboundEvents = {
  sent: () => undefined,
  pinged: () => undefined,
  drained: () => undefined,
  broken: () => undefined,
};

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

  passOlder(): void {
    // What a subscriber says is all wanted.
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
        NOBODY,
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

/** A link to a peer that takes nothing: what was accepted of the write is up to the test. */
class StuckLink {
  written = 0;
  accepted = 0;
  bytes = Buffer.alloc(0);

  write(pieces: readonly Uint8Array[]): void {
    this.bytes = Buffer.concat(pieces);
    this.written += this.bytes.length;
  }
}

type Framing = (body: Uint8Array, flags: number) => Buffer;

function wire(message: readonly Buffer[], framing: Framing): Buffer {
  return Buffer.concat(message.map((part, i) => framing(part, i < message.length - 1 ? MORE : 0)));
}

describe('A write that a connection breaks off', () => {
  // Also one whose body does not lie in the ring.
  const messages = [[0], [253], [254], [255], [256, 0], [1], [20_000, 3], [2]].map((sizes, i) =>
    sizes.map((size, j) => body(size, 10 * i + j)),
  );

  for (const [version, framing] of [
    ['3', frame],
    ['1.0', v1Frame],
  ] as const) {
    it(`to a peer of ZMTP ${version} is gone on with at the first message that it had nothing of`, () => {
      const starts = [0];
      for (const message of messages) starts.push(starts.at(-1)! + wire(message, framing).length);
      const stream = Buffer.concat(messages.map((message) => wire(message, framing)));
      for (const accepted of starts.flatMap((start) => [start - 1, start, start + 1])) {
        if (accepted < 0 || accepted > stream.length) continue;
        const ends = new PipeEnds();
        for (const message of messages) expect(ends.application.write(message)).to.equal(true);
        const outbound = (link: StuckLink, encoder?: V1Encoder): Outbound =>
          new Outbound(
            ends.arena,
            ends.session,
            link as unknown as StreamLink,
            NOBODY,
            undefined,
            encoder,
          );
        const broken = new StuckLink();
        const first = outbound(broken, version === '1.0' ? new V1Encoder() : undefined);
        first.pump();
        expect(broken.bytes.equals(stream)).to.equal(true);
        broken.accepted = accepted;
        expect(first.abandon()).to.equal(!starts.includes(accepted));
        // The next peer may speak another version.
        const next = new StuckLink();
        outbound(next).pump();
        const left = messages.filter((_, i) => starts[i]! >= accepted);
        const expected = Buffer.concat(left.map((message) => wire(message, frame)));
        expect(next.bytes.equals(expected), `${accepted} accepted`).to.equal(true);
      }
    });
  }

  it('is not counted as torn if nothing of it had its turn', () => {
    const ends = new PipeEnds();
    expect(ends.application.write(['a message'])).to.equal(true);
    const link = new StuckLink();
    // The greeting still waits.
    link.written = 64;
    const outbound = (): Outbound =>
      new Outbound(ends.arena, ends.session, link as unknown as StreamLink, NOBODY, undefined);
    const broken = outbound();
    broken.pump();
    expect(broken.abandon()).to.equal(false);
    link.bytes = Buffer.alloc(0);
    outbound().pump();
    expect(link.bytes.equals(frame(Buffer.from('a message'), 0))).to.equal(true);
  });
});
