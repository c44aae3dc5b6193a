import { expect } from 'chai';
import { Dealer, Pull, Push, queue, Request, type ProxyEnd } from '../../src/index.js';
import { body, digest, SIZES } from '../support/bodies.js';
import { useStage } from '../support/stage.js';
import { example, python } from './programs.js';

const ANYWHERE = 'tcp://127.0.0.1:*';

describe('With peers in Python', () => {
  const stage = useStage();

  it('hwserver answers a client', async () => {
    const endpoint = await stage.freeEndpoint();
    const server = example(stage, 'hwserver', '--bind', endpoint, '--work', '0');
    const client = python(stage, 'hwclient', endpoint, '10');
    expect(await client.ended, client.stderr).to.equal(0);
    expect(client.stdout).to.equal('World\n'.repeat(10));
    expect(await server.lines(10)).to.deep.equal(
      Array.from({ length: 10 }, () => 'Received request: Hello'),
    );
  });

  it('hwclient is answered by a server', async () => {
    const server = python(stage, 'hwserver', ANYWHERE, '10');
    const [endpoint] = await server.lines(1);
    const client = example(stage, 'hwclient', '--connect', endpoint!);
    expect(await client.ended, client.stderr).to.equal(0);
    for (let i = 0; i < 10; i++) expect(client.stdout).to.include(`Received reply ${i} [ World ]`);
    expect(await server.ended, server.stderr).to.equal(0);
    expect(server.stdout.match(/^Hello$/gm)).to.have.lengthOf(10);
  });

  it('hwclient came first, and is answered by a server that came later', async () => {
    const endpoint = await stage.freeEndpoint();
    const client = example(stage, 'hwclient', '--connect', endpoint);
    await client.lines(1);
    const server = python(stage, 'hwserver', endpoint, '10');
    expect(await client.ended, client.stderr).to.equal(0);
    expect(await server.ended, server.stderr).to.equal(0);
  });

  it('mtserver answers several clients', async () => {
    const endpoint = await stage.freeEndpoint();
    const server = example(stage, 'mtserver', '--clients', endpoint, '--work', '1');
    const clients = [1, 2, 3].map(() => python(stage, 'hwclient', endpoint, '10'));
    for (const client of clients) {
      expect(await client.ended, client.stderr).to.equal(0);
      expect(client.stdout).to.equal('World\n'.repeat(10));
    }
    expect(await server.lines(30)).to.deep.equal(
      Array.from({ length: 30 }, () => 'Received request: [Hello]'),
    );
  });

  it('wuserver tells a client the weather of its zip code', async () => {
    const endpoint = await stage.freeEndpoint();
    example(stage, 'wuserver', '--bind', endpoint, '--zips', '10001-10010');
    const client = python(stage, 'wuclient', endpoint, '10001', '100');
    expect(await client.ended, client.stderr).to.equal(0);
    const lines = client.stdout.trim().split('\n');
    expect(lines).to.have.lengthOf(100);
    for (const line of lines) expect(line).to.match(/^10001 -?\d{1,3} [1-5]\d$/);
  });

  it('wuclient hears a server', async () => {
    const server = python(stage, 'wuserver', ANYWHERE, '10001', '10010');
    const [endpoint] = await server.lines(1);
    const client = example(stage, 'wuclient', '10001', '100', '--connect', endpoint!);
    expect(await client.ended, client.stderr).to.equal(0);
    expect(client.stdout).to.match(/^Average temperature for zipcode '10001' was -?\d+F$/m);
  });

  it('wuclient came first, and hears a server that came later, went, and came back', async () => {
    const endpoint = await stage.freeEndpoint();
    const args = ['100', '20000', '--connect', endpoint, '--report'];
    const client = example(stage, 'wuclient', ...args);

    // One in a thousand of its updates is for the client, who hears far fewer of them than it waits for.
    const first = python(stage, 'wuserver', endpoint, '1', '99999');
    await first.lines(1);
    const witness = python(stage, 'wuclient', endpoint, '100', '300');
    expect(await witness.ended, witness.stderr).to.equal(0);
    first.child.kill('SIGKILL');
    await first.ended;

    python(stage, 'wuserver', endpoint, '10001', '10001');
    expect(await client.ended, client.stderr).to.equal(0);
    expect(client.stdout).to.include("Average temperature for zipcode '100' was");
    const { result } = JSON.parse(client.stdout.trim().split('\n').at(-1)!) as {
      result: { updates: { text: string }[] };
    };
    const [before, after] = [/^100(?!01 )/, /^10001 /].map(
      (zip) => result.updates.filter(({ text }) => zip.test(text)).length,
    );
    expect(before).to.be.greaterThan(0);
    expect(after).to.be.greaterThan(before!);
  });

  it('taskwork works between a ventilator and a sink', async () => {
    const sink = python(stage, 'tasksink', ANYWHERE, '100');
    const [sinkEndpoint] = await sink.lines(1);
    const vent = python(stage, 'taskvent', ANYWHERE, sinkEndpoint!, '100');
    const [ventEndpoint] = await vent.lines(1);
    for (let i = 0; i < 2; i++) {
      example(stage, 'taskwork', '--receiver', ventEndpoint!, '--sender', sinkEndpoint!);
    }
    vent.enter();
    expect(await sink.ended, sink.stderr).to.equal(0);
    expect(sink.stdout.split('\n').slice(1)).to.deep.equal(['0', 'all', '']);
    expect(await vent.ended, vent.stderr).to.equal(0);
  });

  it('workers work between taskvent and tasksink', async () => {
    const [ventEndpoint, sinkEndpoint] = [await stage.freeEndpoint(), await stage.freeEndpoint()];
    const sink = example(stage, 'tasksink', '--bind', sinkEndpoint);
    const vent = example(stage, 'taskvent', '--sender', ventEndpoint, '--sink', sinkEndpoint);
    for (let i = 0; i < 2; i++) python(stage, 'taskwork', ventEndpoint, sinkEndpoint);
    await vent.lines(1);
    vent.enter();
    expect(await sink.ended, sink.stderr).to.equal(0);
    expect(sink.stdout).to.match(/Total elapsed time: \d+ msec\n$/);
    expect(await vent.ended, vent.stderr).to.equal(0);
    expect(vent.stdout).to.match(/Total expected cost: \d+ msec/);
  });

  it('messages of any size and number of parts pass both ways', async () => {
    const { context } = stage;
    const pull = new Pull({ context });
    await pull.bind(ANYWHERE);
    const relay = python(stage, 'relay', ANYWHERE, pull.lastEndpoint!);
    const [endpoint] = await relay.lines(1);
    const push = new Push({ context });
    push.connect(endpoint!);
    const messages = [...SIZES.filter((size) => size > 0).map((size) => [size]), SIZES, [0]];
    for (const sizes of messages) {
      const parts = sizes.map((size) => body(size));
      await push.send(parts);
      expect((await pull.receive()).map(digest)).to.deep.equal(parts.map(digest));
    }
    expect(await relay.ended, relay.stderr).to.equal(0);
  });

  it('a proxy answers STATISTICS as libzmq’s does, byte for byte', async () => {
    const { context } = stage;
    const control: ProxyEnd = { type: 'REP', bind: ANYWHERE };
    using ours = await queue(ANYWHERE, ANYWHERE, { context, control });
    const ends = [ours.frontEnd, ours.backEnd, ours.controlEnd!];
    const places = [
      ends.map(({ lastEndpoint }) => lastEndpoint!),
      await python(stage, 'queue', ANYWHERE, ANYWHERE, ANYWHERE).lines(3),
    ];
    const answers: Buffer[][] = [];
    for (const [front, back, steering] of places) {
      const client = new Dealer({ context, routingId: 'client' });
      client.connect(front!);
      const service = new Dealer({ context });
      service.connect(back!);
      for (let i = 0; i < 10; i++) {
        await client.send(['request', '', `${i}`]);
        const [id] = await service.receive();
        await service.send([id!, Buffer.alloc(i * 100)]);
        await client.receive();
      }
      const steer = new Request({ context });
      steer.connect(steering!);
      await steer.send('STATISTICS');
      answers.push(await steer.receive());
    }
    expect(answers[0]).to.deep.equal(answers[1]);
  });
});
