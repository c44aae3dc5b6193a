import { createRequire } from 'node:module';
import { SocketLibrary } from './socket-library.js';

/** The native binding. Its sockets only await; threads share its default context. */
export class ZeromqJs extends SocketLibrary {
  constructor() {
    super('zeromq.js', 'zeromq');
  }

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
}
