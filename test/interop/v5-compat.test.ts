import { expect } from 'chai';
import type { Program } from '../support/elsewhere.js';
import { useTidyStage } from '../support/stage.js';
import type { play, ScenarioName, V5 } from '../support/v5-scenarios.js';

interface Part {
  readonly scenarios: string;
  readonly library: string;
  readonly name: ScenarioName;
}

/** Plays a scenario with one of the two libraries, in a process of its own, and tells what happened. */
const player: Program<Part> = async (_library, line, { scenarios, library, name }) => {
  const module = (await import(scenarios)) as { play: typeof play };
  const { default: zmq } = (await import(library)) as { default: V5 };
  line.post(await module.play(zmq, name));
};

const SCENARIOS = new URL('../support/v5-scenarios.js', import.meta.url).href;
const OURS = new URL('../../src/v5-compat.js', import.meta.url).href;
const THEIRS = 'zeromq/v5-compat.js';

/** One socket type's options, by number. */
interface Defaults {
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

describe('A program for version 5 of zeromq.js runs alike with ours and with zeromq.js’s own', () => {
  const stage = useTidyStage();

  function playBoth<T = unknown>(name: ScenarioName): Promise<[ours: T[], theirs: T[]]> {
    const played = (library: string): Promise<T[]> =>
      stage.process(player, { scenarios: SCENARIOS, library, name }).next<T[]>();
    return Promise.all([played(OURS), played(THEIRS)]);
  }

  async function compare(name: ScenarioName, expected: unknown[]): Promise<void> {
    const [ours, theirs] = await playBoth(name);
    expect(ours).to.deep.equal(theirs);
    expect(ours).to.deep.equal(expected);
  }

  it('when it binds and unbinds', () =>
    compare('bindAndUnbind', [
      true,
      'bound tcp://127.0.0.1:*',
      0,
      'unbound true',
      0,
      false,
      true,
      true,
      'push',
    ]));

  it('when it pushes and pulls, and says ZMQ_SNDMORE', () =>
    compare('pushPull', [
      ...[0, 0, 0, 0],
      ['text'],
      ['15.99'],
      ['bytes'],
      ['two', 'frames'],
      ['first', 'second', 'third', ''],
      ['last'],
    ]));

  it('when it asks faster than it is answered', () =>
    compare('reqRep', [
      ['one', 'answered'],
      ['two', 'frames', 'answered'],
      ['three', 'answered'],
    ]));

  it('when it publishes and subscribes', () =>
    compare('pubSub', [['wanted first', 'body'], ['wanted last']]));

  it('when it hears who subscribes', () =>
    compare('xpubSub', [
      [1, ...Buffer.from('topic')],
      ['topic and body'],
      [0, ...Buffer.from('topic')],
    ]));

  it('when it deals and routes', () =>
    compare('dealerRouter', ['a dealer', 0, ['a dealer', 'two', 'one'], ['a dealer', 'three']]));

  it('when a thousand messages come and go', () => compare('burst', [true]));

  it('when it pauses and resumes', () =>
    compare('pauseAndResume', ['resumed', 'one', 'two', 'three', 'four', 'sent']));

  describe('when it monitors', () => {
    it('a server', () =>
      compare('monitoredServer', [
        'listen here undefined no error',
        'accept here undefined no error',
        'disconnect here undefined no error',
        'close here undefined no error',
      ]));

    it('a client', () =>
      compare('monitoredClient', [
        'connect_delay here undefined no error',
        'connect here undefined no error',
        'disconnect here undefined no error',
        'connect_retry here number no error',
      ]));

    it('a client that finds nobody', () =>
      compare('monitoredNobody', [
        'connect_delay here undefined no error',
        'close here undefined no error',
        'connect_retry here number no error',
      ]));
  });

  describe('when something fails', () => {
    it('as it binds', () =>
      compare('failedBinds', [true, 98, true, 'EADDRINUSE', true, true, 'EADDRINUSE']));

    it('as it sends', () => compare('failedSends', [true, true]));

    it('because it closes a socket that still waits to send', () =>
      compare('closedWhileItWaits', ['EAGAIN', 'EAGAIN']));

    it('because what it asks for makes no sense', () =>
      compare('wrongCalls', [
        'EINVAL',
        'EPROTONOSUPPORT',
        'ENOENT',
        'Subscriber socket required',
        'Unknown option',
        'Unknown option',
        'Unknown option',
        'Invalid socket type: nonsense',
        'This socket type order is not supported in compatibility mode',
        'Context cannot be instantiated in compatibility mode',
      ]));
  });

  it('when it reads the options of new sockets', async () => {
    const [ours, theirs] = await playBoth<Defaults>('defaults');
    let compared = 0;
    for (const [i, { type, values }] of theirs.entries()) {
      for (const [number, value] of Object.entries(values)) {
        expect(ours[i]!.values[number], `option ${number} of ${type}`).to.equal(value);
        compared++;
      }
    }
    expect(compared).to.be.greaterThan(400);
  });

  it('when it sets options', () =>
    compare('options', [
      ...[30, 30, true, 75],
      ...[50, 7, 8, 9, 1, false, 'me', 1],
      ...[true, '4.3.5', 1, 100],
    ]));

  it('when it names constants', async () => {
    const [ours, theirs] = await playBoth<[string, number]>('constants');
    expect(theirs).to.have.length.greaterThan(70);
    expect(ours).to.deep.include.members(theirs);
  });

  describe('when it makes a proxy', () => {
    it('of ROUTER and DEALER, with capture', () =>
      compare('proxiedQueue', [
        [['asked', 'twice', 'answered']],
        [['asked', 'twice', 'answered']],
      ]));

    it('of XPUB and XSUB, with capture', () =>
      compare('proxiedForwarder', [
        ['topic', 'body'],
        ['topic', 'body'],
      ]));

    it('of PULL and PUSH, in both orders', () =>
      compare('proxiedStreamers', [
        [['one', 'two'], ['three']],
        [['one', 'two'], ['three']],
      ]));
  });
});
