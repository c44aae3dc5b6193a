import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { Proxy, Push, type Context } from '../../../src/index.js';
import { Dish, Radio } from '../../../src/draft.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { turn } from '../../support/heard.js';
import { useTidyStage, type Transport } from '../../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];
/** Bytes of any kind, and as many as there may be. */
const BINARY = Buffer.from([0, 255, 1, 128]);
const LONG = 'g'.repeat(255);
/** Milliseconds: nobody tells a RADIO who has joined, so there is no event to await. */
const BETWEEN_PROBES = 5;

let probes = 0;

describe('RADIO and DISH', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  async function bound(transport: Transport, options = {}): Promise<Radio> {
    const radio = new Radio({ context, ...options });
    await radio.bind(stage.wildcard(transport));
    return radio;
  }

  /** Resolves when the RADIO has taken in all that the DISH has joined and left so far. */
  async function heardBy(radio: Radio, dish: Dish): Promise<void> {
    const group = `probe ${++probes}`;
    dish.join(group);
    do {
      radio.trySend('', { group });
      // Slowly enough for the probes that are under way to stay far below the marks.
      await pause(BETWEEN_PROBES);
    } while (dish.tryReceive() === undefined);
    // Those that are still on their way are passed over from now on.
    dish.leave(group);
  }

  async function joined(radio: Radio, ...groups: (string | Buffer)[]): Promise<Dish> {
    const dish = new Dish({ context });
    dish.join(...groups);
    dish.connect(radio.lastEndpoint!);
    await heardBy(radio, dish);
    return dish;
  }

  async function expectNext(dish: Dish, text: string, group: string | Buffer): Promise<void> {
    const [body, from] = await dish.receive();
    expect(String(body)).to.equal(text);
    expect(from).to.deep.equal({ group: Buffer.from(group as string) });
  }

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      it('a message goes to each DISH that has joined exactly its group', async () => {
        const radio = await bound(transport);
        const one = await joined(radio, 'a', BINARY, '', 'all');
        const other = await joined(radio, 'ab', LONG, 'all');
        for (const group of ['b', 'A', BINARY.subarray(1), 'abc', LONG.slice(1)]) {
          await radio.send('nobody', { group });
        }
        for (const group of ['a', 'ab', BINARY, LONG, '', 'all']) await radio.send('to', { group });
        for (const group of ['a', BINARY, '', 'all']) await expectNext(one, 'to', group);
        for (const group of ['ab', LONG, 'all']) await expectNext(other, 'to', group);
        for (const dish of [one, other]) expect(dish.tryReceive()).to.equal(undefined);
        expect(radio.dropped).to.equal(0);
      });

      it('a DISH that has joined nothing receives nothing', async () => {
        const radio = await bound(transport);
        const dish = await joined(radio);
        const other = await joined(radio, 'group', '');
        for (const group of ['', 'group']) await radio.send('message', { group });
        for (const group of ['', 'group']) await expectNext(other, 'message', group);
        expect(dish.readable).to.equal(false);
      });

      it('a group that was left is heard no more, until it is joined again', async () => {
        const radio = await bound(transport);
        const dish = await joined(radio, 'left', 'stays');
        await radio.send('before', { group: 'left' });
        await expectNext(dish, 'before', 'left');
        // What is under way when it is left does not come either.
        await radio.send('under way', { group: 'left' });
        await radio.send('arrived', { group: 'stays' });
        dish.leave('left');
        await expectNext(dish, 'arrived', 'stays');
        await heardBy(radio, dish);
        for (const group of ['left', 'stays']) await radio.send('after', { group });
        await expectNext(dish, 'after', 'stays');
        dish.join('left');
        await heardBy(radio, dish);
        await radio.send('again', { group: 'left' });
        await expectNext(dish, 'again', 'left');
      });

      it('work when the DISH binds, whoever comes when', async () => {
        const dish = new Dish({ context });
        dish.join('early');
        await dish.bind(stage.wildcard(transport));
        const radios: Radio[] = [];
        for (let i = 0; i < 2; i++) {
          const radio = new Radio({ context });
          radio.connect(dish.lastEndpoint!);
          await heardBy(radio, dish);
          radios.push(radio);
        }
        dish.join('late');
        for (const [i, radio] of radios.entries()) {
          await heardBy(radio, dish);
          for (const group of ['early', 'late']) {
            await radio.send(String(i), { group });
            await expectNext(dish, String(i), group);
          }
        }
      });

      it('every form of a call takes, and tells, the group', async () => {
        const radio = await bound(transport);
        const dish = await joined(radio, 'group');
        const group = Buffer.from('group');
        const body = Buffer.alloc(20_000, 'b');
        const arrived = async (): Promise<void> => {
          radio.sendSync(body, { group: 'group' });
          while (!dish.readable) await turn();
        };

        await arrived();
        expect(dish.receiveSync()).to.deep.equal([body, { group }]);
        await arrived();
        expect(dish.tryReceive()).to.deep.equal([body, { group }]);
        await arrived();
        for await (const [one, from] of dish) {
          expect([one, from]).to.deep.equal([body, { group }]);
          break;
        }
        expect(radio.trySend(body, { group })).to.equal(true);
        const [lease, of] = await dish.receiveLease();
        expect(Buffer.from(lease.bytes)).to.deep.equal(body);
        lease.release();
        // Kept for longer than the message: it is a copy.
        await arrived();
        const target = Buffer.alloc(body.length);
        expect(dish.receiveIntoSync(target)).to.deep.equal([body.length, { group }]);
        expect(of).to.deep.equal({ group });
      });
    });
  }

  for (const transport of ['ipc', 'tcp'] as const) {
    it(`over ${transport}, what was joined outlives its RADIO: it may stop and come back at will`, async () => {
      const endpoint = await stage.agreed(transport);
      const dish = new Dish({ context, reconnectInterval: 10 });
      dish.join('stays', 'left');
      dish.leave('left');
      dish.connect(endpoint);
      for (let life = 0; life < 3; life++) {
        const radio = new Radio({ context });
        await radio.bind(endpoint);
        // What the one before had sent may still have been on its way.
        for (let body = ''; body !== String(life);) {
          for (const group of ['left', 'stays']) await radio.send(String(life), { group });
          await turn();
          const received = dish.tryReceive();
          if (received === undefined) continue;
          expect(String(received[1].group)).to.equal('stays');
          body = String(received[0]);
        }
        radio.close();
      }
    });
  }

  it('what a full DISH has no room for is dropped and counted; the others get it', async () => {
    const radio = await bound('inproc', { sendHighWaterMark: 1 });
    const slow = new Dish({ context, receiveHighWaterMark: 1 });
    slow.join('group');
    slow.connect(radio.lastEndpoint!);
    const quick = await joined(radio, 'group');
    for (let i = 0; i < 5; i++) {
      await radio.send(String(i), { group: 'group' });
      await expectNext(quick, String(i), 'group');
    }
    expect(radio.dropped).to.equal(3);
    for (const text of ['0', '1']) await expectNext(slow, text, 'group');
    expect(slow.tryReceive()).to.equal(undefined);
    expect(radio.writable).to.equal(true);
  });

  it('with noDrop a message waits until every DISH in its group has room', async () => {
    const radio = await bound('inproc', { sendHighWaterMark: 1, noDrop: true });
    const dish = new Dish({ context, receiveHighWaterMark: 1 });
    dish.join('group');
    dish.connect(radio.lastEndpoint!);
    const group = 'group';
    for (const text of ['0', '1']) expect(radio.trySend(text, { group })).to.equal(true);
    expect(radio.trySend('no', { group })).to.equal(false);
    expect(radio.trySend('nobody', { group: 'other' })).to.equal(true);
    const waiting = radio.send('2', { group });
    for (const text of ['0', '1', '2']) await expectNext(dish, text, group);
    await waiting;
    expect(radio.dropped).to.equal(0);
  });

  it('groups are joined and left, all that a call names or none', async () => {
    const radio = await bound('inproc');
    const dish = await joined(radio, 'a');
    for (const groups of [
      ['b', 'a'],
      ['b', 'b'],
      ['b', Buffer.from('b')],
      ['b', `${LONG}!`],
    ]) {
      failureNow('EINVAL', () => dish.join(...groups));
    }
    for (const groups of [['a', 'b'], ['a', 'a'], [`${LONG}!`]]) {
      failureNow('EINVAL', () => dish.leave(...groups));
    }
    expect(() => dish.join(1 as unknown as string)).to.throw(TypeError);
    await heardBy(radio, dish);
    for (const group of ['b', 'a']) await radio.send('message', { group });
    await expectNext(dish, 'message', 'a');
    dish.join();
    dish.leave();
    dish.close();
    failureNow('EBADF', () => dish.join('c'));
    failureNow('EBADF', () => dish.leave('a'));
  });

  it('a group that is changed after the call is joined as it was', async () => {
    const radio = await bound('inproc');
    const group = Buffer.from('group');
    const dish = await joined(radio, group);
    group.fill('x');
    await radio.send('message', { group: 'group' });
    await expectNext(dish, 'message', 'group');
  });

  it('messages are refused with several parts, without a group, or with one that is too long', async () => {
    const radio = await bound('inproc');
    const group = 'group';
    const two = ['a', 'b'] as unknown as string;
    await failure('EINVAL', () => radio.send(two, { group }));
    failureNow('EINVAL', () => radio.sendSync(two, { group }));
    failureNow('EINVAL', () => radio.trySend(two, { group }));
    await failure('EINVAL', () => radio.send('message', { group: `${LONG}!` }));
    failureNow('EINVAL', () => radio.trySend('message', { group: 'ß'.repeat(128) }));
    const send = radio.trySend.bind(radio) as (...rest: unknown[]) => boolean;
    failureNow('EINVAL', () => send('message', {}));
    for (const options of [undefined, null, { group: 1 }, { group: null }]) {
      expect(() => send('message', options)).to.throw(TypeError);
    }
    expect(() => send(undefined, { group })).to.throw(TypeError);
  });

  it('messages of other than a group and a body are passed over', async () => {
    const dish = new Dish({ context });
    dish.join('group');
    await dish.bind(stage.inproc());
    const push = new Push({ context });
    push.connect(dish.lastEndpoint!);
    for (const message of ['group', ['group', 'several', 'parts']]) await push.send(message);
    await push.send(['group', 'message']);
    await expectNext(dish, 'message', 'group');
    expect(dish.tryReceive()).to.equal(undefined);
  });

  it('a Proxy passes messages on with their groups', async () => {
    const source = await bound('inproc');
    const front = await joined(source, 'group');
    const back = await bound('inproc');
    const dish = await joined(back, 'group');
    const proxy = new Proxy(front, back);
    const running = proxy.run();
    await source.send('message', { group: 'group' });
    await expectNext(dish, 'message', 'group');
    proxy.terminate();
    await running;
  });

  it('have the options that they need, and no others', () => {
    const sending = { sendHighWaterMark: 5, sendTimeout: 7, linger: 3, noDrop: true };
    expect(new Radio({ context, ...sending })).to.deep.include({ ...sending, type: 14 });
    const receiving = { receiveHighWaterMark: 6, receiveTimeout: 7 };
    const dish = new Dish({ context, ...receiving });
    expect(dish).to.deep.include({ ...receiving, type: 15, linger: 0 });
    expect(() => new Radio({ context, invertMatching: true } as object)).to.throw(TypeError);
    expect(() => new Dish({ context, sendTimeout: 1 } as object)).to.throw(TypeError);
    failureNow('ENOTSUP', () => (dish as unknown as Radio).trySend('message', { group: 'a' }));
  });
});
