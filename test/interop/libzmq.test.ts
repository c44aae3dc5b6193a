import { expect } from 'chai';
import { Pull } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { Performer, type TypeName } from '../support/performer.js';
import {
  endsWithStage,
  here,
  PERFORMER,
  there,
  type AnySocket,
  type End,
} from '../support/places.js';
import { useSharedStage, useStage } from '../support/stage.js';
import { body, digest, SIZES } from '../matrix/bodies.js';

/** A process that performs with libzmq, as zeromq.js brings it; a crash of it costs no more than itself. */
const judge: Program<string> = async (_library, line, module) => {
  const { perform, Performer } = (await import(module)) as typeof import('../support/performer.js');
  const zeromq = await import('zeromq');
  await perform(line, new Performer({ linger: 0 }, zeromq));
};

const PAIRS: readonly (readonly [TypeName, TypeName])[] = [
  ['Push', 'Pull'],
  ['Request', 'Reply'],
];

const PEERS = [
  ['receives', 'tcp'],
  ['receives', 'ipc'],
  ['sends', 'tcp'],
  ['sends', 'ipc'],
] as const;

for (const [theirs, transport] of PEERS) {
  for (const [sending, receiving] of PAIRS) {
    const ourType = theirs === 'receives' ? sending : receiving;
    describe(`Our ${ourType}, with a libzmq peer that ${theirs} over ${transport}`, () => {
      const stage = useSharedStage();
      const open: AnySocket[] = [];
      let ends: { sender: End; receiver: End };

      before(() => {
        const child = stage.process(judge, PERFORMER);
        endsWithStage(stage, child);
        const ours = here(new Performer({ context: stage.context }));
        ends =
          theirs === 'receives'
            ? { sender: ours, receiver: there(child) }
            : { sender: there(child), receiver: ours };
      });

      afterEach(async () => {
        for (const socket of open.splice(0)) await socket.close();
      });

      async function sockets(): Promise<[sender: AnySocket, receiver: AnySocket]> {
        const sender = await ends.sender.open(sending);
        open.push(sender);
        const receiver = await ends.receiver.open(receiving);
        open.push(receiver);
        return [sender, receiver];
      }

      /** Carries a message over, and back if the pattern has a way back. */
      async function expectCarried(
        [sender, receiver]: [AnySocket, AnySocket],
        parts: Buffer[],
      ): Promise<void> {
        await sender.send('await', parts);
        const arrived = await receiver.receive('await');
        expect(arrived.map(digest)).to.deep.equal(parts.map(digest));
        if (sending !== 'Request') return;
        await receiver.send('await', arrived);
        expect((await sender.receive('await')).map(digest)).to.deep.equal(parts.map(digest));
      }

      it('carries bodies of any size', async () => {
        const pair = await sockets();
        await pair[0].connect(await pair[1].bind(stage.wildcard(transport)));
        for (const size of SIZES) await expectCarried(pair, [body(size)]);
      });

      it('carries messages of many parts', async () => {
        const pair = await sockets();
        await pair[0].connect(await pair[1].bind(stage.wildcard(transport)));
        await expectCarried(
          pair,
          SIZES.map((size) => body(size)),
        );
        await expectCarried(pair, [body(0), body(1), body(0), body(0)]);
      });

      it('carries them when the sender binds', async () => {
        const pair = await sockets();
        await pair[1].connect(await pair[0].bind(stage.wildcard(transport)));
        for (const size of SIZES) await expectCarried(pair, [body(size)]);
      });

      for (const [first, index] of [
        ['sender', 0],
        ['receiver', 1],
      ] as const) {
        it(`finds its peer when the ${first} came first`, async () => {
          const endpoint = await stage.agreed(transport);
          const pair = await sockets();
          await pair[index].connect(endpoint);
          await pair[1 - index]!.bind(endpoint);
          await expectCarried(pair, [body(100)]);
        });
      }

      it('keeps the order of a thousand messages', async () => {
        const pair = await sockets();
        await pair[0].connect(await pair[1].bind(stage.wildcard(transport)));
        if (sending === 'Request') {
          for (let i = 0; i < 100; i++) await expectCarried(pair, [body(i)]);
          return;
        }
        for (let i = 0; i < 1000; i++) await pair[0].send('await', String(i));
        for (let i = 0; i < 1000; i++) {
          expect(String(await pair[1].receive('await'))).to.equal(String(i));
        }
      });
    });
  }
}

/** Before 1.48 libuv fills abstract names up with zeros, and nobody else finds them. See docs/transports/ipc.md. */
const [major, minor] = process.versions.uv.split('.').map(Number) as [number, number];
if (process.platform === 'linux' && (major > 1 || minor >= 48)) {
  describe('A libzmq peer over an abstract name', () => {
    const stage = useStage();

    for (const binder of ['ours', 'theirs']) {
      it(`that is ${binder} carries messages`, async () => {
        const endpoint = `ipc://@loomwire-test-${process.pid}-${binder}`;
        const child = stage.process(judge, PERFORMER);
        endsWithStage(stage, child);
        const push = await here(new Performer({ context: stage.context })).open('Push');
        const pull = await there(child).open('Pull');
        if (binder === 'ours') await pull.connect(await push.bind(endpoint));
        else await push.connect(await pull.bind(endpoint));
        await push.send('await', 'message');
        expect((await pull.receive('await')).map(String)).to.deep.equal(['message']);
        await pull.close();
      });
    }
  });
}

describe('The heartbeats of a libzmq peer', () => {
  const stage = useStage();

  /** Sends when it is told to, with a heartbeat each 100 ms, and says what became of its connection. */
  const beating: Program<string> = async (_library, line, endpoint) => {
    const { Push } = await import('zeromq');
    const push = new Push({ linger: 0, heartbeatInterval: 100, heartbeatTimeout: 300 });
    const events: string[] = [];
    for (const type of ['handshake', 'disconnect', 'connect:retry'] as const) {
      push.events.on(type, () => events.push(type));
    }
    push.connect(endpoint);
    for (;;) {
      const said = await line.next();
      if (said === null) break;
      await push.send(said as string);
    }
    line.post(events);
    push.close();
    process.exit(0);
  };

  const BUSY_MILLISECONDS = 2000;

  const busy: Record<string, (pull: Pull) => void> = {
    computes: () => {
      const end = performance.now() + BUSY_MILLISECONDS;
      let sum = 0;
      while (performance.now() < end) for (let i = 0; i < 1e5; i++) sum += i;
      expect(sum).to.be.greaterThan(0);
    },
    blocks: (pull) => {
      pull.receiveTimeout = BUSY_MILLISECONDS;
      expect(() => pull.receiveSync()).to.throw('timed out');
      pull.receiveTimeout = -1;
    },
  };

  for (const [name, work] of Object.entries(busy)) {
    it(`are answered while the application’s thread ${name} for two seconds`, async () => {
      const pull = new Pull({ context: stage.context });
      await pull.bind('tcp://127.0.0.1:*');
      const child = stage.process(beating, pull.lastEndpoint!);
      child.post('before');
      expect(String(await pull.receive())).to.equal('before');
      work(pull);
      child.post('after');
      expect(String(await pull.receive())).to.equal('after');
      child.post(null);
      expect(await child.next()).to.deep.equal(['handshake']);
    });
  }
});
