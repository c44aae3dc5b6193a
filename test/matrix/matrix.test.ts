import { expect } from 'chai';
import type { Form, Recipe } from '../support/performer.js';
import { PLACES, type AnySocket, type End } from '../support/places.js';
import { useSharedStage } from '../support/stage.js';
import { body, digest, SIZES } from './bodies.js';

/** A pattern, as a pair of sockets between which a message makes its way. */
interface Pattern {
  readonly name: string;
  readonly types: readonly ['Push' | 'Request', 'Pull' | 'Reply'];
  /** Carries a message across, in both directions where the pattern has two; answers what arrived. */
  carry(sender: AnySocket, receiver: AnySocket, form: Form, message: Recipe): Promise<Buffer[][]>;
}

const PATTERNS: readonly Pattern[] = [
  {
    name: 'PUSH to PULL',
    types: ['Push', 'Pull'],
    async carry(push, pull, form, message) {
      await push.send(form, message);
      return [await pull.receive(form)];
    },
  },
  {
    name: 'REQ to REP and back',
    types: ['Request', 'Reply'],
    async carry(request, reply, form, message) {
      await request.send(form, message);
      const there = await reply.receive(form);
      await reply.send(form, there);
      return [there, await request.receive(form)];
    },
  },
];

const FORMS: readonly Form[] = ['await', 'sync', 'try', 'for await'];

interface Value {
  readonly name: string;
  readonly message: Recipe;
  readonly arrives: readonly (string | Buffer)[];
  /** A process's channel does not carry it. */
  readonly onlyThreads?: boolean;
}

const shared = new SharedArrayBuffer(3);
new Uint8Array(shared).set([1, 2, 3]);

const VALUES: readonly Value[] = [
  { name: 'a string, as UTF-8', message: 'grüße 世界 🧵', arrives: ['grüße 世界 🧵'] },
  { name: 'an empty string', message: '', arrives: [''] },
  { name: 'null, as an empty part', message: null, arrives: [''] },
  { name: 'a number, as its text', message: -12.5, arrives: ['-12.5'] },
  {
    name: 'an ArrayBuffer',
    message: Uint8Array.of(9, 8, 7).buffer,
    arrives: [Buffer.from([9, 8, 7])],
  },
  {
    name: 'a SharedArrayBuffer, as its bytes',
    message: shared,
    arrives: [Buffer.from([1, 2, 3])],
    onlyThreads: true,
  },
  {
    name: 'a view, as the bytes that it shows',
    message: new Uint16Array(Uint8Array.of(0, 0, 1, 2, 3, 4, 0, 0).buffer, 2, 2),
    arrives: [Buffer.from([1, 2, 3, 4])],
  },
  {
    name: 'a DataView',
    message: new DataView(Uint8Array.of(5, 6, 7).buffer, 1),
    arrives: [Buffer.from([6, 7])],
  },
  {
    name: 'several parts, empty ones first, between and last',
    message: ['', 'a', null, Buffer.from('b'), 3, ''],
    arrives: ['', 'a', '', 'b', '3', ''],
  },
];

for (const place of PLACES) {
  for (const transport of place.transports) {
    for (const pattern of PATTERNS) {
      describe(`${pattern.name} over ${transport} ${place.name}`, () => {
        const stage = useSharedStage();
        const open: AnySocket[] = [];
        let ends: [End, End];

        before(async () => {
          ends = await place.ends(stage);
        });

        afterEach(async () => {
          for (const socket of open.splice(0)) await socket.close();
        });

        async function sockets(): Promise<[sender: AnySocket, receiver: AnySocket]> {
          const sender = await ends[0].open(pattern.types[0]);
          open.push(sender);
          const receiver = await ends[1].open(pattern.types[1]);
          open.push(receiver);
          return [sender, receiver];
        }

        async function connected(): Promise<[sender: AnySocket, receiver: AnySocket]> {
          const [sender, receiver] = await sockets();
          await sender.connect(await receiver.bind(stage.wildcard(transport)));
          return [sender, receiver];
        }

        for (const form of FORMS) {
          it(`carries bodies of any size whole (${form})`, async () => {
            const [sender, receiver] = await connected();
            for (const size of SIZES) {
              const sent = body(size);
              for (const [arrived] of await pattern.carry(sender, receiver, form, sent)) {
                expect(digest(arrived!)).to.equal(digest(sent));
              }
            }
          });
        }

        it('carries parts of any size in one message', async () => {
          const [sender, receiver] = await connected();
          const parts = SIZES.map((size) => body(size));
          for (const arrived of await pattern.carry(sender, receiver, 'await', parts)) {
            expect(arrived.map(digest)).to.deep.equal(parts.map(digest));
          }
        });

        it('carries whatever can be a message', async () => {
          const [sender, receiver] = await connected();
          for (const { name, message, arrives, onlyThreads } of VALUES) {
            if (onlyThreads === true && place.name === 'in two processes') continue;
            for (const arrived of await pattern.carry(sender, receiver, 'await', message)) {
              const expected = arrives.map((part) => Buffer.from(part as Buffer).toString('hex'));
              expect(
                arrived.map((part) => part.toString('hex')),
                name,
              ).to.deep.equal(expected);
            }
          }
        });

        it('works when the receiver binds and the sender came first', async () => {
          const endpoint = await stage.agreed(transport);
          const [sender, receiver] = await sockets();
          await sender.connect(endpoint);
          await receiver.bind(endpoint);
          const arrived = await pattern.carry(sender, receiver, 'await', 'early');
          expect(arrived.map(String)).to.deep.equal(arrived.map(() => 'early'));
        });

        it('works when the sender binds', async () => {
          const [sender, receiver] = await sockets();
          await receiver.connect(await sender.bind(stage.wildcard(transport)));
          const arrived = await pattern.carry(sender, receiver, 'await', 'round');
          expect(arrived.map(String)).to.deep.equal(arrived.map(() => 'round'));
        });

        it('works when the sender binds and the receiver came first', async () => {
          const endpoint = await stage.agreed(transport);
          const [sender, receiver] = await sockets();
          await receiver.connect(endpoint);
          await sender.bind(endpoint);
          const arrived = await pattern.carry(sender, receiver, 'await', 'early');
          expect(arrived.map(String)).to.deep.equal(arrived.map(() => 'early'));
        });

        it('keeps the order of a thousand messages', async () => {
          const [sender, receiver] = await connected();
          const count = 1000;
          if (pattern.types[0] === 'Push') {
            for (let i = 0; i < count; i++) await sender.send('await', String(i));
            for (let i = 0; i < count; i++) {
              expect(String(await receiver.receive('await'))).to.equal(String(i));
            }
          } else {
            for (let i = 0; i < count / 10; i++) {
              const arrived = await pattern.carry(sender, receiver, 'await', String(i));
              expect(arrived.map(String)).to.deep.equal([String(i), String(i)]);
            }
          }
        });
      });
    }

    describe(`PUSH and several PULLs over ${transport} ${place.name}`, () => {
      const stage = useSharedStage();
      let ends: [End, End];
      const open: AnySocket[] = [];

      before(async () => {
        ends = await place.ends(stage);
      });

      afterEach(async () => {
        for (const socket of open.splice(0)) await socket.close();
      });

      it('deals 100 messages out to four attached PULLs in turn, 25 to each', async () => {
        const push = await ends[0].open('Push');
        open.push(push);
        const pulls: AnySocket[] = [];
        for (let i = 0; i < 4; i++) {
          const pull = await ends[1].open('Pull');
          open.push(pull);
          pulls.push(pull);
          // The pipe of a connect is there at once, so all are attached before the first message.
          await push.connect(await pull.bind(stage.wildcard(transport)));
        }
        for (let i = 0; i < 100; i++) await push.send('await', String(i));
        const shares: number[][] = [];
        for (const pull of pulls) {
          const share: number[] = [];
          for (let i = 0; i < 25; i++) share.push(Number(String(await pull.receive('await'))));
          shares.push(share);
        }
        // A cycle: whoever is first, each share goes up in steps of four.
        for (const share of shares) {
          expect(share).to.deep.equal(share.map((_, i) => share[0]! + 4 * i));
        }
        expect(shares.map(([first]) => first).sort()).to.deep.equal([0, 1, 2, 3]);
      });

      it('takes from four PUSHes in turn while each has messages', async () => {
        const pull = await ends[1].open('Pull');
        open.push(pull);
        const pushes: AnySocket[] = [];
        for (let i = 0; i < 4; i++) {
          const push = await ends[0].open('Push');
          open.push(push);
          pushes.push(push);
          // Each PUSH binds, so that the PULL's four pipes are there before any message.
          await pull.connect(await push.bind(stage.wildcard(transport)));
          await push.send('await', `ready ${i}`);
          expect(String(await pull.receive('await'))).to.equal(`ready ${i}`);
        }
        const rounds = 25;
        for (const [i, push] of pushes.entries()) {
          for (let n = 0; n < rounds; n++) await push.send('await', `${i}`);
          await push.send('await', 'last');
        }
        const taken: string[] = [];
        let last = 0;
        while (last < 4) {
          const message = String(await pull.receive('await'));
          if (message === 'last') last++;
          else taken.push(message);
        }
        for (const [i] of pushes.entries()) {
          expect(taken.filter((from) => from === String(i))).to.have.lengthOf(rounds);
        }
        // Over ipc and tcp some may still have been on their way when it was a PUSH's turn.
        if (transport === 'inproc') {
          expect(taken).to.deep.equal(taken.map((_, n) => taken[n % 4]));
          expect(new Set(taken.slice(0, 4))).to.have.property('size', 4);
        }
      });
    });
  }
}
