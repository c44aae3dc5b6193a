import { expect } from 'chai';
import { Sieve, type Sieved } from '../../../src/patterns/routing/sieve.js';
import type { Thread } from '../../../src/runtime/thread/thread.js';
import { turn } from '../../support/heard.js';

/** Wants messages that say so; what has come is given by the test. */
class Picky implements Sieved {
  closed = false;
  progressed = 0;
  agains = 0;
  readonly come: string[] = [];
  readonly sieve = new Sieve(this, { again: () => this.agains++ } as unknown as Thread);

  xnext(): Buffer[] | undefined {
    const text = this.come.shift();
    return text === undefined ? undefined : [Buffer.from(text)];
  }

  xwants([first]: readonly Buffer[]): boolean {
    return String(first).startsWith('wanted');
  }

  progress(): void {
    this.progressed++;
  }

  unwanted(count: number): this {
    for (let i = 0; i < count; i++) this.come.push('unwanted');
    return this;
  }
}

describe('Sieve', () => {
  it('gives what is wanted, in order, and nothing else', () => {
    const picky = new Picky();
    picky.come.push('unwanted', 'wanted 1', 'wanted 2', 'unwanted', 'wanted 3', 'unwanted');
    for (let i = 1; i <= 3; i++) expect(String(picky.sieve.receive())).to.equal(`wanted ${i}`);
    expect(picky.sieve.receive()).to.equal(undefined);
    expect(picky.agains).to.equal(0);
  });

  it('gives what it has found to be there, once, whatever comes to be unwanted', () => {
    const picky = new Picky();
    expect(picky.sieve.hasIn()).to.equal(false);
    picky.come.push('wanted 1', 'wanted 2');
    for (let i = 0; i < 3; i++) expect(picky.sieve.hasIn()).to.equal(true);
    picky.xwants = () => false;
    expect(String(picky.sieve.receive())).to.equal('wanted 1');
    expect(picky.sieve.hasIn()).to.equal(false);
  });

  it('passes over a thousand at a stretch, and then lets others have their turn before it goes on', async () => {
    const picky = new Picky().unwanted(2500);
    picky.come.push('wanted');
    expect(picky.sieve.receive()).to.equal(undefined);
    expect(picky.come).to.have.lengthOf(1501);
    expect(picky.sieve.hasIn()).to.equal(false);
    expect(picky.come).to.have.lengthOf(501);
    // Whoever blocks looks again at once, and whoever awaits in the next turn, told once.
    expect(picky.agains).to.equal(2);
    expect(picky.progressed).to.equal(0);
    await turn();
    expect(picky.progressed).to.equal(1);
    expect(String(picky.sieve.receive())).to.equal('wanted');
  });

  it('does not go on for a socket that was closed meanwhile', async () => {
    const picky = new Picky().unwanted(1001);
    expect(picky.sieve.hasIn()).to.equal(false);
    picky.closed = true;
    await turn();
    expect(picky.progressed).to.equal(0);
  });
});
