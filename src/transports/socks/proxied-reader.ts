import type { Socket } from 'node:net';
import { parseTcpPlace, type TcpPlace } from '../../runtime/base/tcp-place.js';
import type { SocketProfile } from '../../runtime/context/commands.js';
import type { ProxyTalk } from '../stream/open-link.js';
import type { LinkReader } from '../stream/link.js';
import { type Credentials, SocksHandshake } from './socks-handshake.js';

/**
 * Reads what comes over a connection to a SOCKS proxy: first what the proxy itself has to say, then, for the connection's
 * reader, what the peer says. The kernel is asked for no more than the proxy's next words: a peer that speaks at once, right
 * behind them, is read in place like any other.
 */
export class ProxiedReader implements ProxyTalk, Omit<LinkReader, 'closed'> {
  /** Where the proxy is. */
  readonly place: TcpPlace;
  /** Its own deadline, as a peer's handshake has: `connectTimeout` is off unless somebody sets it, and a proxy can fall silent. */
  readonly patience: number;
  private readonly handshake: SocksHandshake;
  private socket: Socket | undefined;
  private over: ((error: Error | undefined) => void) | undefined;

  /** @param proxy the option `socksProxy` */
  constructor(
    proxy: string,
    peer: TcpPlace,
    profile: SocketProfile,
    private readonly reader: LinkReader,
  ) {
    // It was checked when it was set.
    this.place = parseTcpPlace(proxy, 'connect')!;
    this.patience = profile.handshakeInterval;
    this.handshake = new SocksHandshake(peer, credentialsOf(profile));
  }

  begin(socket: Socket, over: (error: Error | undefined) => void): void {
    this.socket = socket;
    this.over = over;
    socket.write(this.handshake.greeting());
  }

  space(): Uint8Array {
    return this.handshake.done ? this.reader.space() : this.handshake.space();
  }

  received(length: number): boolean {
    if (this.handshake.done) return this.reader.received(length);
    try {
      const answer = this.handshake.received(length);
      if (answer !== undefined) this.socket!.write(answer);
    } catch (error) {
      // The socket is destroyed by it: nothing is read into the space that is left.
      this.over!(error as Error);
      return false;
    }
    // By this the reader gets its link; it may well pause it, which then holds.
    if (this.handshake.done) this.over!(undefined);
    return true;
  }
}

function credentialsOf({ socksUsername, socksPassword }: SocketProfile): Credentials | undefined {
  return socksUsername === null
    ? undefined
    : { user: socksUsername, password: socksPassword ?? '' };
}
