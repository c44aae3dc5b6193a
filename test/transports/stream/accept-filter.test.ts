import { expect } from 'chai';
import { Pull, Push, type EventOfType } from '../../../src/index.js';
import { typesOf, upTo } from '../../support/events.js';
import { failureNow } from '../../support/expect-error.js';
import { useTidyStage } from '../../support/stage.js';

const HOME = '127.0.0.0/8';
const ELSEWHERE = '203.0.113.0/24';

describe('tcpAcceptFilter', () => {
  const stage = useTidyStage();

  it('lets in whom one of its networks has; others are closed unread, which accept:error tells, and whom', async () => {
    const { context } = stage;
    const pull = new Pull({ context, tcpAcceptFilter: ELSEWHERE });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    const endpoint = pull.lastEndpoint!;
    const push = new Push({ context, reconnectInterval: 1, linger: 0 });
    const said = push.events;
    push.connect(endpoint);
    const refused = (await upTo(events, 'accept:error')).at(-1) as EventOfType<'accept:error'>;
    expect(refused.error).to.include({ code: 'EACCES' });
    expect(refused.address).to.equal(endpoint);
    const connected = (await upTo(said, 'connect')).at(-1) as EventOfType<'connect'>;
    expect(refused.peerAddress).to.match(/^127\.0\.0\.1:\d+$/);
    expect(connected.peerAddress).to.equal(endpoint.slice('tcp://'.length));
    // It comes again and again, until it is let in.
    await pull.unbind(endpoint);
    pull.tcpAcceptFilter = HOME;
    expect(pull.tcpAcceptFilter).to.equal(`${ELSEWHERE}, ${HOME}`);
    await pull.bind(endpoint);
    expect(typesOf(await upTo(events, 'handshake'))).to.include('accept');
    await push.send('at last');
    expect(String(await pull.receive())).to.equal('at last');
  });

  it('knows IPv4 addresses at a listener of IPv6, too', async () => {
    const { context } = stage;
    for (const [tcpAcceptFilter, event] of [
      [HOME, 'handshake'],
      ['::1', 'accept:error'],
      ['::1, 127.0.0.1', 'handshake'],
      ['::/0', 'handshake'],
      ['0.0.0.0/0', 'handshake'],
    ] as const) {
      const pull = new Pull({ context, ipv6: true, tcpAcceptFilter });
      const { events } = pull;
      await pull.bind('tcp://*:*');
      const push = new Push({ context, linger: 0 });
      push.connect(`tcp://127.0.0.1:${pull.lastEndpoint!.split(':').at(-1)}`);
      await upTo(events, event);
      push.close();
      pull.close();
    }
  });

  it('lets everybody in when it is null again', async () => {
    const { context } = stage;
    const pull = new Pull({ context, tcpAcceptFilter: ELSEWHERE });
    pull.tcpAcceptFilter = null;
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('hello');
    expect(String(await pull.receive())).to.equal('hello');
  });

  it('takes networks and addresses, each once, and nothing else', () => {
    const pull = new Pull({ context: stage.context });
    for (const network of ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32', '10.0.0.0/8']) {
      pull.tcpAcceptFilter = network;
    }
    const all = '10.0.0.0/8, 192.0.2.1, 2001:db8::/32';
    for (const wrong of ['', 'localhost', '10.0.0.0/33', '::/129', '10.0.0/8', '10.0.0.0/x', '*']) {
      const { message } = failureNow('EINVAL', () => (pull.tcpAcceptFilter = wrong));
      expect(message).to.equal(`${wrong} is no value for tcpAcceptFilter`);
    }
    expect(() => (pull.tcpAcceptFilter = 5 as never)).to.throw(TypeError);
    expect(pull.tcpAcceptFilter).to.equal(all);
    expect(new Pull({ context: stage.context, tcpAcceptFilter: all }).tcpAcceptFilter).to.equal(
      all,
    );
  });
});
