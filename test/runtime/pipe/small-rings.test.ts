import { expect } from 'chai';
import { PipeEnds } from '../../support/pipe-ends.js';

describe('The ring of a connection', () => {
  it('has 4 KiB from when it has been filled for the first time, though it is empty again', () => {
    const ends = new PipeEnds();
    ends.session.startSmall();

    const capacities: number[] = [];
    for (let message = 0; message < 4; message++) {
      ends.session.write([Buffer.alloc(200, message)]);
      capacities.push(ends.session.producer.capacity);
      expect(ends.read()![0]!).to.deep.equal(Buffer.alloc(200, message));
      ends.turn();
    }

    expect(capacities).to.deep.equal([512, 512, 4096, 4096]);
  });

  it('begins with 512 bytes, and carries whatever comes', () => {
    const ends = new PipeEnds();
    ends.session.startSmall();
    const sizes = [2, 500, 600, 5_000, 100_000, 1];

    ends.session.write([Buffer.alloc(2, 1)]);
    expect(ends.session.producer.capacity).to.equal(512);
    for (const size of sizes.slice(1)) {
      expect(ends.session.write([Buffer.alloc(size, 1)])).to.equal(true);
    }

    const received: number[] = [];
    for (let message = ends.read(); message !== undefined; message = ends.read()) {
      expect(message[0]!.every((byte) => byte === 1)).to.equal(true);
      received.push(message[0]!.length);
    }
    expect(received).to.deep.equal(sizes);
  });
});
