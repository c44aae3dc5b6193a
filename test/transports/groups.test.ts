import { expect } from 'chai';
import { type Context } from '../../src/index.js';
import { Dish, Gather, Radio } from '../../src/draft.js';
import { useTidyStage, type Transport } from '../support/stage.js';
import {
  command,
  COMMAND,
  frame,
  greeting,
  LONG,
  MORE,
  ping,
  ready,
  WireListener,
  WirePeer,
} from '../support/wire-peer.js';

const WIRES: readonly Transport[] = ['ipc', 'tcp'];

describe('Groups on the wire', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  /** The next frames, each a message’s or a command. */
  async function frames(from: WirePeer, count: number): Promise<[number, string][]> {
    const heard: [number, string][] = [];
    for (let i = 0; i < count; i++) {
      const { flags, body } = await from.readFrame();
      heard.push([flags, body.toString('latin1')]);
    }
    return heard;
  }

  for (const minor of [0, 1]) {
    it(`are joined and left by commands, at a RADIO of ZMTP 3.${minor}`, async () => {
      const listener = await WireListener.open(stage);
      const dish = new Dish({ context });
      const long = 'g'.repeat(255);
      dish.join('a', long);
      dish.connect(listener.endpoint);
      const radio = await listener.accept();
      await radio.write(greeting({ minor }), ready('RADIO'));
      await radio.read(64);
      expect((await radio.readFrame()).body.toString('latin1')).to.equal(
        '\x05READY\x0bSocket-Type\0\0\0\x04DISH',
      );
      expect(await frames(radio, 2)).to.deep.equal([
        [COMMAND, '\x04JOINa'],
        [COMMAND | LONG, `\x04JOIN${long}`],
      ]);
      dish.leave('a');
      dish.join('');
      expect(await frames(radio, 2)).to.deep.equal([
        [COMMAND, '\x05LEAVEa'],
        [COMMAND, '\x04JOIN'],
      ]);
      await radio.write(frame('', MORE), frame('message'));
      expect(await dish.receive()).to.deep.equal([
        Buffer.from('message'),
        { group: Buffer.alloc(0) },
      ]);
    });
  }

  it('are joined again, each once, when the connection is made again', async () => {
    const listener = await WireListener.open(stage);
    const dish = new Dish({ context, reconnectInterval: 1 });
    dish.join('stays', 'goes');
    dish.connect(listener.endpoint);
    for (let life = 0; life < 3; life++) {
      const radio = await listener.accept();
      await radio.handshake('RADIO');
      const said = ['\x04JOINstays', ...(life === 0 ? ['\x04JOINgoes'] : [])];
      expect(await frames(radio, said.length)).to.deep.equal(said.map((text) => [COMMAND, text]));
      if (life === 0) {
        dish.leave('goes');
        expect(await frames(radio, 1)).to.deep.equal([[COMMAND, '\x05LEAVEgoes']]);
      }
      radio.reset();
    }
  });

  for (const transport of WIRES) {
    it(`are a RADIO’s first frame, over ${transport}, and keep other messages off it`, async () => {
      const radio = new Radio({ context });
      await radio.bind(stage.wildcard(transport));
      const dish = await WirePeer.connect(stage, radio.lastEndpoint!);
      await dish.handshake('DISH');
      await dish.write(command('JOIN', 'a'), command('JOIN', 'b'), command('LEAVE', 'b'));
      await dish.write(ping('joined'));
      // The PONG says that the worker has passed them on; the socket takes them in when it is called.
      expect(await frames(dish, 1)).to.deep.equal([[COMMAND, '\x04PONGjoined']]);
      for (const group of ['b', 'ab', '', 'a']) await radio.send(`to ${group}`, { group });
      const long = Buffer.alloc(300, 'l');
      await radio.send(long, { group: 'a' });
      expect(await frames(dish, 4)).to.deep.equal([
        [MORE, 'a'],
        [0, 'to a'],
        [MORE, 'a'],
        [LONG, long.toString('latin1')],
      ]);
    });
  }

  for (const [name, size] of [
    ['one by one', 1],
    ['in threes', 3],
    ['at once', Infinity],
  ] as const) {
    it(`mean the same when their bytes come ${name}`, async () => {
      const radio = new Radio({ context });
      await radio.bind('tcp://127.0.0.1:*');
      const dish = await WirePeer.connect(stage, radio.lastEndpoint!);
      const stream = Buffer.concat([
        greeting(),
        ready('DISH'),
        command('JOIN', 'a'),
        ping('1'),
        // What is no JOIN or LEAVE means nothing to a RADIO.
        command('SUBSCRIBE', 'b'),
        frame('\x01c'),
        frame('several', MORE),
        frame('parts'),
        command('JOIN', 'd'.repeat(256)),
        command('JOIN', 'e'),
        command('LEAVE', 'a'),
        command('LEAVE', 'never joined'),
        ping('2'),
      ]);
      for (let at = 0; at < stream.length; at += size) {
        await dish.write(stream.subarray(at, at + size));
      }
      await dish.read(64);
      await dish.readFrame();
      expect(await frames(dish, 2)).to.deep.equal([
        [COMMAND, '\x04PONG1'],
        [COMMAND, '\x04PONG2'],
      ]);
      for (const group of ['a', 'b', 'c', 'e']) await radio.send('message', { group });
      expect(await frames(dish, 2)).to.deep.equal([
        [MORE, 'e'],
        [0, 'message'],
      ]);
    });
  }

  it('a DISH passes over what is no group and body', async () => {
    const dish = new Dish({ context });
    dish.join('a');
    await dish.bind('tcp://127.0.0.1:*');
    const radio = await WirePeer.connect(stage, dish.lastEndpoint!);
    await radio.handshake('RADIO');
    await radio.write(frame('a'), frame('a', MORE), frame('more', MORE), frame('parts'));
    await radio.write(command('JOIN', 'a'), frame('a', MORE), frame('message'));
    expect(String((await dish.receive())[0])).to.equal('message');
    expect(dish.tryReceive()).to.equal(undefined);
  });

  it('mean nothing to a socket that has none', async () => {
    const gather = new Gather({ context });
    await gather.bind('tcp://127.0.0.1:*');
    const scatter = await WirePeer.connect(stage, gather.lastEndpoint!);
    await scatter.handshake('SCATTER');
    await scatter.write(command('JOIN', 'a'), frame('several', MORE), frame('parts'), frame('one'));
    expect((await gather.receive()).map(String)).to.deep.equal(['one']);
  });

  for (const [ours, theirs] of [
    ['Dish', 'PUB'],
    ['Gather', 'PUSH'],
  ] as const) {
    it(`a ${ours} has no ${theirs} for a peer`, async () => {
      const socket = ours === 'Dish' ? new Dish({ context }) : new Gather({ context });
      await socket.bind('tcp://127.0.0.1:*');
      const peer = await WirePeer.connect(stage, socket.lastEndpoint!);
      await peer.write(greeting(), ready(theirs));
      await peer.closed;
    });
  }
});
