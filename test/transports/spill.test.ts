import { expect } from 'chai';
import fc from 'fast-check';
import { Spill } from '../../src/transports/spill.js';

/** What was received and not passed, and the space that is out; every byte that comes is the next of a count. */
class Model {
  bytes: number[] = [];
  space: Uint8Array | undefined;
  private count = 0;

  next(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.count++ % 251));
  }
}

/** What a command has to do is what it would do to an array of bytes. */
type Command = fc.Command<Model, Spill>;

function checked(
  name: string,
  may: (model: Readonly<Model>) => boolean,
  act: (model: Model, spill: Spill) => void,
): Command {
  return {
    check: (model) => may(model),
    run: (model, spill) => {
      act(model, spill);
      expect(spill.length).to.equal(model.bytes.length);
      const first = [...spill.peek()];
      expect(first).to.deep.equal(model.bytes.slice(0, first.length));
      if (model.bytes.length > 0) expect(first).to.not.deep.equal([]);
    },
    toString: () => name,
  };
}

const anyTime = (): boolean => true;
/** No space is out, so that nothing can come into one. */
const nothingOut = ({ space }: Readonly<Model>): boolean => space === undefined;

const commands: fc.Arbitrary<Command>[] = [
  fc.nat(40).map((length) =>
    checked(`space(${length})`, anyTime, (model, spill) => {
      model.space = spill.space(length);
      expect(model.space.length).to.be.at.least(length);
    }),
  ),
  fc.nat(40).map((most) =>
    checked(
      `received(${most})`,
      ({ space }) => space !== undefined,
      (model, spill) => {
        const space = model.space!;
        const bytes = model.next(Math.min(most, space.length));
        space.set(bytes);
        spill.received(bytes.length);
        model.bytes.push(...bytes);
        model.space = undefined;
      },
    ),
  ),
  fc.nat(40).map((length) =>
    checked(`append(${length})`, nothingOut, (model, spill) => {
      const bytes = model.next(length);
      spill.append(bytes);
      model.bytes.push(...bytes);
      // It is a copy.
      bytes.fill(255);
    }),
  ),
  fc.nat(40).map((length) =>
    checked(`prepend(${length})`, anyTime, (model, spill) => {
      const bytes = model.next(length);
      spill.prepend(bytes);
      model.bytes.unshift(...bytes);
    }),
  ),
  fc.double({ min: 0, max: 1, noNaN: true }).map((part) =>
    checked(`pass(${part} of peek)`, anyTime, (model, spill) => {
      const length = Math.round(spill.peek().length * part);
      spill.pass(length);
      model.bytes.splice(0, length);
    }),
  ),
  fc.constant(
    checked('pass all', anyTime, (model, spill) => {
      while (spill.length > 0) {
        const { length } = spill.peek();
        spill.pass(length);
        model.bytes.splice(0, length);
      }
    }),
  ),
  fc.constant(
    checked('clear', nothingOut, (model, spill) => {
      spill.clear();
      model.bytes = [];
    }),
  ),
];

describe('What is received beside a ring', () => {
  it('comes out as it came in, whatever is done in between', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60 }), (run) => {
        fc.modelRun(() => ({ model: new Model(), real: new Spill() }), run);
      }),
      { numRuns: 500 },
    );
  });

  it('is there when it comes into a space that was given before all else was passed', () => {
    const spill = new Spill();
    spill.append(Buffer.from('before'));
    const space = spill.space(10);
    spill.pass('before'.length);
    space.set(Buffer.from('behind'));
    spill.received('behind'.length);
    expect(String(spill.peek())).to.equal('behind');
  });
});
