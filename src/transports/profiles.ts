import type { ConnectCommand, SocketProfile } from '../runtime/context/commands.js';

/**
 * Each connect tells an I/O worker all about its socket, which says the same again and again unless an option has been
 * changed. Of what it said last there is one copy, however many connections are made of it.
 */
export class Profiles {
  private text = '';
  private profile: SocketProfile | undefined;

  /** The same command, with a profile that is there already if it can be. */
  share(command: ConnectCommand): ConnectCommand {
    const text = JSON.stringify(command.profile);
    if (this.profile === undefined || text !== this.text) {
      this.text = text;
      this.profile = command.profile;
    }
    return { ...command, profile: this.profile };
  }
}
