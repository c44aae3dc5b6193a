// Compiles into dist/ when something changed since the last good build, and removes what no
// source file stands behind any more. From dist/src it makes dist/lib, which the package gives to its users: the
// same code in few files, since to import some 150 modules takes three times as long as to start Node.
// Silent unless the compiler has something to say.
// Several terminals may start at once on a fresh clone: one compiles, the others wait for it.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild-wasm';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');
const COMPILED = join(DIST, 'src');
const LIBRARY = join(DIST, 'lib');
const WRAPPERS = join(DIST, '.entries');
const STAMP = join(DIST, '.built');
const LOCK = join(DIST, '.building');
const SOURCES = ['src', 'test', 'bench', 'examples'];
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];

/**
 * What is loaded by a name of its own: by users, as a worker's module, or by a URL or `require` when it is first needed.
 * It lies where it lies in dist/src; what several of them use is put into files beside them, so code that names a file by
 * `import.meta.url` belongs into one of these, or into a module directly in src, whose place is the same.
 */
const ENTRIES = [
  'index',
  'actors',
  'draft',
  'streams',
  'v5-compat',
  'actor-worker',
  'crew-worker',
  'proxy-worker',
  'transports/datagram/udp-scheme',
  'transports/own/own-scheme',
];
/** The first of them, whose modules nearly every other needs: so all import it, and what it is made of is one file. */
const FIRST = 'index';
/** What threads run that share no class with users' modules: one file each, whatever is in others, too. */
const LONE = ['runtime/actor/task-host'];
/** CommonJS that imports one of these. */
const DOORS = ['actor-worker-door.cjs', 'runtime/actor/task-host-door.cjs'];
/** CommonJS that becomes one file with all of ours that it imports. */
const WHOLE = 'transports/io-worker-door';
/** And with a package. */
const PACKAGE = { door: 'tsyringe-door', license: 'node_modules/tsyringe/LICENSE' };

/** @param {string} path */
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** @param {string} directory @returns {import('node:fs').Dirent[]} */
const entries = (directory) =>
  existsSync(directory) ? readdirSync(directory, { withFileTypes: true, recursive: true }) : [];

/** Newest change below the source folders; a folder's own time tells of removed files. */
function newestChange() {
  let newest = Math.max(...SETTINGS.map((name) => modified(join(ROOT, name))));
  for (const folder of SOURCES) {
    newest = Math.max(newest, modified(join(ROOT, folder)));
    for (const entry of entries(join(ROOT, folder))) {
      newest = Math.max(newest, modified(join(entry.parentPath, entry.name)));
    }
  }
  return newest;
}

function removeOrphans() {
  for (const entry of entries(DIST)) {
    const output = join(entry.parentPath, entry.name);
    if (output.startsWith(LIBRARY) || output.startsWith(WRAPPERS)) continue;
    const source = /^(.+?)(?:\.d)?\.([mc]?)[jt]s(?:\.map)?$/.exec(relative(DIST, output));
    if (source && !existsSync(join(ROOT, `${source[1]}.${source[2]}ts`))) rmSync(output);
  }
}

function compile() {
  const started = new Date();
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json')], {
    // stdout belongs to whoever asked for the build
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) return status ?? 1;
  removeOrphans();
  bundle();
  writeFileSync(STAMP, '');
  utimesSync(STAMP, started, started);
  return 0;
}

/** Names stay as they are: what is thrown and shown has them. */
const BUNDLED = {
  absWorkingDir: ROOT,
  outdir: LIBRARY,
  bundle: true,
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
};

function bundle() {
  rmSync(LIBRARY, { recursive: true, force: true });
  const at = (names, extension) =>
    names.map((name) => ({ in: join(COMPILED, `${name}.${extension}`), out: name }));
  buildSync({
    ...BUNDLED,
    entryPoints: ENTRIES.map((name) => ({ in: entryBesideFirst(name), out: name })),
    chunkNames: 'shared-[hash]',
    splitting: true,
    format: 'esm',
  });
  buildSync({ ...BUNDLED, entryPoints: at(LONE, 'js'), format: 'esm' });
  const cjs = { ...BUNDLED, format: 'cjs', outExtension: { '.js': '.cjs' } };
  buildSync({ ...cjs, entryPoints: at([WHOLE], 'cjs') });
  buildSync({
    ...cjs,
    entryPoints: at([PACKAGE.door], 'cjs'),
    packages: 'bundle',
    // Nobody's source that the package holds.
    sourcemap: false,
    banner: { js: `/*\n${readFileSync(join(ROOT, PACKAGE.license), 'utf8')}*/` },
  });
  for (const name of DOORS) {
    for (const file of [name, `${name}.map`])
      copyFileSync(join(COMPILED, file), join(LIBRARY, file));
  }
}

/**
 * A module that is the entry and imports the first one: esbuild puts modules into one file if the same entries need them.
 * @param {string} name @returns {string} its file
 */
function entryBesideFirst(name) {
  const entry = join(COMPILED, `${name}.js`);
  if (name === FIRST) return entry;
  const file = join(WRAPPERS, `${name}.js`);
  const from = dirname(file);
  const url = (path) => JSON.stringify(relative(from, path).replaceAll('\\', '/'));
  const lines = [`import ${url(join(COMPILED, `${FIRST}.js`))};`, `export * from ${url(entry)};`];
  if (readFileSync(entry, 'utf8').includes('export default ')) {
    lines.push(`export { default } from ${url(entry)};`);
  }
  mkdirSync(from, { recursive: true });
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** @returns {boolean} whether the lock is ours now */
function lock() {
  try {
    const file = openSync(LOCK, 'wx');
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** A build that was killed leaves its lock behind. */
function removeDeadLock() {
  try {
    const owner = Number(readFileSync(LOCK, 'utf8'));
    // Between open and write the file is empty: its owner is alive and about to write.
    if (owner > 0) process.kill(owner, 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(LOCK, { force: true });
    else if (error.code !== 'ENOENT' && error.code !== 'EPERM') throw error;
  }
}

/** @returns {number} exit status: 0 when dist/ stands for the sources */
export function build() {
  if (modified(STAMP) > newestChange()) return 0;
  mkdirSync(DIST, { recursive: true });
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (!lock()) {
    removeDeadLock();
    Atomics.wait(pause, 0, 0, 50);
  }
  try {
    return modified(STAMP) > newestChange() ? 0 : compile();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = build();
