import { expect } from 'chai';
import { ExampleProcess, killExamples } from './support/process.js';

/**
 * In a process of its own, since the examples use the process-wide context, and end when that is
 * terminated.
 */
describe('the examples as tasks of piscina', () => {
  afterEach(killExamples);

  it('do their jobs over inproc, and end with the context', async () => {
    const script = '../test/examples/support/in-threads';
    const { code, stdout, stderr } = await new ExampleProcess(script).end;
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const results = JSON.parse(stdout.slice(stdout.lastIndexOf('\n{'))) as Record<string, unknown>;
    expect(results).to.deep.equal({
      version: ['packageVersion', 'version'],
      replies: ['World 0', 'World 1', 'World 2'],
      repliesToMany: ['World 0', 'World 1', 'World 0', 'World 1'],
      updatesInTurn: 100,
      sent: { tasks: 4, cost: 4 },
      arrived: ['0', '0', '1', '2', '3'],
      // Endless programs report nothing.
      endless: [null, null, null, null],
      refused: 'TypeError: There is no option requets',
    });
  });
});
