import { expect } from 'chai';
import fc from 'fast-check';
import { FRAME_COMMAND, FRAME_LONG, FRAME_MORE } from '../../../src/runtime/ring/frame.js';
import { MessageScanner } from '../../../src/runtime/ring/message-scanner.js';
import { cut, portions } from '../../support/portions.js';
import { frame } from '../../support/wire-peer.js';

const bodies = fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: 5 });

function wire(parts: readonly Uint8Array[]): Buffer {
  const last = parts.length - 1;
  return Buffer.concat(parts.map((part, i) => frame(part, i < last ? FRAME_MORE : 0)));
}

describe('A message that goes on in pieces', () => {
  it('ends where its last frame does, in whatever portions it comes and whatever follows', () => {
    fc.assert(
      fc.property(bodies, fc.uint8Array(), portions(300), (parts, rest, sizes) => {
        const message = wire(parts);
        const stream = Buffer.concat([message, rest]);
        const scanner = new MessageScanner(() => undefined);
        for (const [start, end] of cut(stream.length, sizes)) {
          const taken = scanner.take(stream, start, end);
          expect(taken).to.equal(Math.max(Math.min(end, message.length) - start, 0));
          expect(scanner.over).to.equal(end >= message.length);
        }
      }),
    );
  });

  it('has each of its headers looked at once, before anything of the body', () => {
    fc.assert(
      fc.property(bodies, portions(300), (parts, sizes) => {
        const stream = wire(parts);
        const seen: [flags: number, length: number][] = [];
        const scanner = new MessageScanner(({ flags, length }) => seen.push([flags, length]));
        for (const [start, end] of cut(stream.length, sizes)) {
          scanner.take(stream, start, end);
          let begun = 0;
          for (let at = 0; at < end && begun < parts.length; begun++) {
            at += frame(parts[begun]!).length - parts[begun]!.length;
            if (at > end) break;
            at += parts[begun]!.length;
          }
          expect(seen.length).to.equal(begun);
        }
        const last = parts.length - 1;
        expect(seen).to.deep.equal(
          parts.map(({ length }, i) => [
            (i < last ? FRAME_MORE : 0) | (length > 255 ? FRAME_LONG : 0),
            length,
          ]),
        );
      }),
    );
  });

  it('is interrupted before a command, and goes on behind it', () => {
    const [first, last] = [frame('first', FRAME_MORE), frame('last')];
    const command = frame('any', FRAME_COMMAND);
    fc.assert(
      fc.property(portions(10), (sizes) => {
        const scanner = new MessageScanner(() => undefined);
        for (const stream of [Buffer.concat([first, command]), Buffer.concat([last, command])]) {
          let taken = 0;
          for (const [start, end] of cut(stream.length, sizes)) {
            // What was given and not taken is the command's.
            if (taken < start) break;
            taken += scanner.take(stream, start, end);
          }
          expect(taken).to.equal(stream.length - command.length);
        }
        expect(scanner.over).to.equal(true);
      }),
    );
  });

  it('goes no further than a header that is refused', () => {
    const scanner = new MessageScanner(({ length }) => {
      if (length > 1) throw new Error('too long');
    });
    const stream = wire([Buffer.from('a'), Buffer.from('bc')]);
    expect(() => scanner.take(stream, 0, stream.length)).to.throw('too long');
  });
});
