import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { CERTIFICATE, KEY } from '../support/certificate.js';
import type { Library } from '../support/elsewhere.js';
import { compile } from '../support/examples.js';
import { useTidyStage } from '../support/stage.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = new URL('../../../docs/transports/own.md', import.meta.url);
/** A block of code that begins with the name of its file. */
const BLOCK = /^```ts\n\/\/ ([\w-]+)\.ts: .*\n([^]*?)^```$/gm;

describe('docs/transports/own.md', () => {
  const stage = useTidyStage();
  let folder: string;

  before(async () => {
    // Below the package, so that it is imported by its name.
    folder = await mkdtemp(join(root, 'dist', 'example-of-tls-'));
    const names: string[] = [];
    for (const [, name, code] of readFileSync(PAGE, 'utf8').matchAll(BLOCK)) {
      names.push(name!);
      await writeFile(join(folder, `${name}.ts`), code!);
    }
    expect(names).to.deep.equal(['tls', 'tls-connections']);
    await writeFile(join(folder, 'cert.pem'), CERTIFICATE);
    await writeFile(join(folder, 'key.pem'), KEY);
    expect(compile(names.map((name) => join(folder, `${name}.ts`)))).to.equal('');
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('has a transport over TLS that works', async () => {
    const other = stage.process(
      async (_library, line, { module, library }) => {
        // As the package has it, and so as the example imports it.
        const { Context, Reply, Request } = (await import(library)) as Library;
        await import(module);
        const context = new Context({ arenaSize: 2 ** 26 });
        const [request, reply] = [new Request({ context }), new Reply({ context })];
        await reply.bind('tls://127.0.0.1:*');
        request.connect(reply.lastEndpoint!);
        await request.send('Who is there?');
        line.post(String(await reply.receive()));
        await reply.send('Nobody else');
        line.post(String(await request.receive()));
        await reply
          .bind('tls://here')
          .catch((error: unknown) => line.post((error as Error).message));
        await context.destroy({ linger: 0 });
      },
      {
        module: pathToFileURL(join(folder, 'tls.js')).href,
        library: new URL('../../lib/index.js', import.meta.url).href,
      },
    );
    expect(await other.next()).to.equal('Who is there?');
    expect(await other.next()).to.equal('Nobody else');
    expect(await other.next()).to.equal('here is not host:port');
    expect((await other.ended).stderr).to.equal('');
  });
}).timeout(60_000);
