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

  it('keeps what lies unread as it is, however little room there is beside it', () => {
    const ends = new PipeEnds();
    const { producer } = ends.session;
    const unread: Buffer[] = [];
    for (let message = 0; message < 2_000; message++) {
      const sent = Buffer.alloc(1 + ((message * 7) % 60), message);
      while (producer.capacity > 0 && producer.room < sent.length + 2) {
        expect(ends.read()).to.deep.equal([unread.shift()]);
        ends.turn();
        producer.collect();
      }
      expect(ends.session.write([sent])).to.equal(true);
      unread.push(sent);
    }
    expect(producer.capacity, 'it never had to grow').to.equal(4096);
    for (const sent of unread) expect(ends.read()).to.deep.equal([sent]);
  });
});
