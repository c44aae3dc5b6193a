import type { EndName, Work } from '../work.js';
import { type Command, endCommand, type Library, wholeCommand } from './command.js';

/** A library whose sockets the role files use. */
export abstract class SocketLibrary implements Library {
  version: string | undefined;

  /** @param module what the role files import: a specifier or the URL of a file */
  protected constructor(
    readonly name: string,
    private readonly module: string,
  ) {}

  abstract prepare(): Promise<string | undefined>;

  whole(work: Work): Command {
    return wholeCommand({ module: this.module, work });
  }

  end(work: Work, end: EndName, endpoint: string): Command {
    return endCommand({ module: this.module, work, end, endpoint });
  }
}
