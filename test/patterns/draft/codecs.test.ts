import { expect } from 'chai';
import {
  json,
  text,
  type Codec,
  type Context,
  type EncodedPart,
  type Readable,
  type Writable,
} from '../../../src/index.js';
import {
  Channel,
  Client,
  Datagram,
  Dish,
  Gather,
  Peer,
  Radio,
  Scatter,
  Server,
  type ServerRoutingOptions,
} from '../../../src/draft.js';
import { failure, failureNow } from '../../support/expect-error.js';
import { useTidyStage, type Transport } from '../../support/stage.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

interface Task {
  readonly id: number;
  readonly what: string;
}

const task = json<Task>();
const TASKS: readonly Task[] = Array.from({ length: 8 }, (_, id) => ({ id, what: `${id} – ✓` }));

/** What sends values, and what receives them. */
type Sending = Pick<Writable<Task>, 'send' | 'sendSync' | 'trySend' | 'sendMany' | 'sendManySync'>;
type Receiving = Pick<Readable<Task>, 'receive' | 'receiveSync' | 'tryReceive'> &
  AsyncIterable<Task>;

describe('Codecs of draft types', () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.context;
  });

  for (const transport of TRANSPORTS) {
    describe(`over ${transport}`, () => {
      const pairs = {
        'a SCATTER and a GATHER': () => [
          new Scatter({ context, codec: task }),
          new Gather({ context, codec: task }),
        ],
        'two CHANNELs': () => [
          new Channel({ context, codec: task }),
          new Channel<Task>({ context, codec: json() }),
        ],
      } satisfies Record<string, () => readonly [Sending & End, Receiving & End]>;

      for (const [title, make] of Object.entries(pairs)) {
        it(`carry values of ${title}, in every form of sending and receiving`, async () => {
          const [sender, receiver] = make();
          await receiver.bind(stage.wildcard(transport));
          sender.connect(receiver.lastEndpoint!);
          await everyForm(sender, receiver);
        });
      }

      it('carry values of a CLIENT and a SERVER, both ways, in every form', async () => {
        const server = new Server<Task>({ context, codec: json() });
        const client = new Client({ context, codec: task });
        await server.bind(stage.wildcard(transport));
        client.connect(server.lastEndpoint!);
        const from = await addressed(client, server);
        await backwards(server, client, from);
      });

      it('carry values of PEERs, both ways, in every form', async () => {
        const one = new Peer({ context, codec: task });
        const other = new Peer<Task>({ context, codec: json() });
        await one.bind(stage.wildcard(transport));
        const to = { routingId: other.connectPeer(one.lastEndpoint!) };
        const from = await addressed(
          {
            send: (value) => other.send(value, to),
            sendSync: (value) => other.sendSync(value, to),
            trySend: (value) => other.trySend(value, to),
          },
          one,
        );
        const receiving = {
          receive: async () => (await other.receive())[0],
          receiveSync: () => other.receiveSync()[0],
        };
        await backwards(one, receiving, from);
      });

      it('carry values of a RADIO and a DISH, and leave the group as it is', async () => {
        const radio = new Radio({ context, codec: json<unknown[]>() });
        const dish = new Dish({ context, codec: json<unknown[]>() });
        await radio.bind(stage.wildcard(transport));
        dish.join('tasks');
        dish.connect(radio.lastEndpoint!);
        const received = dish.receive();
        let heard = false;
        void received.then(() => (heard = true));
        while (!heard) {
          await radio.send(['not', 'for it'], { group: 'others' });
          // A value that is an array is one value, and not the parts of a message.
          await radio.send(['one', { of: 'many' }], { group: 'tasks' });
          await new Promise((resolve) => setImmediate(resolve));
        }
        const [value, { group }] = await received;
        expect(value).to.deep.equal(['one', { of: 'many' }]);
        expect(String(group)).to.equal('tasks');
      });
    });
  }

  it('carry values of DGRAMs, and leave the address as it is', async () => {
    const one = new Datagram({ context, codec: task });
    const other = new Datagram<Task>({ context, codec: json() });
    await one.bind('udp://127.0.0.1:*');
    await other.bind('udp://127.0.0.1:*');
    await one.send([other.lastEndpoint!.slice('udp://'.length), TASKS[0]!]);
    const [from, value] = await other.receive();
    expect(value).to.deep.equal(TASKS[0]);
    expect(String(from)).to.equal(one.lastEndpoint!.slice('udp://'.length));
    await other.send([from, TASKS[1]!]);
    expect((await one.receive())[1]).to.deep.equal(TASKS[1]);
    expect(() => one.trySend('no address' as never)).to.throw(TypeError, '[address, value]');
  });

  it('fail the one receive of what they cannot decode, with its body', async () => {
    const server = new Server({ context, codec: task });
    const raw = new Client({ context });
    await server.bind(stage.inproc());
    raw.connect(server.lastEndpoint!);
    await raw.sendMany(['{', JSON.stringify(TASKS[0])]);
    const error = await failure('EPROTO', () => server.receive());
    expect(error.cause).to.be.instanceOf(SyntaxError);
    expect(error.received!.map(String)).to.deep.equal(['{']);
    expect((await server.receive())[0]).to.deep.equal(TASKS[0]);
    raw.sendSync('}');
    failureNow('EPROTO', () => server.receiveSync());
    raw.sendSync(']');
    failureNow('EPROTO', () => server.tryReceive());
    expect(server.tryReceive()).to.equal(undefined);
  });

  it('leave leases and receives into a buffer as they are', async () => {
    const server = new Server({ context, codec: text });
    const client = new Client({ context, codec: text });
    await server.bind(stage.inproc());
    client.connect(server.lastEndpoint!);
    client.sendSync('leased');
    const [lease, { routingId }] = server.receiveLeaseSync();
    expect(Buffer.from(lease.bytes).toString()).to.equal('leased');
    lease.release();
    client.sendSync('copied');
    const target = Buffer.alloc(100);
    expect(server.receiveIntoSync(target)).to.deep.equal([6, { routingId }]);
    expect(target.toString('utf8', 0, 6)).to.equal('copied');
  });

  it('make exactly one part: none is a TypeError, more are EINVAL, and nothing is sent', async () => {
    const parts: Codec<EncodedPart[], string> = { encode: (value) => value, decode: String };
    const gather = new Gather({ context, codec: text });
    const scatter = new Scatter({ context, codec: parts });
    await gather.bind(stage.inproc());
    scatter.connect(gather.lastEndpoint!);
    await failure('EINVAL', () => scatter.send(['two', 'parts']));
    expect(() => scatter.sendSync([])).to.throw(TypeError, 'at least one part');
    const server = new Server({ context, codec: parts });
    const client = new Client({ context });
    await server.bind(stage.inproc());
    client.connect(server.lastEndpoint!);
    client.sendSync('here');
    const [, from] = server.receiveSync();
    failureNow('EINVAL', () => server.sendSync(['two', 'parts'], from));
    expect(() => server.trySend([], from)).to.throw(TypeError, 'at least one part');
    expect(() => server.trySend(undefined as never, from)).to.throw(TypeError, 'must be present');
    expect(server.trySend(['one'], from)).to.equal(true);
    expect(String(client.receiveSync())).to.equal('one');
    await scatter.send(['one']);
    expect(gather.receiveSync()).to.equal('one');
  });

  it('need the half that the type uses', () => {
    const encoder = { encode: (n: number) => String(n) };
    const decoder = { decode: String };
    new Scatter({ context, codec: encoder }).close();
    new Radio({ context, codec: encoder }).close();
    new Gather({ context, codec: decoder }).close();
    new Dish({ context, codec: decoder }).close();
    for (const Type of [Client, Server, Peer, Channel, Datagram, Gather, Dish]) {
      expect(() => new Type({ context, codec: encoder } as object)).to.throw(TypeError, 'A codec');
    }
    for (const Type of [Client, Server, Peer, Channel, Datagram, Scatter, Radio]) {
      expect(() => new Type({ context, codec: decoder } as object)).to.throw(TypeError, 'A codec');
    }
  });

  it('give their types to sockets', () => {
    const scatter = new Scatter({ context, codec: task });
    const gather = new Gather<Task>({ context, codec: json() });
    const client = new Client({ context, codec: json<string, number>() });
    const server = new Server({ context, codec: task });
    const dish = new Dish({ context, codec: task });
    const datagram = new Datagram({ context, codec: task });
    const raw = new Server({ context });
    const Either = scatter.closed ? Client : Channel;
    const either = new Either({ context });
    same<Parameters<typeof scatter.send>[0], Task>(true);
    same<Awaited<ReturnType<typeof gather.receive>>, Task>(true);
    same<ReturnType<typeof gather.tryReceive>, Task | undefined>(true);
    same<Parameters<typeof client.sendSync>[0], string>(true);
    same<ReturnType<typeof client.receiveSync>, number>(true);
    same<Parameters<typeof server.trySend>[0], Task>(true);
    same<ReturnType<typeof server.receiveSync>, [value: Task, ServerRoutingOptions]>(true);
    same<ReturnType<typeof dish.receiveSync>, [value: Task, { group: Buffer }]>(true);
    same<ReturnType<typeof datagram.receiveSync>, [address: Buffer, value: Task]>(true);
    same<ReturnType<typeof raw.receiveSync>, [Buffer, ServerRoutingOptions]>(true);
    same<InstanceType<typeof Gather>, Gather>(true);
    either.send('a part').catch(() => undefined);
    for (const socket of [scatter, gather, client, server, dish, datagram, raw, either]) {
      socket.close();
    }
  });
});

interface End {
  bind(endpoint: string): Promise<void>;
  connect(endpoint: string): void;
  readonly lastEndpoint: string | null;
}

async function everyForm(sender: Sending, receiver: Receiving): Promise<void> {
  await sender.send(TASKS[0]!);
  sender.sendSync(TASKS[1]!);
  expect(sender.trySend(TASKS[2]!)).to.equal(true);
  await sender.sendMany(TASKS.slice(3, 5));
  sender.sendManySync(new Set(TASKS.slice(5)));
  const received = [await receiver.receive(), receiver.receiveSync()];
  for await (const one of receiver) {
    received.push(one);
    if (received.length === TASKS.length) break;
  }
  expect(received).to.deep.equal(TASKS);
  expect(receiver.tryReceive()).to.equal(undefined);
}

/** To a socket that numbers its peers. Answers who has sent it. */
async function addressed(
  sender: Pick<Sending, 'send' | 'sendSync' | 'trySend'>,
  receiver: Server<Task> | Peer<Task>,
): Promise<ServerRoutingOptions> {
  await sender.send(TASKS[0]!);
  sender.sendSync(TASKS[1]!);
  expect(sender.trySend(TASKS[2]!)).to.equal(true);
  const [first, from] = await receiver.receive();
  const received = [first, receiver.receiveSync()[0]];
  for await (const [value, { routingId }] of receiver) {
    expect(routingId).to.equal(from.routingId);
    received.push(value);
    break;
  }
  expect(received).to.deep.equal(TASKS.slice(0, 3));
  expect(receiver.tryReceive()).to.equal(undefined);
  return from;
}

async function backwards(
  sender: Server<Task> | Peer<Task>,
  receiver: Pick<Receiving, 'receive' | 'receiveSync'>,
  to: ServerRoutingOptions,
): Promise<void> {
  await sender.send(TASKS[0]!, to);
  sender.sendSync(TASKS[1]!, to);
  expect(sender.trySend(TASKS[2]!, to)).to.equal(true);
  const received = [await receiver.receive(), receiver.receiveSync(), await receiver.receive()];
  expect(received).to.deep.equal(TASKS.slice(0, 3));
}

/** Whether two types are one, which a mere assignment does not show. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

function same<A, B>(...yes: Same<A, B>[]): void {
  expect(yes).to.deep.equal([true]);
}

/** What a compiler has to refuse. */
export const refusals = {
  // @ts-expect-error a socket of values needs a codec
  none: () => new Scatter<Task>(),
  // @ts-expect-error whatever other options it has
  options: () => new Gather<Task>({ linger: 0 }),
  // @ts-expect-error the codec is one of other values
  other: () => new Channel<Task>({ codec: text }),
  // @ts-expect-error not every value is a task
  send: (scatter: Scatter<Task>) => scatter.send({ id: 1 }),
  // @ts-expect-error nor is each of many
  many: (client: Client<Task>) => client.sendMany(['text']),
  // @ts-expect-error nor what is sent to somebody
  to: (server: Server<Task>) => server.send('text', { routingId: 1 }),
  // @ts-expect-error and somebody it has to be for
  nobody: (peer: Peer<Task>) => peer.send({ id: 1, what: 'for whom?' }),
  // @ts-expect-error a RADIO's message has a group
  group: (radio: Radio<Task>) => radio.send({ id: 1, what: 'no group' }, { routingId: 1 }),
  // @ts-expect-error a datagram has an address
  address: (datagram: Datagram<Task>) => datagram.send({ id: 1, what: 'no address' }),
  // @ts-expect-error without a codec a message has one part
  raw: (scatter: Scatter) => scatter.send({ id: 1, what: 'no part' }),
};
