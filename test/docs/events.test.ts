import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { EVENT_TYPES } from '../../src/runtime/base/events.js';
import { compile } from '../support/examples.js';
import { useTidyStage } from '../support/stage.js';
import { WirePeer } from '../support/wire-peer.js';

/*
 * docs/events.md has a table of all events, `| type | libzmq | number | when | fields |`. A field that is not always
 * there has a question mark.
 */
const ROOT = new URL('../../../', import.meta.url);
const TYPES = fileURLToPath(new URL('src/runtime/base/events.ts', ROOT));
const NONE = '–';

interface Row {
  readonly type: string;
  readonly name: string;
  readonly number: string;
  readonly fields: readonly string[];
}

function rowsOf(page: string): Row[] {
  const section = page.split(/^## /m).find((part) => part.startsWith('Types\n')) ?? '';
  const cells = [...section.matchAll(/^\| `.*$/gm)].map(([line]) =>
    line.split('|').map((cell) => cell.trim()),
  );
  return cells.map(([, type, name, number, , fields]) => ({
    type: type!.replaceAll('`', ''),
    name: name!,
    number: number!,
    fields: [...fields!.matchAll(/`([^`]+)`/g)].map(([, field]) => field!),
  }));
}

/** The fields of each type of event, as TypeScript knows them; `type` itself is not among them. */
function declaredFields(): Map<string, string[]> {
  const program = ts.createProgram([TYPES], { strict: true, target: ts.ScriptTarget.ES2022 });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(TYPES)!)!;
  const event = checker.getExportsOfModule(module).find(({ name }) => name === 'Event')!;
  const declared = checker.getDeclaredTypeOfSymbol(event) as ts.UnionType;
  const found = new Map<string, string[]>();
  for (const one of declared.types) {
    let type = '';
    const fields: string[] = [];
    for (const property of one.getProperties()) {
      if (property.name === 'type') {
        type = (checker.getTypeOfSymbol(property) as ts.StringLiteralType).value;
      } else {
        const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
        fields.push(`${property.name}${optional ? '?' : ''}`);
      }
    }
    found.set(type, fields);
  }
  return found;
}

describe('docs/events.md', () => {
  const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
  const page = read('docs/events.md');
  const rows = rowsOf(page);

  it('has a row for each type of event', () => {
    expect(rows.map(({ type }) => type)).to.have.members(EVENT_TYPES);
  });

  it('names the fields that each has, and which may be missing', () => {
    const declared = declaredFields();
    for (const { type, fields } of rows) {
      expect(fields, type).to.have.members(declared.get(type)!);
    }
  });

  it('has libzmq’s names and numbers, which are those of docs/libzmq.md', () => {
    const listed = [
      ...read('docs/libzmq.md').matchAll(/^\| (0x\w+) +\| ZMQ_EVENT_(\w+) +\| `(\S+)`/gm),
    ].map(([, number, name, type]) => ({ type, name, number }));
    const named = rows.filter(({ name }) => name !== NONE);
    expect(listed).to.have.deep.members(
      named.map(({ type, name, number }) => ({ type, name, number })),
    );
    expect(rows.filter(({ name }) => name === NONE).map(({ type }) => type)).to.deep.equal([
      'unknown',
    ]);
  });

  describe('has a server that', () => {
    const stage = useTidyStage();
    let folder: string;

    before(async () => {
      folder = await mkdtemp(fileURLToPath(new URL('dist/example-of-events-', ROOT)));
    });

    after(() => rm(folder, { recursive: true, force: true }));

    it('prints who came, and who left', async () => {
      const programs = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!);
      const server = programs.find((code) => code.includes('} left'))!;
      await writeFile(join(folder, 'server.ts'), server);
      expect(compile([join(folder, 'server.ts')])).to.equal('');
      const child = spawn(process.execPath, [join(folder, 'server.js')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      stage.atEnd(() => child.kill('SIGKILL'));
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const printed = async (): Promise<unknown> => (await lines.next()).value as unknown;
      const [, endpoint] = /^listening on (\S+)$/.exec(String(await printed()))!;
      const come = async (): Promise<{ peer: WirePeer; name: string }> => {
        const peer = await WirePeer.connect(stage, endpoint!);
        const name = `127.0.0.1:${peer.socket.localPort}`;
        await peer.handshake('REQ');
        expect(await printed()).to.equal(`${name} came`);
        return { peer, name };
      };
      const [first, second] = [await come(), await come()];
      // Of somebody who never was a peer it prints nothing.
      const stranger = await WirePeer.connect(stage, endpoint!);
      await stranger.write(Buffer.from('nonsense'));
      await stranger.closed;
      second.peer.socket.end();
      expect(await printed()).to.equal(`${second.name} left: closed in order`);
      const third = await come();
      first.peer.reset();
      expect(await printed()).to.match(new RegExp(`^${first.name} left: .*ECONNRESET`));
      third.peer.socket.end();
      expect(await printed()).to.equal(`${third.name} left: closed in order`);
    });
  });
});
