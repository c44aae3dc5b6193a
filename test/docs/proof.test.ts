import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SCRIPT = fileURLToPath(new URL('../../../scripts/record-proof.mjs', import.meta.url));

describe('docs/proof.md', () => {
  it('has the figures of the records, and no others', () => {
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], {
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(status).to.equal(0);
  });
});
