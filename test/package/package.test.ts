import { execFile } from 'node:child_process';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { importLoomwire } from '../support/import-loomwire.js';

const run = promisify(execFile);
/** tsyringe as the package has it. */
const TSYRINGE = 'tsyringe-door.cjs';
const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Manifest {
  version: string;
  exports: Record<
    '.' | './v5-compat' | './draft' | './actors' | './streams',
    { types: string; default: string }
  >;
  dependencies: Record<string, string>;
}

/** The tarball that npm would publish, put where an installation would put it. */
describe('the packed tarball', () => {
  let consumer: string;
  let installed: string;
  let manifest: Manifest;
  let files: string[];

  before(async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'loomwire-package-'));
    consumer = join(scratch, 'consumer');
    installed = join(consumer, 'node_modules', 'loomwire');
    await cp(join(root, 'test', 'fixtures', 'consumer'), consumer, { recursive: true });
    await mkdir(join(consumer, 'node_modules', '@types'), { recursive: true });

    // Written for zeromq.js, and changed in nothing but what it imports.
    const programs = join(root, 'test', 'fixtures', 'zeromqjs');
    for (const name of await readdir(programs)) {
      const theirs = await readFile(join(programs, name), 'utf8');
      await writeFile(join(consumer, `zeromqjs-${name}`), importLoomwire(theirs));
    }

    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch], { cwd: root });
    const [tarball = ''] = (await readdir(scratch)).filter((name) => name.endsWith('.tgz'));
    await run('tar', ['-xzf', join(scratch, tarball), '-C', scratch]);
    await rename(join(scratch, 'package'), installed);

    manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
    // What npm would fetch is here already.
    for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
      await symlink(join(root, 'node_modules', name), join(consumer, 'node_modules', name), 'dir');
    }
    const entries = await readdir(installed, { recursive: true, withFileTypes: true });
    files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
  });

  after(() => rm(dirname(consumer), { recursive: true, force: true }));

  it('holds the library and nothing else', () => {
    const strangers = files.filter(
      (name) =>
        !/^(dist\/lib|dist\/src|src)\//.test(name) &&
        !['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].includes(name),
    );
    expect(strangers).to.deep.equal([]);
    expect(files).to.include.members(['LICENSE', 'README.md', 'CHANGELOG.md', 'src/index.ts']);
    for (const name of ['.', './v5-compat', './draft', './actors', './streams'] as const) {
      const door = manifest.exports[name];
      expect(Object.keys(door)).to.deep.equal(['types', 'default']);
      expect(files).to.include.members([door.types.slice(2), door.default.slice(2)]);
    }
  });

  it('has less than 1.5 MB of scripts, and less than 6 MB in all (defect 8 of zeromq.js)', async () => {
    const sizes = await Promise.all(
      files.map(async (name) => ({ name, size: (await stat(join(installed, name))).size })),
    );
    const sum = (of: typeof sizes): number => of.reduce((total, { size }) => total + size, 0);
    const scripts = sizes.filter(({ name }) => /\.c?js$/.test(name));
    // Were there none, there would be nothing to measure.
    expect(sum(scripts)).to.be.within(500_000, 1_500_000);
    expect(sum(sizes)).to.be.within(1_500_000, 6_000_000);
  });

  it('maps every script and declaration to a source that it holds', async () => {
    const maps = files.filter((name) => name.endsWith('.map'));
    // tsyringe's, in one file, is nobody's source that the package holds.
    const mapped = files.filter(
      (name) => /\.(c?js|d\.c?ts)$/.test(name) && name !== join('dist', 'lib', TSYRINGE),
    );
    expect(mapped.filter((name) => /^dist\/src\/.*js$/.test(name))).to.deep.equal([]);
    expect(maps).to.have.members(mapped.map((name) => `${name}.map`));
    const held = new Set(files.map((name) => join(installed, name)));
    for (const name of maps) {
      const map = JSON.parse(await readFile(join(installed, name), 'utf8')) as {
        sources: string[];
      };
      for (const source of map.sources) {
        const path = resolve(installed, dirname(name), source);
        expect(held.has(path), `${name} points at ${source}`).to.equal(true);
      }
    }
  });

  it('runs no script when it is installed, and holds nothing to be built (defect 8 of zeromq.js)', async () => {
    // What npm would build, and what it would have been built to.
    const native =
      /(^|\/)(binding\.gyp|CMakeLists\.txt)$|\.(c|cc|cpp|h|hpp|node|so|dylib|dll|wasm)$/;
    expect(files.filter((name) => native.test(name))).to.deep.equal([]);
    const { scripts } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
      scripts: object;
    };
    expect(scripts).to.not.have.any.keys('preinstall', 'install', 'postinstall', 'prepare');
  });

  describe('in a program of its own', () => {
    const node = async (limit: number, ...args: string[]): Promise<string> =>
      (await run(process.execPath, args, { cwd: consumer, timeout: limit })).stdout;

    let complaints: string;

    before(async () => {
      complaints = await node(
        110_000,
        join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      ).catch((error: unknown) => (error as { stdout: string }).stdout);
    });

    it('compiles without the DOM and with every declaration checked', () => {
      expect(complaints).to.equal('');
    });

    it('works imported', async () => {
      const lines = (await node(25_000, join('out', 'imports.js'))).trimEnd().split('\n');
      expect(lines).to.deep.equal([
        'Hello, World',
        'Hello, World',
        '6',
        '70',
        'Hello, drafts 6',
        'Hello, task',
        'Hello, streams',
        'EINVAL',
        `function 4.3.5 ${manifest.version}`,
      ]);
    });

    it('loads little of Node when it is imported, and no package', async () => {
      const script = `await import('node:worker_threads');
        const before = new Set(process.moduleLoadList);
        await import('loomwire');
        const { createRequire } = await import('node:module');
        const packages = Object.keys(createRequire(import.meta.url).cache);
        const loaded = process.moduleLoadList.filter((name) => !before.has(name));
        console.log(JSON.stringify({ packages, loaded }));`;
      const { packages, loaded } = JSON.parse(
        await node(25_000, '--input-type=module', '-e', script),
      ) as { packages: string[]; loaded: string[] };
      expect(packages).to.deep.equal([]);
      // Each takes between one and six milliseconds.
      for (const name of ['crypto', 'net', 'v8', 'dns', 'dgram']) {
        expect(loaded).to.not.include(`NativeModule ${name}`);
      }
    });

    it('holds the license of tsyringe, which it brings in one file', async () => {
      const license = await readFile(join(root, 'node_modules', 'tsyringe', 'LICENSE'), 'utf8');
      expect(await readFile(join(installed, 'dist', 'lib', TSYRINGE), 'utf8')).to.include(license);
    });

    it('finds what is loaded later, and in threads', async () => {
      expect((await node(60_000, join('out', 'later.js'))).trimEnd().split('\n')).to.deep.equal([
        'pool by piscina 42',
        'pool by rings 42',
        'own thread of counter 3',
        'shared thread of counter 3',
        'pipeline 2,4,6',
        'server!',
        'proxy',
        'stream',
        'bound to udp://',
        'EADDRINUSE taken, by decree',
        'own transport',
        'tcp://127.0.0.1:1 ECONNREFUSED',
        '1 I/O worker',
      ]);
    });

    it('gives its classes the names that they have in the sources', async () => {
      const script = `for (const door of ['', '/actors', '/draft', '/streams', '/v5-compat']) {
        const module = await import('loomwire' + door);
        for (const [key, value] of Object.entries(module)) {
          if (typeof value === 'function' && /^class/.test(String(value))) console.log(door, key, value.name);
        }
      }`;
      const named = await node(25_000, '--input-type=module', '-e', script);
      const sources = script.replace(
        "'loomwire' + door",
        "root + '/' + (door.slice(1) || 'index') + '.js'",
      );
      const root = new URL('../../src', import.meta.url).href;
      const prefix = `const root = ${JSON.stringify(root)};`;
      expect(named).to.equal(await node(25_000, '--input-type=module', '-e', prefix + sources));
      expect(named).to.include('/actors ActorError ActorError\n');
    });

    it('works required', async () => {
      const script = `const { Push, packageVersion } = require('loomwire');
        console.log(typeof Push, packageVersion);`;
      expect(await node(25_000, '-e', script)).to.equal(`function ${manifest.version}\n`);
      expect(await node(25_000, join('out', 'requires.cjs'))).to.equal('required and blocking\n');
      const draft = `const { Client } = require('loomwire/draft');
        console.log(new Client().type);`;
      expect(await node(25_000, '-e', draft)).to.equal('13\n');
      const actors = `const { system } = require('loomwire/actors');
        system().then((made) => made.shutdown()).then(({ forced }) => console.log(forced));`;
      expect(await node(25_000, '-e', actors)).to.equal('[]\n');
      const streams = `const { Push } = require('loomwire');
        console.log(require('loomwire/streams').toWritable(new Push()).writableObjectMode);`;
      expect(await node(25_000, '-e', streams)).to.equal('true\n');
    });

    it('runs a program for version 6 of zeromq.js, in strict TypeScript, as zeromq.js itself does', async () => {
      const [theirs, ours] = await Promise.all([
        node(25_000, join(root, 'dist', 'test', 'fixtures', 'zeromqjs', 'program.js')),
        node(25_000, join('out', 'zeromqjs-program.js')),
      ]);
      expect(ours).to.equal(theirs);
      expect(ours.split('\n')).to.have.length(7);
    });

    it('runs a program for its draft types, in strict TypeScript, as zeromq.js itself does', async () => {
      const [theirs, ours] = await Promise.all([
        node(25_000, join(root, 'dist', 'test', 'fixtures', 'zeromqjs', 'draft-program.cjs')),
        node(25_000, join('out', 'zeromqjs-draft-program.cjs')),
      ]);
      expect(ours).to.equal(theirs);
      expect(ours.split('\n')).to.have.length(5);
    });

    it('works where callbacks were written for version 5 of zeromq.js', async () => {
      const lines = 'Hello, World 4.3.5\nHello, World\n';
      expect(await node(25_000, join('out', 'imports-v5.js'))).to.equal(lines);
      expect(await node(25_000, join('out', 'requires-v5.cjs'))).to.equal('required and closed\n');
      const script = `const { socket, ZMQ_PUSH, version } = require('loomwire/v5-compat');
        console.log(typeof socket, ZMQ_PUSH, version);`;
      expect(await node(25_000, '-e', script)).to.equal('function 8 4.3.5\n');
    });
  });
});
