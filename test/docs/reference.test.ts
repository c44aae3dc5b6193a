import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import ts from 'typescript';
import * as actors from '../../src/actors.js';
import * as draft from '../../src/draft.js';
import * as index from '../../src/index.js';
import * as compat from '../../src/v5-compat.js';
import { compile } from '../support/examples.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Where an example's comments say what it prints. */
const PRINTED = /^\s*\/\/ ?(.*)$|;\s*\/\/ (.*)$/;

interface Described {
  readonly name: string;
  /** The module, below src. */
  readonly file: string;
  readonly examples: readonly string[];
}

/** The reference is made of docstrings. */
describe('The API reference', () => {
  let classes: Described[];
  let folder: string;

  before(async () => {
    classes = await describedClasses();
    // Below the package, so that the examples import it by its name.
    folder = await mkdtemp(join(root, 'dist', 'examples-of-classes-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('has an example for each class that is exported', () => {
    const without: string[] = [];
    for (const [below, door] of [
      ['runtime/|patterns/[^/]*$', index],
      ['runtime/actor/', actors],
      ['patterns/draft/', draft],
      ['patterns/v5/', compat],
    ] as const) {
      for (const [name, value] of Object.entries(door)) {
        if (!isClass(value)) continue;
        const found = classes.find(
          (each) => each.name === name && new RegExp(`^(${below})`).test(each.file),
        );
        if (found === undefined || found.examples.length === 0) without.push(name);
      }
    }
    for (const name of ['MessageReadable', 'MessageWritable']) {
      if (!classes.some((each) => each.name === name && each.examples.length > 0)) {
        without.push(name);
      }
    }
    expect(without).to.deep.equal([]);
    expect(classes.flatMap(({ examples }) => examples)).to.have.length.of.at.least(29);
  });

  it('has examples that compile, and print what they say', async () => {
    const programs = new Map<string, string>();
    for (const { name, file, examples } of classes) {
      for (const [number, code] of examples.entries()) {
        const path = `${file.replace(/\W/g, '-')}-${name}-${number}`;
        programs.set(path, code);
        await writeFile(join(folder, `${path}.ts`), code);
      }
    }
    expect(compile([...programs.keys()].map((path) => join(folder, `${path}.ts`)))).to.equal('');
    for (const [path, code] of programs) {
      const { stdout } = await run(process.execPath, [join(folder, `${path}.js`)], {
        timeout: 60_000,
      });
      expect(stdout.trimEnd().split('\n'), path).to.deep.equal(printedBy(code));
    }
  }).timeout(300_000);
});

function isClass(value: unknown): boolean {
  return typeof value === 'function' && Function.prototype.toString.call(value).startsWith('class');
}

async function describedClasses(): Promise<Described[]> {
  const files = await readdir(join(root, 'src'), { recursive: true });
  const found: Described[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const text = await readFile(join(root, 'src', file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    for (const statement of source.statements) {
      if (!ts.isClassDeclaration(statement) || statement.name === undefined) continue;
      const examples = ts
        .getJSDocTags(statement)
        .filter((tag) => tag.tagName.text === 'example')
        .map((tag) => codeOf(ts.getTextOfJSDocComment(tag.comment) ?? ''));
      found.push({ name: statement.name.text, file, examples });
    }
  }
  return found;
}

function codeOf(comment: string): string {
  const code = /^```ts\n([^]*)\n```$/.exec(comment.trim())?.[1];
  if (code === undefined) throw new Error(`An example is not one block of code:\n${comment}`);
  return `${code}\n`;
}

/** What an example says that it prints: in comments behind statements, or in lines of their own. */
function printedBy(code: string): string[] {
  return code.split('\n').flatMap((line) => {
    const [, whole, behind] = PRINTED.exec(line) ?? [];
    return whole ?? behind ?? [];
  });
}
