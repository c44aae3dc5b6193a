import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { importLoomwire } from '../support/import-loomwire.js';
import { useTidyStage } from '../support/stage.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAMS = join(ROOT, 'dist', 'test', 'fixtures', 'zeromqjs');
/** Milliseconds for a program that takes less than one second. */
const PATIENCE = 60_000;

type Library = 'zeromq.js' | 'loomwire';
const LIBRARIES: readonly Library[] = ['zeromq.js', 'loomwire'];

/** By the part of zeromq.js's README that they are written after: two programs that speak with each other, and what they say. */
const PAIRS = {
  'Push/Pull': {
    producer: ['The producer is bound', 'The producer has handed out 3 jobs'],
    worker: [
      'The worker is connected',
      'job: sweep',
      'job: wash',
      'job: iron',
      'closed before: false',
      'closed after: true',
    ],
  },
  'Pub/Sub': {
    publisher: ['The publisher is bound', 'Nobody reads any more'],
    subscriber: [
      'The subscriber is connected',
      /^first <Buffer (73 75 6e 6e 79|73 74 69 6c 6c 20 73 75 6e 6e 79)>$/,
      'topics: weather, weather report',
    ],
  },
  'Req/Rep': {
    server: ['The server was told that it was the last'],
    client: [
      'The client is connected',
      '<Buffer 38> 8',
      '<Buffer 34 32> 42',
      '<Buffer 32 30 30 30> 2000',
      '1 10',
    ],
  },
} as const;

/** Programs that speak with themselves, and what they say. */
const ALONE = {
  'CommonJS, and a dynamic import': {
    file: 'commonjs.cjs',
    says: ['one library 0 true', 'promised', '4.3.5 1 4'],
  },
  'version 5’s push and pull': {
    file: 'v5-pipeline.cjs',
    says: ['cut done: 2', 'glue done: 4', 'paint done: 6', 'closed true true'],
  },
  'version 5’s pub and sub': {
    file: 'v5-publishing.cjs',
    says: ['news of today: all is quiet'],
  },
  'a STREAM': {
    file: 'stream.js',
    says: [
      'server: 5 bytes of an id, 0 of a greeting',
      'server: ping, of the same: true',
      'client: pong',
      'client: the end',
    ],
  },
  'a proxy': {
    file: 'proxy.js',
    says: [
      'wash, done',
      'iron, done',
      'fold, done',
      'go home, done',
      'go home, done',
      'both closed: true',
    ],
  },
  'draft types': {
    file: 'drafts.cjs',
    says: ['question and answer number', 'a tune jazz', 'seed'],
  },
} as const;

describe('A program for zeromq.js, with nothing changed but the name that it imports,', () => {
  const stage = useTidyStage();
  let changed: string;

  before(() => {
    changed = mkdtempSync(join(tmpdir(), 'loomwire-programs-'));
    writeFileSync(join(changed, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(changed, 'node_modules'));
    symlinkSync(ROOT, join(changed, 'node_modules', 'loomwire'), 'dir');
    for (const file of readdirSync(PROGRAMS).filter((name) => /\.c?js$/.test(name))) {
      writeFileSync(
        join(changed, file),
        importLoomwire(readFileSync(join(PROGRAMS, file), 'utf8')),
      );
    }
  });

  after(() => rmSync(changed, { recursive: true }));

  async function say(library: Library, file: string, endpoint: string): Promise<string[]> {
    const path = join(library === 'loomwire' ? changed : PROGRAMS, file);
    // zeromq.js warns of its draft types.
    const env = library === 'loomwire' ? process.env : { ...process.env, NODE_NO_WARNINGS: '1' };
    const options = { timeout: PATIENCE, env };
    const { stdout, stderr } = await run(process.execPath, [path, endpoint], options);
    expect(stderr).to.equal('');
    return stdout.trimEnd().split('\n');
  }

  for (const [part, pair] of Object.entries(PAIRS)) {
    for (const first of LIBRARIES) {
      for (const second of LIBRARIES) {
        it(`says the same, as in ${part}, with ${first} and ${second}`, async () => {
          const endpoint = await stage.freeEndpoint();
          const expected = Object.entries<readonly (string | RegExp)[]>(pair);
          const said = await Promise.all(
            expected.map(([name], at) => say([first, second][at]!, `${name}.js`, endpoint)),
          );
          for (const [at, [, lines]] of expected.entries()) expectLines(said[at]!, lines);
        });
      }
    }
  }

  for (const [what, { file, says }] of Object.entries(ALONE)) {
    for (const library of LIBRARIES) {
      it(`says the same, as with ${what}, by ${library}`, async () => {
        expectLines(await say(library, file, await stage.freeEndpoint()), says);
      });
    }
  }
});

function expectLines(said: readonly string[], lines: readonly (string | RegExp)[]): void {
  const shown = said.map((line, at) => {
    const expected = lines[at];
    return expected instanceof RegExp && expected.test(line) ? expected : line;
  });
  expect(shown).to.deep.equal(lines);
}
