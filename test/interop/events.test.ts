import { expect } from 'chai';
import { Pull, Push } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { play, type ScenarioName, type Stories } from '../support/event-scenarios.js';
import { SocksProxy } from '../support/socks-proxy.js';
import { useStage } from '../support/stage.js';

interface Part {
  readonly module: string;
  readonly name: ScenarioName;
  readonly endpoint: string;
  readonly proxy: string;
}

/** Plays a scenario with libzmq's sockets, as zeromq.js brings them, and tells what they told. */
const judge: Program<Part> = async (_library, line, { module, name, endpoint, proxy }) => {
  const { play } = (await import(module)) as typeof import('../support/event-scenarios.js');
  const zeromq = (await import('zeromq')) as unknown as Parameters<typeof play>[0];
  line.post(await play(zeromq, name, endpoint, {}, proxy));
};

/** A proxy's reply. */
const REFUSED = 5;

const SCENARIOS = new URL('../support/event-scenarios.js', import.meta.url).href;

describe('Our events are zeromq.js’s', () => {
  const stage = useStage();

  async function proxy(): Promise<string> {
    return (await SocksProxy.open(stage, { replies: [REFUSED] })).address;
  }

  async function compare(name: ScenarioName): Promise<Stories> {
    const part: Part = {
      module: SCENARIOS,
      name,
      endpoint: await stage.freeEndpoint(),
      proxy: await proxy(),
    };
    const theirs = await stage.process(judge, part).next<Stories>();
    const common = { context: stage.context };
    const endpoint = await stage.freeEndpoint();
    const ours = await play({ Push, Pull }, name, endpoint, common, await proxy());
    expect(ours).to.deep.equal(theirs);
    return ours;
  }

  it('when two sockets meet and part', async () => {
    const { push } = await compare('meetAndPart');
    expect(push).to.deep.equal(['connect:delay here', 'connect here', 'handshake here', 'end']);
  });

  it('when one waits for the other, and for its return', async () => {
    const { push } = await compare('waitAndReturn');
    expect(push.slice(0, 4)).to.deep.equal([
      'connect:delay here',
      'close here',
      'connect:retry here',
      'connect:delay here',
    ]);
  });

  it('when a proxy stands between them, and refuses at first: it is the proxy that they name', async () => {
    const { push } = await compare('throughProxy');
    expect(push).to.deep.equal([
      'connect:delay here',
      'close here',
      'connect:retry here',
      'connect:delay here',
      'connect here',
      'handshake here',
      'end',
    ]);
  });
});
