import { expect } from 'chai';
import * as draft from '../../src/draft.js';
import * as loomwire from '../../src/index.js';
import { isOption, OPTIONS, type OptionRow } from '../../src/runtime/base/options.js';
import type { Program } from '../support/elsewhere.js';
import { warning, writeAll, type Classes, type Writing } from '../support/option-writing.js';
import { STABLE_TYPES } from '../support/stable-types.js';
import { useStage } from '../support/stage.js';

const TYPES = [
  ...STABLE_TYPES,
  'Stream',
  'Server',
  'Client',
  'Radio',
  'Dish',
  'Gather',
  'Scatter',
] as const;
type Type = (typeof TYPES)[number] | 'Context';

/** What a type of zeromq.js's is like. */
interface Found {
  /** What its properties are at first; those that cannot be read are not there. */
  readonly defaults: Record<string, unknown>;
  /** Of those that can be written. */
  readonly writing: Writing;
  readonly warns: readonly string[];
}

const judge: Program<{ module: string; types: readonly Type[] }> = async (
  _library,
  line,
  { module, types },
) => {
  const { writeAll, warning } = (await import(
    module
  )) as typeof import('../support/option-writing.js');
  const zeromq = (await import('zeromq')) as unknown as Classes;
  const drafts = (await import('zeromq/draft.js')) as unknown as Classes;
  const classes = { ...zeromq, ...drafts };
  for (const type of types) {
    const defaults: Record<string, unknown> = {};
    const written: string[] = [];
    const made = new classes[type]!();
    for (
      let at = Object.getPrototypeOf(made) as object;
      at !== Object.prototype;
      at = Object.getPrototypeOf(at) as object
    ) {
      for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
        if (property.set !== undefined) written.push(name);
        try {
          const value: unknown = property.get?.call(made);
          if (value !== undefined && (value === null || typeof value !== 'object'))
            defaults[name] = value;
        } catch {
          // CURVE's keys cannot be read.
        }
      }
    }
    (made as { close?: () => void }).close?.();
    const own = Object.fromEntries(written.map((name) => [name, defaults[name]]));
    const readable = Object.fromEntries(
      Object.entries(own).filter(([, value]) => value !== undefined),
    );
    line.post({
      defaults,
      writing: writeAll(classes, type, written, {}),
      warns: type === 'Context' ? [] : await warning(classes, type, readable, {}),
    } satisfies Found);
  }
};

const WRITING = new URL('../support/option-writing.js', import.meta.url).href;

/** For transports that are not there, see options.test.ts. */
const OUTSIDE = /^(tcpAcceptFilter|vmci.*)$/;
/** Where Node, Linux or the library has bounds that libzmq does not look at. */
const BOUNDED =
  /^(affinity|maxMessageSize|multicastHops|tcpKeepalive(Count|Idle|Interval)|typeOfService|heartbeatTimeToLive|ioThreads|maxSockets)$/;
/** Numbers that are none of C's: there they become others. */
const ODD = /^number (1\.5|NaN|2147483648|9007199254740992)$/;

/** May ours and theirs differ so? docs/migration.md says where and why. */
function mayDiffer(name: string, value: string, ours: string, theirs: string): boolean {
  if (ours === 'ENOTSUP') return isUnsupported(name);
  // There whatever is said stays, and the socket tries for ever.
  if (name === 'socksProxy' && ours === 'EINVAL') return theirs === 'kept';
  if (ours === 'EINVAL') return ODD.test(value) || BOUNDED.test(name);
  // libzmq takes anything for it; zeromq.js knows two words.
  if (name === 'verbosity') return ours === 'TypeError' || value === 'object null';
  // There it is in tenths of a second.
  if (name === 'heartbeatTimeToLive') return ours === 'kept' && theirs.startsWith('kept as');
  // One without bytes is none, and reads so; there it cannot be read.
  if (name === 'welcomeMessage' && value === 'string ') return ours === 'kept as null';
  // The default can be set again.
  return ours === 'kept' && theirs === 'EINVAL' && /^(object null|number -1)$/.test(value);
}

function isUnsupported(name: string): boolean {
  if (!isOption(name)) return /^(thread|maxMessageSize|ioThreads)/.test(name);
  const row: OptionRow = OPTIONS[name];
  return (
    row.unsupported === true ||
    row.seldom === true ||
    row.needs !== undefined ||
    // A context's.
    name === 'maxMessageSize'
  );
}

describe('The properties of our sockets and contexts, written and read,', () => {
  const stage = useStage();
  /** Called by `new`, as a class is; what it makes ends with the stage. */
  const Context = function (): loomwire.Context {
    return stage.newContext();
  };
  const classes = { ...loomwire, ...draft, Context } as unknown as Classes;

  it('are zeromq.js’s: the same values are taken and refused, but for what docs/migration.md says', async () => {
    const theirs = stage.process(judge, { module: WRITING, types: [...TYPES, 'Context'] });
    const { context } = stage;
    let compared = 0;
    for (const type of [...TYPES, 'Context'] as const) {
      const found = await theirs.next<Found>();
      const common = type === 'Context' ? {} : { context };
      const names = Object.keys(found.writing).filter((name) => !OUTSIDE.test(name));
      const ours = writeAll(classes, type, names, common);
      for (const name of names) {
        for (const [value, there] of Object.entries(found.writing[name]!)) {
          compared++;
          const here = ours[name]![value]!;
          // What can only be set there can be read here, too.
          if (here === there || (there === 'set' && here === 'kept')) continue;
          const differs = `${type}.${name} = ${value}: ${here}, and there ${there}`;
          expect(mayDiffer(name, value, here, there), differs).to.equal(true);
        }
      }
      if (type === 'Context') continue;

      // Its thread-safe sockets are none here, and the one that always has room waits here for a peer.
      const open = new classes[type]!({ context });
      for (const [name, value] of Object.entries(found.defaults)) {
        if (OUTSIDE.test(name) || name === 'threadSafe' || name === 'writable') continue;
        expect(open[name], `${type}.${name}`).to.equal(value);
      }
      (open as { close: () => void }).close();

      const own = Object.fromEntries(names.map((name) => [name, found.defaults[name]]));
      const readable = Object.entries(own).filter(([, value]) => value !== undefined);
      const warns = await warning(classes, type, Object.fromEntries(readable), { context });
      const silent = found.warns.filter((name) => !warns.includes(name) && !OUTSIDE.test(name));
      expect(warns.filter((name) => !found.warns.includes(name))).to.deep.equal([]);
      for (const name of silent) {
        // It takes effect at once here.
        expect(isOption(name) && (OPTIONS[name] as OptionRow).immediate, name).to.equal(true);
      }
    }
    expect(compared).to.be.greaterThan(10_000);
  });
});
