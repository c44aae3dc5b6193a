import { expect } from 'chai';
import { Routes } from '../../../src/patterns/routing/routes.js';
import { fakePipes } from './fake-pipe.js';

const NONE = Buffer.alloc(0);

describe('Routes', () => {
  it('give a peer without an id one of five bytes, the first 0, each a different one', () => {
    const routes = new Routes();
    const ids = new Set<string>();
    let last: number | undefined;
    for (const { pipe } of fakePipes(1000)) {
      expect(routes.admit(pipe, NONE, false)).to.deep.equal({ outcome: 'admitted' });
      const id = routes.idOf(pipe)!;
      expect(id).to.have.lengthOf(5);
      expect(id[0]).to.equal(0);
      expect(routes.pipeOf(id)).to.equal(pipe);
      const number = id.readUInt32BE(1);
      if (last !== undefined) expect(number).to.equal((last + 1) >>> 0 || 1);
      last = number;
      ids.add(id.toString('hex'));
    }
    expect(ids.size).to.equal(1000);
  });

  it('give numbers of four bytes, none of them 0, where they are told to', () => {
    const routes = new Routes(4);
    const numbers = new Set<number>();
    for (const { pipe } of fakePipes(100)) {
      routes.admit(pipe, NONE, false);
      const id = routes.idOf(pipe)!;
      expect(id).to.have.lengthOf(4);
      expect(routes.pipeOf(id)).to.equal(pipe);
      numbers.add(id.readUInt32BE());
    }
    expect(numbers).to.have.property('size', 100);
    expect(numbers.has(0)).to.equal(false);
  });

  it('find a peer by the bytes of its id, however they are given', () => {
    const routes = new Routes();
    const { pipe } = fakePipes(1)[0]!;
    routes.admit(pipe, Buffer.from('grüße'), false);
    expect(routes.pipeOf('grüße')).to.equal(pipe);
    expect(routes.pipeOf(new Uint8Array(Buffer.from('grüße')))).to.equal(pipe);
    expect(routes.pipeOf('gruesse')).to.equal(undefined);
  });

  it('let newcomers with an id that is taken wait, and the oldest of them have it next', () => {
    const routes = new Routes();
    const id = Buffer.from('id');
    const [holder, first, second] = fakePipes(3).map(({ pipe }) => pipe);
    routes.admit(holder!, id, false);
    expect(routes.admit(first!, id, false)).to.deep.equal({ outcome: 'waits' });
    expect(routes.admit(second!, id, false)).to.deep.equal({ outcome: 'waits' });
    expect(routes.pipeOf(id)).to.equal(holder);
    expect(routes.idOf(first!)).to.equal(undefined);
    expect(routes.waits(first!)).to.equal(true);
    expect(routes.terminated(holder!)).to.equal(first);
    expect(routes.pipeOf(id)).to.equal(first);
    expect(routes.waits(first!)).to.equal(false);
    expect(routes.terminated(first!)).to.equal(second);
    expect(routes.terminated(second!)).to.equal(undefined);
    expect(routes.pipeOf(id)).to.equal(undefined);
  });

  it('forget a newcomer that leaves before its turn', () => {
    const routes = new Routes();
    const id = Buffer.from('id');
    const [holder, first, second] = fakePipes(3).map(({ pipe }) => pipe);
    routes.admit(holder!, id, false);
    routes.admit(first!, id, false);
    routes.admit(second!, id, false);
    expect(routes.terminated(first!)).to.equal(undefined);
    expect(routes.terminated(holder!)).to.equal(second);
  });

  it('hand an id over when they are told to; the end of who had it changes nothing', () => {
    const routes = new Routes();
    const id = Buffer.from('id');
    const [holder, newcomer] = fakePipes(2).map(({ pipe }) => pipe);
    routes.admit(holder!, id, true);
    expect(routes.admit(newcomer!, id, true)).to.deep.equal({
      outcome: 'handover',
      loser: holder,
    });
    expect(routes.pipeOf(id)).to.equal(newcomer);
    expect(routes.idOf(holder!)).to.equal(undefined);
    expect(routes.terminated(holder!)).to.equal(undefined);
    expect(routes.pipeOf(id)).to.equal(newcomer);
    expect([...routes.all()]).to.deep.equal([newcomer]);
  });
});
