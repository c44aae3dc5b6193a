import type { EndName, Work } from '../work.js';
import { type Command, endCommand, inprocCommand, type Library } from './command.js';

export class Loomwire implements Library {
  readonly name = 'loomwire';
  version: string | undefined;

  async prepare(): Promise<string | undefined> {
    const { packageVersion } = await import('../../src/index.js');
    this.version = packageVersion;
    return undefined;
  }

  inproc(work: Work): Command {
    return inprocCommand({ library: 'loomwire', work });
  }

  end(work: Work, end: EndName, endpoint: string): Command {
    return endCommand({ library: 'loomwire', work, end, endpoint });
  }
}
