import { createRequire } from 'node:module';
import type { EndName, Work } from '../work.js';
import { type Command, endCommand, inprocCommand, type Library } from './command.js';

/** The native binding. Its sockets only await; threads share its default context. */
export class ZeromqJs implements Library {
  readonly name = 'zeromq.js';
  version: string | undefined;

  async prepare(): Promise<string | undefined> {
    try {
      // Loading it finds out whether its native part works on this machine.
      const { version: libzmq } = await import('zeromq');
      const manifest: unknown = createRequire(import.meta.url)('zeromq/package.json');
      this.version = `${(manifest as { version: string }).version} (libzmq ${libzmq})`;
      return undefined;
    } catch (error) {
      return `zeromq.js does not load: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  inproc(work: Work): Command {
    return inprocCommand({ library: 'zeromq.js', work });
  }

  end(work: Work, end: EndName, endpoint: string): Command {
    return endCommand({ library: 'zeromq.js', work, end, endpoint });
  }
}
