import { expect } from 'chai';
import { Pull, Push } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { play, type ScenarioName, type Stories, type Story } from '../support/event-scenarios.js';
import { SocksProxy } from '../support/socks-proxy.js';
import { useTidyStage } from '../support/stage.js';

interface Part {
  readonly module: string;
  readonly name: ScenarioName;
  readonly endpoint: string;
  /** For the scenario that has one. */
  readonly proxy: string;
}

/** A proxy's reply. */
const REFUSED = 5;

/** Plays a scenario with libzmq's sockets, as zeromq.js brings them, and tells what they told. */
const judge: Program<Part> = async (_library, line, { module, name, endpoint, proxy }) => {
  const { play } = (await import(module)) as typeof import('../support/event-scenarios.js');
  const zeromq = (await import('zeromq')) as unknown as Parameters<typeof play>[0];
  line.post(await play(zeromq, name, endpoint, {}, proxy));
};

const SCENARIOS = new URL('../support/event-scenarios.js', import.meta.url).href;

describe('Our events are zeromq.js’s', () => {
  const stage = useTidyStage();

  async function compare(
    transport: 'ipc' | 'tcp',
    name: ScenarioName,
  ): Promise<[Stories, Stories]> {
    const proxy = async (): Promise<string> =>
      name === 'throughProxy' ? (await SocksProxy.open(stage, { replies: [REFUSED] })).address : '';
    const endpoint = await stage.agreed(transport);
    const part: Part = { module: SCENARIOS, name, endpoint, proxy: await proxy() };
    const theirs = await stage.process(judge, part).next<Stories>();
    const { context } = stage;
    const other = await stage.agreed(transport);
    const ours = await play({ Push, Pull }, name, other, { context }, await proxy());
    return [ours, theirs];
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    /** libzmq connects to a Unix socket at once, and then says nothing of an attempt. */
    const attempts = (story: Story): Story =>
      transport === 'tcp' ? story : story.filter((event) => event !== 'connect:delay here');

    describe(`over ${transport}`, () => {
      it('when two sockets meet and part', async () => {
        const [ours, theirs] = await compare(transport, 'meetAndPart');
        expect(ours.push).to.deep.equal([
          'connect:delay here',
          'connect here',
          'handshake here',
          'end',
        ]);
        expect(attempts(ours.push)).to.deep.equal(theirs.push);
        expect(ours.pull).to.deep.equal(theirs.pull);
      });

      it('when one waits for the other, and for its return', async () => {
        const [ours, theirs] = await compare(transport, 'waitAndReturn');
        expect(ours.push.slice(0, 4)).to.deep.equal([
          'connect:delay here',
          'close here',
          'connect:retry here',
          'connect:delay here',
        ]);
        expect(attempts(ours.push)).to.deep.equal(theirs.push);
        expect(ours.pull).to.deep.equal(theirs.pull);
      });

      it('when one binds, unbinds, binds again and is closed', async () => {
        const [ours, theirs] = await compare(transport, 'unbindAndClose');
        expect(ours.pull).to.deep.equal([
          'bind here',
          'close here',
          'bind here',
          'close here',
          'end',
        ]);
        expect(ours).to.deep.equal(theirs);
      });

      for (const [name, code] of [
        ['stranger mechanism', 'ERR_ZMTP_MECHANISM_MISMATCH'],
        ['stranger command', 'ERR_ZMTP_UNEXPECTED_COMMAND'],
        ['stranger message', 'ERR_ZMTP_UNEXPECTED_COMMAND'],
      ] as const) {
        it(`when a ${name.replace(' ', ' with a wrong ')} comes: ${code}`, async () => {
          const [ours, theirs] = await compare(transport, name);
          expect(ours.pull[2]).to.equal(`handshake:error:protocol here ${code}`);
          expect(ours).to.deep.equal(theirs);
        });
      }

      it('when a stranger goes before it has said anything', async () => {
        // How the end of a connection shows is a matter of chance: ECONNRESET or EPIPE.
        const parted = ({ pull }: Stories): Story => pull.map((event) => event.replace(/ E.*/, ''));
        const [ours, theirs] = await compare(transport, 'stranger nothing');
        expect(parted(ours)).to.include('handshake:error:other here');
        expect(parted(ours)).to.deep.equal(parted(theirs));
      });

      for (const [name, code] of [
        ['stranger metadata', 'ERR_ZMTP_INVALID_METADATA'],
        ['stranger type', 'ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE'],
      ] as const) {
        it(`and say ${code}, too, of which libzmq says nothing`, async () => {
          const [ours, theirs] = await compare(transport, name);
          const error = `handshake:error:protocol here ${code}`;
          expect(ours.pull[2]).to.equal(error);
          expect(ours.pull.filter((event) => event !== error)).to.deep.equal(theirs.pull);
        });
      }
    });
  }

  it('when a bind fails, but for libzmq’s close before it', async () => {
    const [ours, theirs] = await compare('tcp', 'bindInVain');
    expect(ours.push).to.deep.equal(theirs.push);
    expect(ours.pull).to.deep.equal(['bind:error here EADDRINUSE', 'end']);
    // libzmq has the port alone at that moment.
    expect(theirs.pull).to.deep.equal(['close', 'bind:error elsewhere EADDRINUSE', 'end']);
  });

  it('when a proxy stands between them, and refuses at first: it is the proxy that they name', async () => {
    const [ours, theirs] = await compare('tcp', 'throughProxy');
    expect(ours.push).to.deep.equal([
      'connect:delay here',
      'close here',
      'connect:retry here',
      'connect:delay here',
      'connect here',
      'handshake here',
      'end',
    ]);
    expect(ours).to.deep.equal(theirs);
  });
});
