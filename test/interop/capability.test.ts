import { expect } from 'chai';
import { capability, curveKeyPair, Push } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { failureNow } from '../support/expect-error.js';
import { useTidyStage } from '../support/stage.js';

interface Theirs {
  readonly capability: Record<string, boolean>;
  readonly keys: Record<string, string>;
}

/** What zeromq.js says that its libzmq can do, and what a pair of its keys is like. */
const judge: Program<undefined> = async (_library, line) => {
  const zeromq = await import('zeromq');
  line.post({ capability: zeromq.capability, keys: zeromq.curveKeyPair() });
};

describe('What can be done', () => {
  const stage = useTidyStage();

  it('is told under zeromq.js’s names, as it is here', async () => {
    const theirs = await stage.process(judge).next<Theirs>();
    expect(Object.keys(capability).sort()).to.deep.equal(Object.keys(theirs.capability).sort());
    const here = Object.entries(capability).filter(([, can]) => can);
    expect(here.map(([name]) => name)).to.deep.equal(['ipc', 'draft']);
    // Nothing of it is missing there.
    for (const [name] of here) expect(theirs.capability[name], name).to.equal(true);
  });

  it('is no more than what there is', async () => {
    const push = new Push({ context: stage.context });
    await push.bind('ipc://*');
    for (const scheme of ['pgm', 'tipc', 'norm'] as const) {
      expect(capability[scheme]).to.equal(false);
      failureNow('EPROTONOSUPPORT', () => push.connect(`${scheme}://127.0.0.1:5555`));
    }
  });

  it('has no keys for CURVE, and says so', async () => {
    const { keys } = await stage.process(judge).next<Theirs>();
    expect(Object.keys(keys).sort()).to.deep.equal(['publicKey', 'secretKey']);
    expect(capability.curve).to.equal(false);
    const { message } = failureNow('ENOTSUP', () => curveKeyPair());
    expect(message).to.equal('CURVE is not supported');
  });
});
