import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { Dealer, Pull, Push, Reply, Router, type Context, type Socket } from '../../src/index.js';
import { useTidyStage } from '../support/stage.js';
import { join, TRANSPORTS } from './both-ends.js';

const PEERS = ['A', 'B', 'C'];
const ROUNDS = 4;

interface Peer extends Socket {
  send(message: string[]): Promise<void>;
}

interface Receiver extends Socket {
  receive(): Promise<Buffer[]>;
}

/** Each receives from three peers; `after` is what has to come before it receives the next. */
const RECEIVERS: readonly {
  readonly name: string;
  readonly open: (context: Context) => Receiver;
  readonly peer: (context: Context) => Peer;
  readonly envelope: readonly string[];
  readonly after?: (receiver: Receiver) => Promise<void>;
}[] = [
  {
    name: 'spec_pushpull: a PULL',
    open: (context) => new Pull({ context }),
    peer: (context) => new Push({ context }),
    envelope: [],
  },
  {
    name: 'spec_rep: a REP',
    open: (context) => new Reply({ context }),
    peer: (context) => new Dealer({ context }),
    envelope: [''],
    after: (reply) => (reply as unknown as Peer).send(['answer']),
  },
  {
    name: 'spec_dealer: a DEALER',
    open: (context) => new Dealer({ context }),
    peer: (context) => new Dealer({ context }),
    envelope: [],
  },
  {
    name: 'spec_router: a ROUTER',
    open: (context) => new Router({ context }),
    peer: (context) => new Dealer({ context }),
    envelope: [],
  },
];

describe('As libzmq’s own tests show of taking turns', () => {
  const stage = useTidyStage();

  for (const transport of TRANSPORTS) {
    for (const { name, open, peer, envelope, after } of RECEIVERS) {
      it(`${name} takes one message of each peer in turn, over ${transport}`, async () => {
        const { context } = stage;
        const receiver = open(context);
        const peers = PEERS.map(() => peer(context));
        await join(stage, transport, receiver, ...peers);
        for (const [at, name] of PEERS.entries()) {
          for (let round = 0; round < ROUNDS; round++) {
            await peers[at]!.send([...envelope, name, `${round}`]);
          }
        }
        await arrived(context, receiver, PEERS.length * ROUNDS);
        const came: string[] = [];
        while (came.length < PEERS.length * ROUNDS) {
          const message = await receiver.receive();
          came.push(message.slice(-2).map(String).join(' '));
          await after?.(receiver);
        }
        const first = came.slice(0, PEERS.length).map((said) => said[0]!);
        expect([...first].sort()).to.deep.equal(PEERS);
        // Whose message came first is a matter of chance; from there on it goes round.
        const expected = Array.from({ length: ROUNDS }, (_, round) =>
          first.map((name) => `${name} ${round}`),
        );
        expect(came).to.deep.equal(expected.flat());
      });
    }
  }
});

/** Resolves when so many messages lie in the receiver's pipes, wherever they came from. */
async function arrived(context: Context, receiver: Socket, count: number): Promise<void> {
  for (;;) {
    const { sockets, pipes } = context.stats();
    const own = sockets.find(({ type }) => type === receiver.constructor.name);
    const there = pipes.filter(({ to }) => to?.socket === own?.id && to?.slot === own?.slot);
    if (there.reduce((sum, { written }) => sum + written, 0) >= count) return;
    await turn();
  }
}
