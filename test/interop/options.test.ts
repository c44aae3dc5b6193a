import { expect } from 'chai';
import * as loomwire from '../../src/index.js';
import type { Program } from '../support/elsewhere.js';
import { STABLE_TYPES } from '../support/stable-types.js';
import { useTidyStage } from '../support/stage.js';

/** By socket type and name: the default, or why there is none to be read. */
type Properties = Record<string, Record<string, unknown>>;

/** Every property of zeromq.js's sockets that has a getter or a setter. */
const judge: Program<readonly string[]> = async (_library, line, types) => {
  const { default: zeromq } = (await import('zeromq')) as unknown as {
    default: Record<string, new () => { close(): void }>;
  };
  const found: Properties = {};
  for (const type of types) {
    const socket = new zeromq[type]!();
    const properties: Record<string, unknown> = (found[type] = {});
    for (
      let at = Object.getPrototypeOf(socket) as object;
      at !== Object.prototype;
      at = Object.getPrototypeOf(at) as object
    ) {
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        if (property.get === undefined && property.set === undefined) continue;
        try {
          properties[name] = property.get === undefined ? 'write-only' : property.get.call(socket);
        } catch {
          properties[name] = 'unreadable';
        }
        if (typeof properties[name] === 'object' && properties[name] !== null) {
          properties[name] = 'object';
        }
      }
    }
    socket.close();
  }
  line.post(found);
};

describe('The properties of our sockets', () => {
  const stage = useTidyStage();

  it('are zeromq.js’s, with the same defaults', async () => {
    const theirs = await stage.process(judge, STABLE_TYPES).next<Properties>();
    const { context } = stage;
    let compared = 0;
    for (const type of STABLE_TYPES) {
      const ours = new loomwire[type]({ context }) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(theirs[type]!)) {
        expect(name in ours, `${type}.${name}`).to.equal(true);
        if (value === 'object' || value === 'write-only' || value === 'unreadable') continue;
        expect(ours[name], `${type}.${name}`).to.equal(value);
        compared++;
      }
    }
    expect(compared).to.be.greaterThan(400);
  });
});

/** Bytes of routing ids, most of them no text in UTF-8. */
const IDS = [
  'c3a9',
  '80',
  'c328',
  'e282',
  'e28241',
  'f09f92',
  'ff41fe',
  'eda080',
  'c0af',
  'f4908080',
];

/** What zeromq.js reads of bytes that a routing id was set to. */
const reader: Program<readonly string[]> = async (_library, line, ids) => {
  const { Dealer } = await import('zeromq');
  const read: unknown[] = [];
  for (const digits of ids) {
    const dealer = new Dealer();
    (dealer as unknown as Record<string, unknown>).routingId = Buffer.from(digits, 'hex');
    read.push(dealer.routingId);
    dealer.close();
  }
  line.post(read);
};

describe('A routing id of bytes', () => {
  const stage = useTidyStage();

  it('is read as zeromq.js reads it', async () => {
    const theirs = await stage.process(reader, IDS).next<string[]>();
    const ours = IDS.map((digits) => {
      const dealer = new loomwire.Dealer({ context: stage.context });
      dealer.routingId = Buffer.from(digits, 'hex');
      return dealer.routingId;
    });
    expect(ours).to.deep.equal(theirs);
  });
});

/** What zeromq.js's context does with its limit. */
const bounded: Program<undefined> = async (_library, line) => {
  const { Context, Pull, Push } = await import('zeromq');
  const context = new Context({ maxMessageSize: 10 });
  const push = new Push({ context, linger: 0 });
  const pull = new Pull({ context });
  await pull.bind('inproc://bounded');
  push.connect('inproc://bounded');
  await push.send('x'.repeat(1000));
  const [message] = await pull.receive();
  line.post([context.maxMessageSize, message!.length]);
  push.close();
  pull.close();
};

describe('maxMessageSize of a context', () => {
  const stage = useTidyStage();

  it('is kept and bounds nothing in zeromq.js, too', async () => {
    expect(await stage.process(bounded).next()).to.deep.equal([10, 1000]);
  });
});
