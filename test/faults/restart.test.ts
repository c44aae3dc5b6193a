import { expect } from 'chai';
import { failure } from '../support/expect-error.js';
import { judge } from '../support/judge.js';
import { Performer, type TypeName } from '../support/performer.js';
import { here, performer, PERFORMER, there, type AnySocket, type End } from '../support/places.js';
import { untilHeard } from '../support/reaching.js';
import { useTidyStage, type Stage } from '../support/stage.js';

const SOON = { reconnectInterval: 10 };

/** Who sends, and who receives. */
const PAIRS: readonly (readonly [TypeName, TypeName])[] = [
  ['Push', 'Pull'],
  ['Publisher', 'Subscriber'],
  ['Dealer', 'Router'],
];

const TRANSPORTS = ['tcp', 'ipc'] as const;

for (const transport of TRANSPORTS) {
  for (const [peers, program] of [
    ['ours', undefined],
    ['libzmq’s', judge],
  ] as const) {
    for (const [killed, role] of ['senders', 'receivers'].entries()) {
      for (const staying of ['binds', 'connects'] as const) {
        describe(`Killed and restarted ${role} that are ${peers} over ${transport}`, () => {
          const stage = useTidyStage();

          it(`are found by the one that stayed and ${staying}`, async () => {
            const end = here(new Performer({ context: stage.context, linger: 0 }));
            const stayed: { socket: AnySocket; endpoint: string }[] = [];
            for (const pair of PAIRS) {
              const type = pair[1 - killed]!;
              const socket = await end.open(type, SOON);
              const endpoint = await stage.agreed(transport);
              if (type === 'Subscriber') await socket.subscribe();
              await (staying === 'binds' ? socket.bind(endpoint) : socket.connect(endpoint));
              stayed.push({ socket, endpoint });
            }
            for (let life = 0; life < 2; life++) {
              const { end: other, kill } = mortal(stage, program);
              for (const [i, pair] of PAIRS.entries()) {
                const { socket: ours, endpoint } = stayed[i]!;
                const type = pair[killed]!;
                // The DEALER that comes again is the same to its ROUTER.
                const named = type === 'Dealer' ? { routingId: 'the same' } : {};
                const theirs = await other.open(type, { ...SOON, ...named });
                if (type === 'Subscriber') await theirs.subscribe();
                await (staying === 'binds' ? theirs.connect(endpoint) : theirs.bind(endpoint));
                const [sender, receiver] = killed === 0 ? [theirs, ours] : [ours, theirs];
                await untilHeard(sender, receiver);
                await sender.send('await', 'message');
                const arrived = await receiver.receive('await');
                expect(String(arrived.at(-1)), type).to.equal('message');
                if (pair[0] !== 'Dealer') continue;
                await receiver.send('await', [arrived[0]!, 'answer']);
                expect(String(await sender.receive('await')), type).to.equal('answer');
              }
              await kill();
            }
          });
        });
      }
    }
  }

  describe(`REQ and REP over ${transport}`, () => {
    const stage = useTidyStage();
    let end: End;

    beforeEach(() => {
      end = here(new Performer({ context: stage.context, linger: 0 }));
    });

    async function ask(request: AnySocket, reply: AnySocket, question: string): Promise<void> {
      await request.send('await', question);
      expect(String(await reply.receive('await'))).to.equal(question);
      await reply.send('await', `re ${question}`);
      expect(String(await request.receive('await'))).to.equal(`re ${question}`);
    }

    it('find each other when the client came first', async () => {
      const endpoint = await stage.agreed(transport);
      const request = await end.open('Request', SOON);
      await request.connect(endpoint);
      await request.send('await', 'early');
      const reply = await mortal(stage).end.open('Reply');
      await reply.bind(endpoint);
      expect(String(await reply.receive('await'))).to.equal('early');
      await reply.send('await', 're early');
      expect(String(await request.receive('await'))).to.equal('re early');
    });

    it('do not recover when the server is killed with a request; a fresh client does', async () => {
      const endpoint = await stage.agreed(transport);
      const plain = await end.open('Request', { ...SOON, receiveTimeout: 0 });
      await plain.connect(endpoint);
      const first = mortal(stage);
      const taken = await first.end.open('Reply');
      await taken.bind(endpoint);
      await plain.send('await', 'lost');
      expect(String(await taken.receive('await'))).to.equal('lost');
      await first.kill();

      const reply = await mortal(stage).end.open('Reply');
      await reply.bind(endpoint);
      // The restarted server hears of nothing but what fresh clients ask.
      for (let i = 0; i < 3; i++) {
        const fresh = await end.open('Request', SOON);
        await fresh.connect(endpoint);
        await ask(fresh, reply, `fresh ${i}`);
      }
      await failure('EAGAIN', () => plain.receive('await'));
      await failure('EFSM', () => plain.send('await', 'again'));
    });

    it('go on when a client is killed before it has its reply', async () => {
      const reply = await end.open('Reply');
      const endpoint = await reply.bind(stage.wildcard(transport));
      const first = mortal(stage);
      const dying = await first.end.open('Request');
      await dying.connect(endpoint);
      await ask(dying, reply, 'before');
      await dying.send('await', 'last words');
      expect(String(await reply.receive('await'))).to.equal('last words');
      await first.kill();
      await reply.send('await', 're last words');
      const request = await mortal(stage).end.open('Request');
      await request.connect(endpoint);
      await ask(request, reply, 'after');
    });
  });
}

/** Somewhere to make sockets until it is killed; in our library, if not in another. */
function mortal(stage: Stage, other?: typeof judge): { end: End; kill: () => Promise<unknown> } {
  const child =
    other === undefined
      ? stage.process(performer, { module: PERFORMER })
      : stage.process(other, PERFORMER);
  return { end: there(child), kill: () => child.kill() };
}
