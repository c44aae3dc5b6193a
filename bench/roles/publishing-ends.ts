// A publisher and a subscriber who wants little of what is published.

import type { Work } from '../work.js';
import type { Loomwire, RunEnd } from './libraries.js';
import { ManyTopics, type News, Weather } from './news.js';
import { Clock, reportEndpoint, reportResult } from './report.js';

/** A topic of its own says where the warm-up ends, and where the measurement. */
const MARK = '#';
const BEGIN = `${MARK}begin`;
const END = `${MARK}end`;

export const publishWeather: RunEnd = (library, work, endpoint) =>
  publish(library, work, endpoint, new Weather());

export const wantWeather: RunEnd = (library, work, endpoint) =>
  want(library, work, endpoint, new Weather());

export const publishTopics: RunEnd = (library, work, endpoint) =>
  publish(library, work, endpoint, new ManyTopics(work.topics));

export const wantTopics: RunEnd = (library, work, endpoint) =>
  want(library, work, endpoint, new ManyTopics(work.topics));

function publish({ XPublisher }: Loomwire, work: Work, endpoint: string, news: News): void {
  // An XPUB publishes as a PUB does, and knows when its subscriber is there. It drops nothing.
  const socket = new XPublisher({
    sendHighWaterMark: work.highWaterMark,
    receiveHighWaterMark: 0,
    noDrop: true,
    linger: -1,
  });
  socket.bindSync(endpoint);
  reportEndpoint(socket.lastEndpoint);
  for (let left = work.topics + 1; left > 0; left--) socket.receiveSync();
  for (let left = work.warmup; left > 0; left--) socket.sendSync(news.next());
  socket.sendSync(BEGIN);
  const before = news.wanted;
  for (let left = work.messages; left > 0; left--) socket.sendSync(news.next());
  socket.sendSync(`${END} ${news.wanted - before}`);
  socket.close();
}

function want({ Subscriber }: Loomwire, work: Work, endpoint: string, news: News): void {
  const socket = new Subscriber({ receiveHighWaterMark: work.highWaterMark });
  socket.connect(endpoint);
  for (const topic of news.topics()) socket.subscribe(topic);
  socket.subscribe(MARK);
  while (String(socket.receiveSync()[0]) !== BEGIN);
  const clock = new Clock();
  let received = 0;
  let update = socket.receiveSync()[0]!;
  for (; !isMark(update); update = socket.receiveSync()[0]!) received++;
  const { nanoseconds } = clock;
  const sent = Number(String(update).split(' ')[1]);
  if (received !== sent) throw new Error(`received ${received} updates of ${sent}`);
  reportResult(work.messages, nanoseconds);
  socket.close();
}

function isMark(update: Buffer): boolean {
  return update[0] === MARK.charCodeAt(0);
}
