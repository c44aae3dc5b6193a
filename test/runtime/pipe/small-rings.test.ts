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

  it('has as much room as before when more bytes have gone through one segment than a position tells apart', () => {
    const passed = 2 ** 31 + 2 ** 20;
    const ends = new PipeEnds();
    const { session, application } = ends;
    const { producer } = session;
    session.write([Buffer.alloc(100)]);
    ends.read();
    ends.turn();
    const { capacity } = producer;
    // Nobody looks at what these are: only how far they go counts.
    const step = 4000;
    for (let gone = 0; gone < passed; gone += step) {
      expect(producer.reserve(step)).to.equal(true);
      producer.write = (producer.write + step) | 0;
      producer.commit();
      application.consumer.available();
      application.consumer.head = application.consumer.limit;
      application.consumer.release();
    }
    expect(producer.capacity, 'it never had to grow').to.equal(capacity);

    const unread = Array.from({ length: 1000 }, (_, message) => Buffer.alloc(16, message));
    for (const message of unread) expect(session.write([message])).to.equal(true);
    for (const message of unread) expect(ends.read()).to.deep.equal([message]);
  });
});
