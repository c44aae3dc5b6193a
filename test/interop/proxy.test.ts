import { expect } from 'chai';
import {
  forwarder,
  queue,
  streamer,
  type Proxy,
  type ProxyEnd,
  type ProxyThread,
} from '../../src/index.js';
import { statisticsNumbers, type AnyDevice } from '../support/devices.js';
import { libzmq } from '../support/judge.js';
import type { TypeName } from '../support/performer.js';
import type { AnySocket, End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

const ANYWHERE = 'tcp://127.0.0.1:*';

for (const place of ['in our thread', 'in a thread of its own']) {
  describe(`A proxy ${place} between libzmq peers`, () => {
    const stage = useTidySharedStage();
    let theirs: End;
    const open: AnySocket[] = [];
    const running: AsyncDisposable[] = [];
    let proxy: Proxy | ProxyThread;

    before(() => {
      theirs = libzmq(stage);
    });

    afterEach(async () => {
      for (const socket of open.splice(0)) await socket.close();
      for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
    });

    /** Starts a device, and connects a socket of libzmq's to each of its sides. */
    async function joined(
      device: AnyDevice,
      types: readonly [front: TypeName, back: TypeName],
      control?: ProxyEnd,
    ): Promise<[AnySocket, AnySocket]> {
      const { context } = stage;
      const options = control === undefined ? { context } : { context, control };
      proxy = await (place === 'in our thread'
        ? device(ANYWHERE, ANYWHERE, options)
        : device(ANYWHERE, ANYWHERE, { ...options, thread: true }));
      running.push(proxy);
      return [
        await connected(types[0], proxy.frontEnd.lastEndpoint!),
        await connected(types[1], proxy.backEnd.lastEndpoint!),
      ];
    }

    async function connected(type: TypeName, endpoint: string): Promise<AnySocket> {
      const socket = await theirs.open(type);
      open.push(socket);
      await socket.connect(endpoint);
      return socket;
    }

    async function ask(client: AnySocket, service: AnySocket): Promise<void> {
      await client.send('await', ['hello', 'there']);
      expect((await service.receive('await')).map(String)).to.deep.equal(['hello', 'there']);
      await service.send('await', 'world');
      expect((await client.receive('await')).map(String)).to.deep.equal(['world']);
    }

    it('takes requests and replies to and fro', async () => {
      const [client, service] = await joined(queue, ['Request', 'Reply']);
      for (let i = 0; i < 20; i++) await ask(client, service);
    });

    it('takes subscriptions one way and messages the other', async () => {
      const [publisher, subscriber] = await joined(forwarder, ['XPublisher', 'Subscriber']);
      await subscriber.subscribe('news');
      expect(String(await publisher.receive('await'))).to.equal('\x01news');
      for (const message of ['gossip', 'news of today']) await publisher.send('await', message);
      expect(String(await subscriber.receive('await'))).to.equal('news of today');
    });

    it('takes tasks to workers', async () => {
      const [source, worker] = await joined(streamer, ['Push', 'Pull']);
      for (let i = 0; i < 20; i++) await source.send('await', ['task', `${i}`]);
      for (let i = 0; i < 20; i++) {
        expect((await worker.receive('await')).map(String)).to.deep.equal(['task', `${i}`]);
      }
    });

    it('is steered by a REQ, and tells it what it has moved', async () => {
      const control: ProxyEnd = { type: 'REP', bind: ANYWHERE };
      const [client, service] = await joined(queue, ['Request', 'Reply'], control);
      const steer = await connected('Request', proxy.controlEnd!.lastEndpoint!);
      const order = async (command: string): Promise<Buffer[]> => {
        await steer.send('await', command);
        return steer.receive('await');
      };
      await ask(client, service);
      // A routing id of five bytes and an empty frame come before the two parts, and before the one.
      const moved = [1, 15, 1, 10, 1, 10, 1, 15];
      expect(statisticsNumbers(await order('STATISTICS'))).to.deep.equal(moved);
      expect((await order('PAUSE')).map(String)).to.deep.equal(['']);
      await client.send('await', 'held up');
      expect(statisticsNumbers(await order('STATISTICS'))).to.deep.equal(moved);
      expect((await order('RESUME')).map(String)).to.deep.equal(['']);
      expect(String(await service.receive('await'))).to.equal('held up');
      expect((await order('TERMINATE')).map(String)).to.deep.equal(['']);
      await proxy.run();
    });
  });
}
