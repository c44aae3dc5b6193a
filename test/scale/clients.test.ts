import { expect } from 'chai';
import { Reply, Router, XPublisher, type Context } from '../../src/index.js';
import type { Elsewhere, Program } from '../support/elsewhere.js';
import { useTidyStage } from '../support/stage.js';

/** Thousands of clients of one socket: S7 and S82 of the guide. */
const PROCESSES = 2;
const CLIENTS_EACH = 1500;
const CLIENTS = PROCESSES * CLIENTS_EACH;
/** Questions that each client asks, and updates that each subscriber gets. */
const ROUNDS = 3;

interface Crowd {
  readonly endpoint: string;
  readonly count: number;
  readonly rounds: number;
  readonly first: number;
}

/** Each client asks in turn, and each checks that every answer is its own. */
const askers: Program<Crowd> = async (library, line, { endpoint, count, rounds, first }) => {
  const context = new library.Context({ maxSockets: count, arenaSize: 2 ** 29 });
  const clients = Array.from({ length: count }, () => new library.Request({ context, linger: 0 }));
  for (const client of clients) client.connect(endpoint);
  const served = await Promise.all(
    clients.map(async (client, i) => {
      for (let round = 0; round < rounds; round++) {
        const question = `${first + i} ${round}`;
        await client.send(question);
        const [answer] = await client.receive();
        if (String(answer) !== `re ${question}`) return 0;
      }
      return rounds;
    }),
  );
  line.post(served.reduce((total, one) => total + one, 0));
  await context.destroy();
};

/** Each client wants its own topic and everybody's, and counts what comes. */
const listeners: Program<Crowd> = async (library, line, { endpoint, count, rounds, first }) => {
  const context = new library.Context({ maxSockets: count, arenaSize: 2 ** 29 });
  const clients = Array.from({ length: count }, () => new library.Subscriber({ context }));
  for (const [i, client] of clients.entries()) {
    client.subscribe('all', `own ${first + i};`);
    client.connect(endpoint);
  }
  const served = await Promise.all(
    clients.map(async (client, i) => {
      for (let round = 0; round < rounds; round++) {
        const heard = [String((await client.receive())[0]), String((await client.receive())[0])];
        if (heard[0] !== `own ${first + i}; ${round}` || heard[1] !== `all ${round}`) return 0;
      }
      return rounds;
    }),
  );
  line.post(served.reduce((total, one) => total + one, 0));
  await context.destroy();
};

describe(`${CLIENTS} clients in ${PROCESSES} processes over tcp`, () => {
  const stage = useTidyStage();
  let context: Context;

  beforeEach(() => {
    context = stage.newContext({ arenaSize: 2 ** 29, maxSockets: 10 });
  });

  function crowds(program: Program<Crowd>, endpoint: string): Elsewhere[] {
    return Array.from({ length: PROCESSES }, (_, n) =>
      stage.process(program, {
        endpoint,
        count: CLIENTS_EACH,
        rounds: ROUNDS,
        first: n * CLIENTS_EACH,
      }),
    );
  }

  /** Memory per connection says something only if the test fails. */
  function memory(before: number): string {
    const bytes = (process.memoryUsage().rss - before) / CLIENTS;
    return `all served, at ${Math.round(bytes / 1024)} KiB a connection`;
  }

  async function expectServed(all: readonly Elsewhere[], before: number): Promise<void> {
    const counts = await Promise.all(all.map((one) => one.next<number>()));
    expect(
      counts.reduce((total, count) => total + count),
      memory(before),
    ).to.equal(CLIENTS * ROUNDS);
  }

  it('are all served by one ROUTER', async () => {
    const before = process.memoryUsage().rss;
    const router = new Router({ context, backlog: CLIENTS });
    await router.bind('tcp://127.0.0.1:*');
    const served = expectServed(crowds(askers, router.lastEndpoint!), before);
    for (let i = 0; i < CLIENTS * ROUNDS; i++) {
      const [id, empty, question] = await router.receive();
      await router.send([id!, empty!, `re ${String(question)}`]);
    }
    await served;
    expect(router.dropped).to.equal(0);
  });

  it('are all served by one REP', async () => {
    const before = process.memoryUsage().rss;
    const reply = new Reply({ context, backlog: CLIENTS });
    await reply.bind('tcp://127.0.0.1:*');
    const served = expectServed(crowds(askers, reply.lastEndpoint!), before);
    for (let i = 0; i < CLIENTS * ROUNDS; i++) {
      await reply.send(`re ${String((await reply.receive())[0])}`);
    }
    await served;
  });

  it('are all served by one PUB, each with what it has subscribed to', async () => {
    const before = process.memoryUsage().rss;
    const publisher = new XPublisher({ context, backlog: CLIENTS });
    await publisher.bind('tcp://127.0.0.1:*');
    const served = expectServed(crowds(listeners, publisher.lastEndpoint!), before);
    // A client says its own topic last: whoever is known by it is known to want the other.
    const topics = new Set<string>();
    while (topics.size < CLIENTS + 1) topics.add(String((await publisher.receive())[0]));
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < CLIENTS; i++) await publisher.send(`own ${i}; ${round}`);
      await publisher.send(`all ${round}`);
    }
    await served;
    expect(publisher.dropped).to.equal(0);
  });
});
