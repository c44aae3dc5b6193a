import { expect } from 'chai';
import { Dealer, metadataOf, Pull, Router } from '../../src/index.js';
import { libzmq } from '../support/judge.js';
import type { AnySocket, End } from '../support/places.js';
import { useTidySharedStage } from '../support/stage.js';

for (const transport of ['tcp', 'ipc'] as const) {
  describe(`Metadata of messages from libzmq over ${transport}`, () => {
    const stage = useTidySharedStage();
    const address = transport === 'tcp' ? '127.0.0.1' : undefined;
    const sockets: AnySocket[] = [];
    let judge: End;

    before(() => {
      judge = libzmq(stage);
    });

    afterEach(async () => {
      for (const socket of sockets.splice(0)) await socket.close();
    });

    async function open(type: 'Dealer' | 'Push', options: object): Promise<AnySocket> {
      const socket = await judge.open(type, options);
      sockets.push(socket);
      return socket;
    }

    for (const binder of ['ours', 'libzmq’s'] as const) {
      it(`are its type, its routing id and what it was given, when ${binder} binds`, async () => {
        const router = new Router({ context: stage.context, keepMetadata: true });
        const dealer = await open('Dealer', { routingId: 'judge', metadata: 'X-hello:World' });
        if (binder === 'ours') {
          await router.bind(stage.wildcard(transport));
          await dealer.connect(router.lastEndpoint!);
        } else {
          router.connect(await dealer.bind(stage.wildcard(transport)));
        }
        await dealer.send('await', 'a message');
        const message = await router.receive();
        expect(message.map(String)).to.deep.equal(['judge', 'a message']);
        const metadata = metadataOf(message)!;
        expect(metadata.socketType).to.equal('DEALER');
        expect(metadata.get('Routing-Id')).to.equal('judge');
        expect(metadata.get('X-hello')).to.equal('World');
        expect(metadata.peerAddress).to.equal(address);
        router.close();
      });
    }

    it('have no routing id where libzmq says none', async () => {
      const pull = new Pull({ context: stage.context, keepMetadata: true });
      await pull.bind(stage.wildcard(transport));
      const push = await open('Push', {});
      await push.connect(pull.lastEndpoint!);
      await push.send('await', 'a message');
      const metadata = metadataOf(await pull.receive())!;
      expect(metadata.socketType).to.equal('PUSH');
      expect(metadata.routingId?.length ?? 0).to.equal(0);
      pull.close();
    });

    it('of ours do not trouble it, however long they are', async () => {
      const metadata = `X-long:${'x'.repeat(4089)}`;
      const dealer = new Dealer({ context: stage.context, metadata });
      await dealer.bind(stage.wildcard(transport));
      const judged = await open('Dealer', {});
      await judged.connect(dealer.lastEndpoint!);
      await judged.send('await', 'a message');
      expect((await dealer.receive()).map(String)).to.deep.equal(['a message']);
      await dealer.send('an answer');
      expect((await judged.receive('await')).map(String)).to.deep.equal(['an answer']);
      dealer.close();
    });
  });
}
