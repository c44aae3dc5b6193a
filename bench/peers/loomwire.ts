import { SocketLibrary } from './socket-library.js';

/** As the package has it. */
const DOOR = new URL('../../lib/index.js', import.meta.url);

export class Loomwire extends SocketLibrary {
  /** @param name by which it is in the table */
  constructor(name = 'loomwire') {
    super(name, DOOR.href);
  }

  async prepare(): Promise<string | undefined> {
    const { packageVersion } = await import('../../src/index.js');
    this.version = packageVersion;
    return undefined;
  }
}
