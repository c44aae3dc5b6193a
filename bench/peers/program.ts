import type { EndName, Work } from '../work.js';
import { type Command, type Library, roleCommand } from './command.js';

/** A way to do some work without any sockets, which is one role file. */
export class Program implements Library {
  version: string | undefined;

  /** @param findVersion of what does the work */
  constructor(
    readonly name: string,
    private readonly role: string,
    private readonly findVersion: () => Promise<string> | string,
  ) {}

  async prepare(): Promise<string | undefined> {
    this.version = await this.findVersion();
    return undefined;
  }

  whole(work: Work): Command {
    return roleCommand(this.role, { module: '', work });
  }

  end(_work: Work, end: EndName): Command {
    throw new Error(`${this.name} has no ${end}`);
  }
}
