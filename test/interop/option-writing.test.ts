import { expect } from 'chai';
import * as draft from '../../src/draft.js';
import * as loomwire from '../../src/index.js';
import { isOption, OPTIONS, type OptionRow } from '../../src/runtime/base/options.js';
import type { Program } from '../support/elsewhere.js';
import { migrationTable, quoted } from '../support/migration.js';
import { warning, writeAll, type Classes, type Writing } from '../support/option-writing.js';
import { STABLE_TYPES } from '../support/stable-types.js';
import { useTidyStage } from '../support/stage.js';

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
const isOutside = (name: string): boolean => name.startsWith('vmci');
/** Stands in the table for every value that is not the option's default. */
const ANY_OTHER = 'any but the default';

/** What docs/migration.md says of a value of an option, by `option value`; `there` is missing if it may be anything. */
function documented(): Map<string, { there?: string; here: string }> {
  const rows = new Map<string, { there?: string; here: string }>();
  for (const [options, values, there, here] of migrationTable('Values of options, one by one')) {
    const any = values === ANY_OTHER;
    for (const option of quoted(options!)) {
      for (const value of any ? [ANY_OTHER] : quoted(values!)) {
        const key = `${option} ${value}`;
        expect(rows.has(key), `${key} twice`).to.equal(false);
        rows.set(key, { there: quoted(there!)[0], here: quoted(here!)[0]! });
      }
    }
  }
  return rows;
}

/** As the table has it: without the type, and with quotes where there would be nothing. */
function valueInTable(value: string): string {
  return value.slice(value.indexOf(' ') + 1) || "''";
}

/** Is it Node's version that decides whether there is a difference? */
function dependsOnNode(key: string): boolean {
  const [option] = key.split(' ');
  return isOption(option!) && (OPTIONS[option] as OptionRow).needs !== undefined;
}

describe('The properties of our sockets and contexts, written and read,', () => {
  const stage = useTidyStage();
  /** Called by `new`, as a class is; what it makes ends with the stage. */
  const Context = function (): loomwire.Context {
    return stage.newContext();
  };
  const classes = { ...loomwire, ...draft, Context } as unknown as Classes;

  it('are zeromq.js’s: the same values are taken and refused, but for what docs/migration.md says', async () => {
    const table = documented();
    /** Rows for which there was a difference. */
    const seen = new Set<string>();
    const theirs = stage.process(judge, { module: WRITING, types: [...TYPES, 'Context'] });
    const { context } = stage;
    let compared = 0;
    for (const type of [...TYPES, 'Context'] as const) {
      const found = await theirs.next<Found>();
      const common = type === 'Context' ? {} : { context };
      const names = Object.keys(found.writing).filter((name) => !isOutside(name));
      const ours = writeAll(classes, type, names, common);
      for (const name of names) {
        for (const [value, there] of Object.entries(found.writing[name]!)) {
          compared++;
          const here = ours[name]![value]!;
          // What can only be set there can be read here, too.
          if (here === there || (there === 'set' && here === 'kept')) continue;
          const differs = `${type}.${name} = ${value}: ${here}, and there ${there}`;
          const inTable =
            here === 'ENOTSUP' ? [valueInTable(value), ANY_OTHER] : [valueInTable(value)];
          const key = [`${type}.${name}`, name]
            .flatMap((option) => inTable.map((text) => `${option} ${text}`))
            .find((one) => table.has(one));
          expect(key, differs).to.not.equal(undefined);
          const row = table.get(key!)!;
          expect(here, differs).to.equal(row.here);
          if (row.there !== undefined) expect(there, differs).to.equal(row.there);
          seen.add(key!);
        }
      }
      if (type === 'Context') continue;

      // Its thread-safe sockets are none here, and the one that always has room waits here for a peer.
      const open = new classes[type]!({ context });
      for (const [name, value] of Object.entries(found.defaults)) {
        if (isOutside(name) || name === 'threadSafe' || name === 'writable') continue;
        expect(open[name], `${type}.${name}`).to.equal(value);
      }
      (open as { close: () => void }).close();

      const own = Object.fromEntries(names.map((name) => [name, found.defaults[name]]));
      const readable = Object.entries(own).filter(([, value]) => value !== undefined);
      const warns = await warning(classes, type, Object.fromEntries(readable), { context });
      const silent = found.warns.filter((name) => !warns.includes(name) && !isOutside(name));
      expect(warns.filter((name) => !found.warns.includes(name))).to.deep.equal([]);
      for (const name of silent) {
        // It takes effect at once here.
        expect(isOption(name) && (OPTIONS[name] as OptionRow).immediate, name).to.equal(true);
      }
    }
    expect(compared).to.be.greaterThan(10_000);
    const unseen = [...table.keys()].filter((key) => !seen.has(key) && !dependsOnNode(key));
    expect(unseen, 'rows of the table that are not so').to.deep.equal([]);
  });
});
