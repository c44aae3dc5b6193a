import { expect } from 'chai';
import {
  arrives,
  freeUdpPort,
  MULTICAST,
  nextDatagram,
  plainSocket,
} from '../support/datagrams.js';
import { libzmq } from '../support/judge.js';
import { Performer, type TypeName } from '../support/performer.js';
import { here, type AnySocket, type End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

const UNICAST = 'udp://127.0.0.1';

for (const theirs of ['sender', 'receiver'] as const) {
  describe(`udp, with libzmq’s as the ${theirs}`, () => {
    const stage = useTidySharedStage();
    const open: AnySocket[] = [];
    let senders: End;
    let receivers: End;

    before(() => {
      const ours = here(new Performer({ context: stage.context, linger: 0 }));
      const judge = libzmq(stage);
      [senders, receivers] = theirs === 'sender' ? [judge, ours] : [ours, judge];
    });

    afterEach(async () => {
      for (const socket of open.splice(0)) await socket.close();
    });

    async function opened(end: End, type: TypeName): Promise<AnySocket> {
      const socket = await end.open(type);
      open.push(socket);
      return socket;
    }

    /** A DISH that is bound, and where to. libzmq cannot tell what the system has chosen. */
    async function boundDish(base: string, ...groups: string[]): Promise<[AnySocket, string]> {
      const dish = await opened(receivers, 'Dish');
      await dish.join(...groups);
      const endpoint = `${base}:${await freeUdpPort()}`;
      await dish.bind(endpoint);
      return [dish, endpoint];
    }

    for (const [name, base] of [
      ['unicast', UNICAST],
      ['multicast', MULTICAST],
    ] as const) {
      it(`RADIO and DISH as ${name}: a message comes to who has joined its group`, async () => {
        const [dish, endpoint] = await boundDish(base, 'a', 'all');
        const radio = await opened(senders, 'Radio');
        await radio.connect(endpoint);
        for (const group of ['a', 'all', 'a']) {
          await radio.send('await', ['other', 'unwanted']);
          const { came, text, others } = await arrives(radio, dish, (text) => [group, text]);
          expect(came.map(String)).to.deep.equal([group, text]);
          expect(others).to.deep.equal([]);
        }
      });

      it(`RADIO and DISH as ${name}: bodies and groups of many sizes come as they were sent`, async () => {
        const groups = ['', 'g', 'g'.repeat(127)];
        const [dish, endpoint] = await boundDish(base, ...groups);
        const radio = await opened(senders, 'Radio');
        await radio.connect(endpoint);
        for (const group of groups) {
          for (const size of [0, 1, 255, 256, 8000]) {
            const body = 'x'.repeat(size);
            // Behind it something of which it is known when it has come.
            for (;;) {
              await radio.send('await', [group, body]);
              const { others } = await arrives(radio, dish, (text) => [group, text]);
              if (others.length === 0) continue;
              expect(others[0]!.map(String)).to.deep.equal([group, body]);
              break;
            }
          }
        }
      });
    }

    it('RADIO and DISH as multicast: every member of the group hears it', async () => {
      const [first, endpoint] = await boundDish(MULTICAST, 'a');
      const second = await opened(receivers, 'Dish');
      await second.join('a');
      await second.bind(endpoint);
      const radio = await opened(senders, 'Radio');
      await radio.connect(endpoint);
      for (const dish of [first, second]) await arrives(radio, dish, (text) => ['a', text]);
    });

    it('DISH: a group that was left is heard no more', async () => {
      const [dish, endpoint] = await boundDish(UNICAST, 'left', 'stays');
      const radio = await opened(senders, 'Radio');
      await radio.connect(endpoint);
      await arrives(radio, dish, (text) => ['left', text]);
      await dish.leave('left');
      await radio.send('await', ['left', 'unwanted']);
      const { others } = await arrives(radio, dish, (text) => ['stays', text]);
      expect(others).to.deep.equal([]);
    });

    it('DGRAM: a question is answered to the address that it came from', async () => {
      const addresses: string[] = [];
      const sockets: AnySocket[] = [];
      for (const end of [senders, receivers]) {
        const address = `127.0.0.1:${await freeUdpPort()}`;
        const socket = await opened(end, 'Datagram');
        await socket.bind(`udp://${address}`);
        addresses.push(address);
        sockets.push(socket);
      }
      const [asker, answerer] = sockets as [AnySocket, AnySocket];
      const question = await arrives(asker, answerer, (text) => [addresses[1]!, text]);
      expect(question.came.map(withoutEnd)).to.deep.equal([addresses[0], question.text]);
      const from = withoutEnd(question.came[0]!);
      const answer = await arrives(answerer, asker, (text) => [from, text]);
      expect(answer.came.map(withoutEnd)).to.deep.equal([addresses[1], answer.text]);
    });
  });
}

/** libzmq's addresses end with a 0, which ours do not. */
function withoutEnd(part: Buffer): string {
  return String(part).replace(/\0$/, '');
}

describe('udp, beside libzmq', () => {
  const stage = useTidySharedStage();
  let ours: End;
  let theirs: End;

  before(() => {
    ours = here(new Performer({ context: stage.context, linger: 0 }));
    theirs = libzmq(stage);
  });

  it('RADIO writes the same datagrams', async () => {
    const written: Buffer[][] = [];
    for (const end of [ours, theirs]) {
      const plain = await plainSocket(stage);
      const radio = await end.open('Radio');
      await radio.connect(`${UNICAST}:${plain.address().port}`);
      const bodies: Buffer[] = [];
      for (const message of [
        ['', ''],
        ['group', 'body'],
        ['g'.repeat(255), 'x'.repeat(5000)],
      ]) {
        const heard = nextDatagram(plain);
        await radio.send('await', message);
        bodies.push((await heard).body);
      }
      written.push(bodies);
      await radio.close();
    }
    expect(written[0]).to.deep.equal(written[1]);
  });

  it('refuses the same combinations, with the same codes', async () => {
    const outcomes: string[][] = [];
    for (const end of [ours, theirs]) {
      const codes: string[] = [];
      for (const type of ['Radio', 'Dish', 'Datagram', 'Push', 'Pull'] as const) {
        for (const role of ['bind', 'connect'] as const) {
          for (const endpoint of [
            'udp://127.0.0.1:45678',
            'udp://127.0.0.1',
            'udp://127.0.0.1;127.0.0.1:45678',
            'udp://239.192.7.2;239.192.7.1:45678',
            'udp://nowhere0;239.192.7.1:45678',
          ]) {
            const allowed =
              role === 'bind' ? type === 'Dish' || type === 'Datagram' : type === 'Radio';
            // What succeeds is the other tests' concern.
            if (allowed && endpoint === 'udp://127.0.0.1:45678') continue;
            const socket = await end.open(type);
            const outcome = await socket[role](endpoint).then(
              () => 'none',
              (error: unknown) => (error as { code: string }).code,
            );
            codes.push(`${type} ${role} ${endpoint} ${outcome}`);
            await socket.close();
          }
        }
      }
      outcomes.push(codes);
    }
    expect(outcomes[0]).to.deep.equal(outcomes[1]);
  });

  it('DGRAM refuses messages of other than two parts with EINVAL', async () => {
    for (const end of [ours, theirs]) {
      const dgram = await end.open('Datagram');
      await dgram.bind(`${UNICAST}:${await freeUdpPort()}`);
      for (const message of [['127.0.0.1:9'], ['127.0.0.1:9', 'two', 'three']]) {
        const refused = await dgram.send('await', message).catch((error: unknown) => error);
        expect(refused).to.include({ code: 'EINVAL' });
      }
      await dgram.close();
    }
  });
});
