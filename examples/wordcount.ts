/**
 * Counts the words of a large text on many threads, by a pipeline, and publishes how far it is: a message
 * `progress`, BYTES, WORDS after each piece, and `done`, BYTES, WORDS at the end. Anyone may subscribe.
 */

import { createReadStream } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Subscriber, XPublisher } from 'loomwire';
import { pipeline } from 'loomwire/actors';
import { count, endpoint, text } from './support/flags.js';
import { program } from './support/program.js';
import type countWords from './support/wordcount/count.js';
import { invented, pieces } from './support/wordcount/text.js';

const STAGE = new URL('./support/wordcount/count.js', import.meta.url);
const MEGABYTE = 2 ** 20;
const INVENTED = '-';

const flags = {
  file: text(INVENTED, 'the text, in UTF-8; - for one that is made up', 'FILE'),
  megabytes: count(32, 'length of a text that is made up', 1),
  piece: count(256 * 1024, 'bytes that a thread counts at a time', 1),
  threads: count(availableParallelism(), 'threads that count', 1),
  top: count(10, 'words to print', 1),
  progress: endpoint('tcp://127.0.0.1:*', 'where to publish the progress'),
  subscribers: count(0, 'others to wait for, who want to see all of it'),
};

export default program(
  import.meta,
  'Counts the words of a text on many threads.',
  flags,
  async ({ file, megabytes, piece, threads, top, progress, subscribers }, terminal) => {
    // Of several subscribers to the same topic, each is told of.
    using feed = new XPublisher({ verbosity: 'allSubs' });
    await feed.bind(progress);
    using own = new Subscriber();
    own.connect(feed.lastEndpoint!);
    own.subscribe('');
    const watched = watch(own);
    // Awaited below; if the work fails before, that is what counts, and `own` is closed.
    watched.catch(() => undefined);
    await terminal.ready(feed.lastEndpoint);
    await subscribed(feed, subscribers + 1);

    const source = file === INVENTED ? invented(megabytes * MEGABYTE) : createReadStream(file);
    const counts = new Map<string, number>();
    let words = 0;
    let bytes = 0;
    const sizes: number[] = [];
    const { duration } = await pipeline()
      .source(noting(pieces(source, piece), sizes))
      .stage<typeof countWords>(STAGE, { threads })
      .sink(async (counted, index) => {
        for (const [word, times] of counted) {
          counts.set(word, (counts.get(word) ?? 0) + times);
          words += times;
        }
        bytes += sizes[index]!;
        await feed.send(['progress', String(bytes), String(words)]);
      })
      .run();
    await feed.send(['done', String(bytes), String(words)]);
    await watched;

    const most = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, top);
    for (const [word, times] of most) terminal.print(`${String(times).padStart(9)}  ${word}`);
    const speed = (bytes / MEGABYTE / (duration / 1000)).toFixed(1);
    terminal.print(`${words} words in ${bytes} bytes, ${counts.size} different; ${speed} MB/s`);
    return { bytes, words, different: counts.size, most };
  },
);

/** Keeps the lengths of pieces, which the sink gets no more. */
async function* noting(source: AsyncIterable<Buffer>, sizes: number[]): AsyncGenerator<Buffer> {
  for await (const bytes of source) {
    sizes.push(bytes.length);
    yield bytes;
  }
}

/** Otherwise the first messages would have gone before somebody listens. */
async function subscribed(feed: XPublisher, subscribers: number): Promise<void> {
  for (let missing = subscribers; missing > 0;) {
    const [message] = await feed.receive();
    if (message![0] === 1) missing--;
  }
}

/** This program's own look at the feed. Shown on a terminal: in a file it would be noise. */
async function watch(subscriber: Subscriber): Promise<void> {
  for await (const [topic, bytes, words] of subscriber) {
    const done = String(topic) === 'done';
    if (process.stderr.isTTY) {
      const megabytes = Math.round(Number(bytes) / MEGABYTE);
      process.stderr.write(`\r${megabytes} MB, ${String(words)} words${done ? '\n' : ''}`);
    }
    if (done) return;
  }
}
