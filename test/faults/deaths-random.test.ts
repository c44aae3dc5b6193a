import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';
import { Publisher, Pull, Push } from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { nothingRemains } from '../support/remains.js';
import { useTidyStage } from '../support/stage.js';

const DEATHS = Number(process.env.LOOMWIRE_DEATHS ?? 50);
const SEED = Number(process.env.LOOMWIRE_SEED ?? Date.now() % 1_000_000);
/** Threads that live and die at the same time. */
const AT_ONCE = 4;
/** A victim is killed at a time up to this many milliseconds after it has begun. */
const LONGEST = 30;

interface Life {
  readonly handle: SharedArrayBuffer;
  readonly number: number;
  readonly inproc: string;
  readonly tcp: string;
  readonly work: string;
  readonly news: string;
}

/** Does everything there is to do, again and again: any of it may be its last. */
const victim: Program<Life> = ({ Context, Pull, Push, Subscriber }, line, life) => {
  const context = Context.attach(life.handle);
  line.post('begun');
  for (let round = 0; ; round++) {
    const endpoint = round % 2 === 0 ? life.inproc : life.tcp;
    const push = new Push({ context });
    push.connect(endpoint);
    const pull = new Pull({ context, receiveTimeout: 1 });
    pull.connect(life.work);
    pull.bindSync(`inproc://victim ${life.number}`);
    const news = new Subscriber({ context, receiveTimeout: 1 });
    news.subscribe('');
    news.connect(life.news);
    for (let i = 0; i < 20; i++) {
      const size = (i * 977) % 5000;
      push.sendSync([`${life.number} ${round} ${i} ${size}`, Buffer.alloc(size, i)]);
      for (const socket of [pull, news]) {
        try {
          socket.receiveSync();
        } catch (error) {
          if ((error as { code: string }).code !== 'EAGAIN') throw error;
        }
      }
    }
    for (const socket of [push, pull, news]) socket.close();
  }
};

describe(`${DEATHS} threads that die at random instants (LOOMWIRE_SEED=${SEED})`, function () {
  this.timeout(60_000 + DEATHS * 1000);
  const stage = useTidyStage();

  it('tear no message, hold nobody up, and leave nothing behind', async () => {
    const { context } = stage;
    const random = generator(SEED);
    const inbox = new Pull({ context });
    await inbox.bind('inproc://inbox');
    await inbox.bind('tcp://127.0.0.1:*');
    const tcp = inbox.lastEndpoint!;
    const work = new Push({ context, linger: 0 });
    await work.bind('inproc://work');
    const news = new Publisher({ context });
    await news.bind('inproc://news');

    const last = new Map<string, number>();
    const reading = (async () => {
      for await (const [head, body] of inbox) {
        const [number, round, i, size] = String(head).split(' ').map(Number);
        expect(body!.length).to.equal(size);
        expect(body!.every((byte) => byte === i)).to.equal(true);
        // Each round has a pipe of its own, in which nothing is missing and nothing comes twice.
        const pipe = `${number} ${round}`;
        expect(i).to.equal((last.get(pipe) ?? -1) + 1);
        last.set(pipe, i!);
        await news.send('news');
        work.trySend('work');
      }
    })();

    const lives = async (first: number): Promise<void> => {
      for (let number = first; number < DEATHS; number += AT_ONCE) {
        const life: Life = {
          handle: context.handle,
          number,
          inproc: 'inproc://inbox',
          tcp,
          work: 'inproc://work',
          news: 'inproc://news',
        };
        const thread = stage.thread(victim, life);
        await thread.next();
        await setTimeout(random() * LONGEST);
        await thread.kill();
        const { error } = await thread.ended;
        expect(error).to.equal(undefined);
        const next = new Pull({ context });
        await next.bind(`inproc://victim ${number}`);
        next.close();
      }
    };
    await Promise.race([
      reading,
      Promise.all(Array.from({ length: AT_ONCE }, (_, index) => lives(index))),
    ]);
    await Promise.race([reading, nothingRemains(context)]);
    for (const socket of [inbox, work, news]) socket.close();
    await reading;
    await context.terminate();
  });
});

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
