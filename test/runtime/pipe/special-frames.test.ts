import { expect } from 'chai';
import fc from 'fast-check';
import { encodeProperties } from '../../../src/runtime/base/peer-metadata.js';
import { Outflow } from '../../../src/runtime/pipe/outflow.js';
import { body } from '../../support/bodies.js';
import { PipeEnds } from '../../support/pipe-ends.js';

/** Long enough for its body to lie elsewhere. */
const LONG = 40_000;

const message = fc.record({
  sizes: fc.array(fc.constantFrom(0, 16, 300, LONG), { minLength: 1, maxLength: 3 }),
  fate: fc.constantFrom('whole', 'in pieces', 'taken back'),
  noted: fc.boolean(),
});

describe('Special frames', () => {
  it('are counted by whoever passes them, so that plain messages are known for what they are', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.boolean(), (messages, views) => {
        const ends = new PipeEnds();
        const { session, application } = ends;
        /** What was noted last before each message that is to come. */
        const due: (string | undefined)[] = [];
        let noted: string | undefined;
        const readAll = (): void => {
          while (application.checkRead()) {
            if (views) application.readViews();
            else application.read();
            expect(application.metadata?.get('N')).to.equal(due.shift());
          }
          ends.turn();
        };
        for (const [seed, { sizes, fate, ...note }] of messages.entries()) {
          const parts = sizes.map((size, i) => body(size, 10 * seed + i));
          if (note.noted) {
            noted = String(seed);
            const properties = encodeProperties([['N', Buffer.from(noted)]]);
            while (!session.writeNote(properties)) readAll();
          }
          if (fate !== 'taken back') due.push(noted);
          let abandoned = false;
          if (fate === 'whole') {
            while (!session.write(parts)) readAll();
            continue;
          }
          const outflow = new Outflow(session, parts);
          while (!outflow.write()) {
            if (fate === 'taken back') {
              outflow.abandon();
              abandoned = true;
              break;
            }
            readAll();
          }
          // There was room for all of it.
          if (fate === 'taken back' && !abandoned) due.push(noted);
        }
        readAll();
        expect(due).to.deep.equal([]);
        expect(application.metadata?.get('N')).to.equal(noted);
        expect(application.consumer.mayHoldSpecial()).to.equal(false);
        session.write([body(16, 1)]);
        expect(application.checkRead()).to.equal(true);
        expect(application.consumer.plain).to.equal(true);
      }),
      { numRuns: 100 },
    );
  });
});
