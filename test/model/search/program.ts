import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import * as limits from '../../../src/runtime/base/limits.js';
import { INPROC_NAMES, SLOTS } from './addresses.js';
import { stepping, SteppingNames } from './steps.js';
import * as world from './world.js';

/**
 * A scenario and the shipped sources it imports, turned into steps. Modules that no protocol depends
 * on are replaced: memory, so that freed blocks are noticed, and the idle strategy, so that nobody looks for work longer than
 * a scenario says. There are no more threads than the scenarios have, no timer runs out by itself, and a pattern's socket is
 * a bare one.
 */

/** One edit of a shipped source. */
export interface Mutation {
  /** Below the repository's root. */
  readonly file: string;
  /** Must occur exactly once. */
  readonly find: string;
  readonly replace: string;
}

const ROOT = findRoot();
const ROOT_MODULE = createRequire(import.meta.url);

/** Stands for the module at a path below the root. */
const REPLACED = new Map<string, unknown>([
  ['src/runtime/base/limits.ts', { ...limits, SLOTS, INPROC_NAMES }],
  ['test/model/search/world.ts', world],
  ['src/runtime/memory/atomics.ts', world.immediate],
  ['src/runtime/memory/allocator.ts', { Allocator: world.Blocks }],
  [
    'src/runtime/memory/pages.ts',
    {
      PageTable: world.NoPages,
      ownerMark: world.ownerMark,
      slotOfPage: world.slotOfPage,
      sweepPages: world.sweepPages,
    },
  ],
  ['src/runtime/memory/copy.ts', { copyIn: world.copyIn, copyOut: world.copyOut }],
  ['src/runtime/thread/idle-strategy.ts', { IdleStrategy: world.FewLooks }],
  // No scenario speaks ZMTP.
  ['src/transports/engine.ts', {}],
]);

/** Stands for all that a pattern imports from its neighbours. It takes steps itself. */
const BARE_SOCKET = 'test/model/search/scenarios/bare-socket.ts';
/** Are read in the place of the modules at these paths. */
const STAND_INS = new Map(
  ['socket', 'incoming', 'outgoing', 'readable', 'writable', 'options'].map((name) => [
    `src/patterns/${name}.ts`,
    BARE_SOCKET,
  ]),
);

const COMPILER_OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  isolatedModules: true,
};

/** What was parsed and compiled before: mutants share all but one file. */
const parsed = new Map<string, ts.SourceFile>();
const compiled = new Map<string, string>();

/** The exports of the module at `path` below the repository's root, as steps. */
export function load(path: string, mutations: readonly Mutation[] = []): unknown {
  const sources = readSources(path, mutations);
  const names = SteppingNames.of([...sources.values()]);
  const modules = new Map<string, Record<string, unknown>>();

  const evaluate = (file: string): unknown => {
    const replaced = REPLACED.get(file);
    if (replaced !== undefined) return replaced;
    const known = modules.get(file);
    if (known !== undefined) return known;
    const exports: Record<string, unknown> = {};
    modules.set(file, exports);
    const require = (specifier: string): unknown =>
      specifier.startsWith('.') ? evaluate(resolve(file, specifier)) : ROOT_MODULE(specifier);
    const run = compileFunction(
      compile(sources.get(file)!, names),
      [
        ...['require', 'exports', '$steps', '$now', '$read', '$write'],
        ...['setTimeout', 'clearTimeout'],
      ],
      { filename: join(ROOT, file) },
    ) as (...args: unknown[]) => void;
    run(
      ...[require, exports, steps, now, world.plainRead, world.plainWrite],
      ...[world.setTimer, world.clearTimer],
    );
    return exports;
  };
  return evaluate(path);
}

function compile(source: ts.SourceFile, names: SteppingNames): string {
  const key = [
    source.text,
    ...names.functions,
    '/',
    ...names.methods,
    '/',
    ...names.getters,
  ].join();
  let code = compiled.get(key);
  if (code === undefined) {
    code = ts.transpileModule(source.text, {
      compilerOptions: COMPILER_OPTIONS,
      fileName: source.fileName,
      transformers: { before: [stepping(names)] },
    }).outputText;
    compiled.set(key, code);
  }
  return code;
}

/** The module's source and those of all it imports, mutated; what it imports for the compiler alone is never run. */
function readSources(path: string, mutations: readonly Mutation[]): Map<string, ts.SourceFile> {
  const sources = new Map<string, ts.SourceFile>();
  const pending = [path];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (sources.has(file) || REPLACED.has(file)) continue;
    const source = parse(file, mutations);
    sources.set(file, source);
    for (const statement of source.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      if (isTypeOnly(statement)) continue;
      const specifier = statement.moduleSpecifier;
      if (specifier === undefined || !ts.isStringLiteral(specifier)) continue;
      if (specifier.text.startsWith('.')) pending.push(resolve(file, specifier.text));
    }
  }
  for (const { file } of mutations) {
    if (!sources.has(file)) throw new Error(`${file} is no part of what is searched`);
  }
  return sources;
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function parse(file: string, mutations: readonly Mutation[]): ts.SourceFile {
  let text = readFileSync(join(ROOT, file), 'utf8');
  for (const mutation of mutations) if (mutation.file === file) text = mutate(text, mutation);
  let source = parsed.get(text);
  if (source === undefined) {
    source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    parsed.set(text, source);
  }
  return source;
}

function mutate(text: string, { file, find, replace }: Mutation): string {
  const count = text.split(find).length - 1;
  if (count !== 1) throw new Error(`${file} has ${count} places that read: ${find}`);
  return text.replace(find, () => replace);
}

/** Is it what a function that takes steps has answered? */
function steps(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Generator>).next === 'function' &&
    typeof (value as Partial<Generator>).throw === 'function'
  );
}

/** What a function that takes steps has answered, once it has taken them all. */
function now(value: unknown): unknown {
  return steps(value) ? world.runAtOnce(value as world.Steps) : value;
}

function resolve(file: string, specifier: string): string {
  const path = relative(ROOT, join(ROOT, dirname(file), specifier)).replace(/\.js$/, '.ts');
  return STAND_INS.get(path) ?? path;
}

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
