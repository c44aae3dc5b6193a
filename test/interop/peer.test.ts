import { expect } from 'chai';
import type { Socket as ZeromqSocket } from 'zeromq';
import { Peer } from '../../src/draft.js';
import { body, digest, SIZES } from '../support/bodies.js';
import type { Program, ProcessElsewhere } from '../support/elsewhere.js';
import { useTidyStage } from '../support/stage.js';

interface Part {
  readonly endpoint: string;
  readonly role: 'bind' | 'connect';
}

/**
 * A PEER of libzmq's that tells what it receives. zeromq.js cannot say whom a message of one is for; what a PEER says
 * unasked is its helloMessage.
 */
const listener: Program<Part> = async (_library, line, { endpoint, role }) => {
  const { createHash } = await import('node:crypto');
  const { Socket } = await import('zeromq');
  const PEER = 19;
  const HELLO = 110;
  const Raw = Socket as unknown as new (
    type: number,
    options: object,
  ) => ZeromqSocket & { receive(): Promise<[Buffer]> };
  class Peer extends Raw {
    constructor() {
      super(PEER, { linger: 0 });
      this.setStringOption(HELLO, 'hello');
    }
  }
  const peer = new Peer();
  if (role === 'bind') await peer.bind(endpoint);
  else peer.connect(endpoint);
  line.post(peer.lastEndpoint);
  for (;;) {
    const [received] = await peer.receive();
    const hash = createHash('sha1').update(received).digest('hex');
    line.post(`${received.length} bytes, ${hash}`);
  }
};

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`A PEER of libzmq’s over ${transport}`, () => {
    const stage = useTidyStage();

    for (const role of ['bind', 'connect'] as const) {
      /** One of ours, and the routing id that it gives to libzmq's, which has said hello. */
      async function met(): Promise<
        [ours: Peer, id: { routingId: number }, theirs: ProcessElsewhere]
      > {
        const ours = new Peer({ context: stage.context });
        let endpoint = stage.wildcard(transport);
        if (role === 'connect') {
          await ours.bind(endpoint);
          endpoint = ours.lastEndpoint!;
        }
        const theirs = stage.process(listener, { endpoint, role }, { early: true });
        const bound = await theirs.next<string>();
        const connected = role === 'bind' ? ours.connectPeer(bound) : undefined;
        const [hello, id] = await ours.receive();
        expect(String(hello)).to.equal('hello');
        if (connected !== undefined) expect(id.routingId).to.equal(connected);
        return [ours, id, theirs];
      }

      it(`that does ${role} says hello, and gets bodies of any size, in order`, async () => {
        const [ours, id, theirs] = await met();
        for (const size of SIZES) await ours.send(body(size), id);
        for (const size of SIZES) expect(await theirs.next()).to.equal(digest(body(size)));
      });
    }
  });
}
