import { expect } from 'chai';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { CHUNK_BYTES, CopyingLink } from '../../../src/transports/stream/copying-link.js';
import type { LinkReader } from '../../../src/transports/stream/link.js';

/** A stream that takes nothing before the test says so. */
class Gate extends Duplex {
  readonly taken: Buffer[] = [];
  ended = false;
  private release: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 2 ** 20 });
  }

  override _read(): void {
    // What there is to read, the test pushes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(chunk);
    this.release = done;
  }

  override _final(done: () => void): void {
    this.ended = true;
    done();
  }

  /** Lets what it was given last be through. */
  async open(): Promise<void> {
    const { release } = this;
    this.release = undefined;
    release!();
    await setImmediate();
  }
}

class Reader implements LinkReader {
  readonly room = Buffer.alloc(8);
  readonly read: string[] = [];
  readonly ends: (Error | undefined)[] = [];
  goesOn = true;

  space(): Uint8Array {
    return this.room;
  }

  received(length: number): boolean {
    this.read.push(this.room.toString('latin1', 0, length));
    return this.goesOn;
  }

  closed(error: Error | undefined): void {
    this.ends.push(error);
  }
}

describe('A link over any stream', () => {
  let stream: Gate;
  let reader: Reader;
  let link: CopyingLink;

  beforeEach(() => {
    stream = new Gate();
    reader = new Reader();
    link = new CopyingLink(stream, reader);
  });
  afterEach(() => {
    link.destroy();
  });

  it('gives copies away, a chunk at a time, and says how far it has come', async () => {
    const piece = Buffer.alloc(CHUNK_BYTES, 'a');
    let written = 0;
    link.write([Buffer.from('before'), piece, Buffer.from('behind')], () => written++);
    link.write([Buffer.from('more')], () => written++);
    const all = piece.length + 12;
    expect(link.written).to.equal(all + 4);
    expect(link.accepted).to.equal(CHUNK_BYTES);
    expect(stream.taken.map(({ length }) => length)).to.deep.equal([CHUNK_BYTES]);
    // What the stream has is its own.
    stream.taken[0]!.fill('x');
    expect(piece.every((byte) => byte === 97)).to.equal(true);
    await stream.open();
    expect(written).to.equal(0);
    expect(link.accepted).to.equal(all);
    expect(String(stream.taken[1])).to.equal('aaaaaabehind');
    await stream.open();
    expect(written).to.equal(1);
    expect(String(stream.taken[2])).to.equal('more');
    expect(link.accepted).to.equal(link.written);
    await stream.open();
    expect(written).to.equal(2);
  });

  it('counts as accepted what the stream had when it closed, and no more', async () => {
    link.write([Buffer.alloc(3 * CHUNK_BYTES)], () => expect.fail('It is not written'));
    await stream.open();
    stream.destroy(new Error('gone'));
    await setImmediate();
    expect(link.accepted).to.equal(2 * CHUNK_BYTES);
    expect(reader.ends.map((error) => error?.message)).to.deep.equal(['gone']);
    expect(stream.taken).to.have.length(2);
  });

  it('sends what was written, and then says goodbye', async () => {
    link.write([Buffer.alloc(CHUNK_BYTES + 1)], () => undefined);
    link.pause();
    link.end();
    stream.push('thrown away');
    await stream.open();
    expect(stream.ended).to.equal(false);
    await stream.open();
    expect(stream.ended).to.equal(true);
    expect(reader.read).to.deep.equal([]);
    // The peer's goodbye is heard all the same.
    stream.push(null);
    await setImmediate();
    expect(reader.ends).to.deep.equal([undefined]);
    expect(stream.destroyed).to.equal(true);
  });

  it('reads as much as there is room for, and the rest when it is resumed', async () => {
    reader.goesOn = false;
    stream.push('twenty bytes of text');
    await setImmediate();
    expect(reader.read).to.deep.equal(['twenty b']);
    link.resume();
    await setImmediate();
    expect(reader.read).to.deep.equal(['twenty b', 'ytes of ']);
    reader.goesOn = true;
    link.resume();
    await setImmediate();
    expect(reader.read).to.deep.equal(['twenty b', 'ytes of ', 'text']);
    link.pause();
    stream.push('later');
    await setImmediate();
    expect(reader.read).to.have.length(3);
    link.resume();
    await setImmediate();
    expect(reader.read.at(-1)).to.equal('later');
  });

  it('hears of an end that came before it', async () => {
    for (const error of [new Error('gone before'), undefined]) {
      const gone = new Gate();
      gone.on('error', () => undefined);
      gone.destroy(error);
      await setImmediate();
      const late = new Reader();
      new CopyingLink(gone, late);
      await setImmediate();
      await setImmediate();
      expect(late.ends).to.deep.equal([error]);
    }
    const ended = new Gate();
    ended.resume();
    ended.push(null);
    await setImmediate();
    const late = new Reader();
    new CopyingLink(ended, late);
    await setImmediate();
    await setImmediate();
    expect(late.ends).to.deep.equal([undefined]);
  });

  it('ends with what is no stream of bytes', async () => {
    stream.setEncoding('latin1');
    stream.push('text');
    await setImmediate();
    expect(reader.ends).to.have.length(1);
    expect(reader.ends[0]).to.be.instanceOf(TypeError);
    expect(stream.destroyed).to.equal(true);
  });

  it('is told nothing more when it has been destroyed', async () => {
    link.write([Buffer.from('x')], () => expect.fail('It is not written'));
    link.destroy();
    await stream.open();
    expect(reader.ends).to.deep.equal([]);
    expect(link.peerAddress).to.equal(undefined);
    expect(link.peerHost).to.equal(undefined);
  });
});
