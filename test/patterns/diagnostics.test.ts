import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import {
  Pull,
  Push,
  type Context,
  type Event,
  type EventType,
  type Socket,
  type SocketDiagnostics,
} from '../../src/index.js';
import { ofConnections, upTo } from '../support/events.js';
import { useTidyStage, type Transport } from '../support/stage.js';
import { WirePeer } from '../support/wire-peer.js';

const TRANSPORTS: readonly Transport[] = ['ipc', 'tcp'];

/** What is heard on the channels of some types of events. */
class Ears {
  readonly heard: SocketDiagnostics[] = [];
  private readonly hear = (message: unknown): void => {
    this.heard.push(message as SocketDiagnostics);
    for (const resolve of this.waiting.splice(0)) resolve();
  };
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly types: readonly EventType[]) {
    for (const type of types) subscribe(`loomwire:socket:${type}`, this.hear);
  }

  of(socket: Socket): string[] {
    return this.heard.filter((each) => each.socket === socket).map(({ event }) => event.type);
  }

  /** Resolves when this has happened to the socket. */
  async until(socket: Socket, type: EventType): Promise<void> {
    while (!this.of(socket).includes(type)) await this.next();
  }

  /** Resolves when anything more is heard. */
  next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    for (const type of this.types) unsubscribe(`loomwire:socket:${type}`, this.hear);
  }
}

const ALL: readonly EventType[] = [
  ...(['bind', 'accept', 'connect', 'connect:delay', 'connect:retry', 'handshake'] as const),
  ...(['disconnect', 'close', 'end', 'handshake:error:protocol'] as const),
];

describe('Diagnostics channels', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  function ears(types = ALL): Ears {
    const made = new Ears(types);
    stage.atEnd(() => made.close());
    return made;
  }

  for (const transport of TRANSPORTS) {
    it(`tell of every socket what happens to its connections over ${transport}`, async () => {
      const heard = ears();
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      const push = new Push({ context });
      push.connect(pull.lastEndpoint!);
      await push.send('message');
      await pull.receive();
      await Promise.all([
        held(context, heard.until(pull, 'handshake')),
        held(context, heard.until(push, 'handshake')),
      ]);
      expect(heard.of(pull)).to.deep.equal(['bind', 'accept', 'handshake']);
      expect(heard.of(push)).to.deep.equal(['connect:delay', 'connect', 'handshake']);
      const { event } = heard.heard.find(({ socket }) => socket === pull)!;
      expect(event).to.deep.equal({ type: 'bind', address: pull.lastEndpoint });
      push.close();
      await held(context, heard.until(pull, 'disconnect'));
      pull.close();
      await held(context, heard.until(pull, 'end'));
      expect(heard.of(push).at(-1)).to.equal('end');
      expect(heard.of(pull).slice(3)).to.deep.equal(['disconnect', 'close', 'end']);
    });
  }

  it('tell the same as socket.events, which lose nothing by it', async () => {
    const heard = ears();
    const pull = new Pull({ context });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    await pull.receive();
    const read: Event[] = [];
    for await (const event of events) {
      read.push(event);
      if (event.type === 'handshake') push.close();
      if (event.type === 'disconnect') pull.close();
    }
    await heard.until(pull, 'end');
    const types = ['bind', 'accept', 'handshake', 'disconnect', 'close', 'end'];
    expect(read.map(({ type }) => type)).to.deep.equal(types);
    const said = heard.heard.filter(({ socket }) => socket === pull).map(({ event }) => event);
    expect(said).to.deep.equal(read);
    const peers = new Set(
      ofConnections(said).map((event) => 'peerAddress' in event && event.peerAddress),
    );
    expect([...peers]).to.have.lengthOf(1);
    expect([...peers][0]).to.match(/^127\.0\.0\.1:\d+$/);
  });

  it('tell the same of a peer that fails: its address and the error', async () => {
    const heard = ears(['accept', 'handshake:error:protocol', 'disconnect']);
    const pull = new Pull({ context });
    const { events } = pull;
    await pull.bind('tcp://127.0.0.1:*');
    const stranger = await WirePeer.connect(stage, pull.lastEndpoint!);
    const peerAddress = `127.0.0.1:${stranger.socket.localPort}`;
    await stranger.write(Buffer.from('nonsense'));
    const [, ...read] = await upTo(events, 'disconnect');
    await held(context, heard.until(pull, 'disconnect'));
    expect(heard.heard.map(({ event }) => event)).to.deep.equal(read);
    for (const event of read) expect(event).to.include({ address: pull.lastEndpoint, peerAddress });
    expect(read[1]).to.have.nested.property('error.code', 'ERR_ZMTP_INVALID_GREETING');
  });

  it('leave socket.events to tell what happens from its first access on', async () => {
    const heard = ears();
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    await held(context, heard.until(pull, 'bind'));
    const { events } = pull;
    pull.close();
    expect((await events.receive()).type).to.equal('close');
    expect((await events.receive()).type).to.equal('end');
  });

  it('do not fill up while nobody reads socket.events', async () => {
    const heard = ears(['connect:retry']);
    const push = new Push({ context, reconnectInterval: 1, linger: 0 });
    const free = new Pull({ context });
    await free.bind('tcp://127.0.0.1:*');
    const endpoint = free.lastEndpoint!;
    free.close();
    push.connect(endpoint);
    // More than an observer reads ahead.
    while (heard.of(push).length < 50) await held(context, heard.next());
    expect(new Set(heard.of(push))).to.deep.equal(new Set(['connect:retry']));
  });

  it('are silent without subscribers, and until a socket binds or connects', async () => {
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const heard = ears();
    const push = new Push({ context });
    push.connect(pull.lastEndpoint!);
    await push.send('message');
    await pull.receive();
    await held(context, heard.until(push, 'handshake'));
    expect(heard.of(pull)).to.deep.equal([]);
    await pull.bind('tcp://127.0.0.1:*');
    await held(context, heard.until(pull, 'bind'));
  });

  it('survive subscribers that use sockets', async () => {
    const heard = ears(['handshake', 'end']);
    const pull = new Pull({ context });
    await pull.bind('tcp://127.0.0.1:*');
    const push = new Push({ context });
    const greet = (message: unknown): void => {
      if ((message as SocketDiagnostics).socket === push) push.sendSync('from a subscriber');
    };
    subscribe('loomwire:socket:handshake', greet);
    stage.atEnd(() => unsubscribe('loomwire:socket:handshake', greet));
    push.connect(pull.lastEndpoint!);
    expect(String(await pull.receive())).to.equal('from a subscriber');
    await heard.until(push, 'handshake');
  });

  it('have the names of all events', () => {
    const heard = ears(ALL);
    for (const type of ALL) {
      expect(channel(`loomwire:socket:${type}`).hasSubscribers, type).to.equal(true);
    }
    heard.close();
    for (const type of ALL) {
      expect(channel(`loomwire:socket:${type}`).hasSubscribers, type).to.equal(false);
    }
  });
});

/** Nothing that is only published keeps the process alive; a call that waits does. */
async function held<T>(context: Context, published: Promise<T>): Promise<T> {
  const waiting = new Pull({ context });
  const message = waiting.receive().catch(() => undefined);
  try {
    return await published;
  } finally {
    waiting.close();
    await message;
  }
}
