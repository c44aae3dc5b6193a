import { expect } from 'chai';
import { Peer } from '../../src/draft.js';
import { useTidyStage } from '../support/stage.js';
import { draftPeer } from './programs.js';

const ANYWHERE = 'tcp://127.0.0.1:*';

describe('With a PEER of libzmq’s, which calls zmq_connect_peer and knows whom a message is for', () => {
  const stage = useTidyStage();

  it('each of several of ours is answered by its number', async () => {
    const { context } = stage;
    const [endpoint] = await draftPeer(stage, 'answerer', ANYWHERE).lines(1);
    const ours = Array.from({ length: 3 }, () => new Peer({ context }));
    const numbers = new Set<string>();
    for (const [i, peer] of ours.entries()) {
      const routingId = peer.connectPeer(endpoint!);
      for (let round = 0; round < 3; round++) {
        await peer.send(`${i} ${round}`, { routingId });
        const [answer, from] = await peer.receive();
        expect(from).to.deep.equal({ routingId });
        const [, said, number] = /^(.*) from (\d+)$/.exec(String(answer))!;
        expect(said).to.equal(`${i} ${round}`);
        numbers.add(`${i} ${number!}`);
      }
    }
    // Each has one number, and no two the same.
    expect(numbers).to.have.property('size', 3);
    expect(new Set([...numbers].map((number) => number.split(' ')[1]))).to.have.property('size', 3);
  });

  it('ours are called by the numbers that it has from zmq_connect_peer, and it has EHOSTUNREACH for others', async () => {
    const { context } = stage;
    const ours = Array.from({ length: 3 }, () => new Peer({ context }));
    for (const peer of ours) await peer.bind(ANYWHERE);
    const theirs = draftPeer(stage, 'caller', ...ours.map(({ lastEndpoint }) => lastEndpoint!));
    for (const [i, peer] of ours.entries()) {
      const [called, from] = await peer.receive();
      expect(String(called)).to.equal(`to ${i}`);
      await peer.send(`answer ${i}`, from);
    }
    expect(await theirs.ended, theirs.stderr).to.equal(0);
    const lines = theirs.stdout.trim().split('\n');
    expect(lines.slice(0, 3).sort()).to.deep.equal([0, 1, 2].map((i) => `answer ${i} from ${i}`));
    expect(lines.slice(3)).to.deep.equal(['Host unreachable']);
  });
});
