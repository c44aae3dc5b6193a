import { expect } from 'chai';
import { EVENTS_WAITING_MOST } from '../../src/runtime/base/limits.js';
import {
  EVENTS_BYTES,
  type EventsAnswer,
  type SentEvent,
} from '../../src/runtime/context/commands.js';
import { Monitors } from '../../src/transports/monitor.js';

const PLACE = { slot: 17, socket: 1 };
const OTHER = { slot: 17, socket: 2 };

function event(number: number): SentEvent {
  return { type: 'accept', address: 'tcp://127.0.0.1:5555', peerAddress: `127.0.0.1:${number}` };
}

describe('The events of a socket that wait in an I/O worker', () => {
  let monitors: Monitors;
  /** Answers, each to one question, in the order in which they were given. */
  let answers: EventsAnswer[];

  const ask = (place = PLACE): void =>
    monitors.observe(place, {
      kind: 0,
      text: '',
      answer: (text) => {
        expect(Buffer.byteLength(text)).to.be.at.most(EVENTS_BYTES);
        answers.push(JSON.parse(text) as EventsAnswer);
      },
    });

  /** Asks until there is no answer or the last one. */
  const askForAll = (): SentEvent[] => {
    for (let before = -1; before !== answers.length && answers.at(-1)?.end !== true;) {
      before = answers.length;
      ask();
    }
    return answers.flatMap(({ events }) => events);
  };

  beforeEach(() => {
    monitors = new Monitors();
    answers = [];
  });

  it('are nobody’s unless somebody asks', () => {
    monitors.report(PLACE, event(1));
    expect(monitors.observed(PLACE)).to.equal(false);
    ask();
    expect(answers).to.deep.equal([]);
    expect(monitors.observed(PLACE)).to.equal(true);
    expect(monitors.observed(OTHER)).to.equal(false);
  });

  it('are told at once to whoever waits, and each question is answered once', () => {
    ask();
    monitors.report(PLACE, event(1));
    monitors.report(PLACE, event(2));
    monitors.report(OTHER, event(3));
    expect(answers).to.deep.equal([{ events: [event(1)], end: false }]);
    ask();
    expect(answers[1]).to.deep.equal({ events: [event(2)], end: false });
  });

  it('come in order, in answers that fit their room', () => {
    ask();
    for (let i = 0; i < 1000; i++) monitors.report(PLACE, event(i));
    expect(askForAll()).to.deep.equal(Array.from({ length: 1000 }, (_, i) => event(i)));
    expect(answers.length).to.be.within(20, 60);
  });

  it('are counted where they were dropped, if more happen than can wait', () => {
    ask();
    monitors.report(PLACE, event(0));
    for (let i = 1; i <= EVENTS_WAITING_MOST + 7; i++) monitors.report(PLACE, event(i));
    // Makes room for the next ones, and for the mark before them.
    ask();
    for (let i = 0; i < 3; i++) monitors.report(PLACE, event(-i));
    const kept = Array.from({ length: EVENTS_WAITING_MOST + 1 }, (_, i) => event(i));
    expect(askForAll()).to.deep.equal([
      ...kept,
      { type: 'unknown', dropped: 7 },
      event(0),
      event(-1),
      event(-2),
    ]);
  });

  it('are cut if they are too long, each by itself', () => {
    const long = '\u0001'.repeat(100_000);
    ask();
    monitors.report(PLACE, {
      type: 'close',
      address: `tcp://${long}:1`,
      error: { code: 'ENODEV', message: long },
    });
    const [told] = answers[0]!.events;
    expect(told!.error!.code).to.equal('ENODEV');
    expect(told!.error!.message.length).to.be.within(10, 100);
    expect(told!.address).to.match(/^tcp:/);
  });

  it('are all told when nothing more is wanted, and the last answer says so', () => {
    ask();
    for (let i = 0; i < 100; i++) monitors.report(PLACE, event(i));
    monitors.unobserve(PLACE);
    monitors.report(PLACE, event(100));
    expect(askForAll().length).to.equal(100);
    expect(answers.map(({ end }) => end).indexOf(true)).to.equal(answers.length - 1);
    expect(monitors.observed(PLACE)).to.equal(false);
  });

  it('end at once if there are none', () => {
    ask();
    monitors.unobserve(PLACE);
    expect(answers).to.deep.equal([{ events: [], end: true }]);
  });

  it('are told as far as one answer goes, and counted beyond it, when the worker ends', () => {
    ask();
    // The question is away while these happen, and comes back just before the end.
    for (let i = 0; i < 500; i++) monitors.report(PLACE, event(i));
    const told = answers.flatMap(({ events }) => events).length;
    const late = new Monitors();
    monitors = late;
    answers = [];
    ask();
    expect(told).to.equal(1);
    monitors.stop();
    expect(answers).to.deep.equal([{ events: [], end: true }]);
  });
});
