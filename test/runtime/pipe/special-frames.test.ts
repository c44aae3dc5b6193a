import { expect } from 'chai';
import fc from 'fast-check';
import { Outflow } from '../../../src/runtime/pipe/outflow.js';
import { body } from '../../support/bodies.js';
import { PipeEnds } from '../../support/pipe-ends.js';

/** Long enough for its body to lie elsewhere. */
const LONG = 40_000;

const message = fc.record({
  sizes: fc.array(fc.constantFrom(0, 16, 300, LONG), { minLength: 1, maxLength: 3 }),
  fate: fc.constantFrom('whole', 'in pieces', 'taken back'),
});

describe('Special frames', () => {
  it('are counted by whoever passes them, so that plain messages are known for what they are', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.boolean(), (messages, views) => {
        const ends = new PipeEnds();
        const { session, application } = ends;
        const readAll = (): void => {
          while (application.checkRead()) views ? application.readViews() : application.read();
          ends.turn();
        };
        for (const [seed, { sizes, fate }] of messages.entries()) {
          const parts = sizes.map((size, i) => body(size, 10 * seed + i));
          if (fate === 'whole') {
            while (!session.write(parts)) readAll();
            continue;
          }
          const outflow = new Outflow(session, parts);
          while (!outflow.write()) {
            if (fate === 'taken back') {
              outflow.abandon();
              break;
            }
            readAll();
          }
        }
        readAll();
        expect(application.consumer.mayHoldSpecial()).to.equal(false);
        session.write([body(16, 1)]);
        expect(application.checkRead()).to.equal(true);
        expect(application.consumer.plain).to.equal(true);
      }),
      { numRuns: 100 },
    );
  });
});
