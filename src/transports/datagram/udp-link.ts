import type { RemoteInfo, Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { DatagramPeer } from '../../runtime/base/datagram.js';

/** Who is told what a link receives. */
export interface DatagramReader {
  received(datagram: Buffer, from: DatagramPeer): void;
  /** The system could not hand one over. That ends nothing. */
  missed(): void;
}

/** How IPv4 looks to a socket that takes both. */
const MAPPED = '::ffff:';

/** A bound `node:dgram` socket: sends, and receives if there is a reader. */
export class UdpLink {
  private over = false;
  private reader: DatagramReader | undefined;

  /** @param target where everything goes that says nothing else; `undefined` for those that only receive or answer */
  constructor(
    private readonly socket: Socket,
    private readonly six: boolean,
    private readonly target: DatagramPeer | undefined,
  ) {
    // Somebody has to listen, or the error would end the worker.
    socket.on('error', () => this.reader?.missed());
  }

  /** From now on. What has come before is lost. */
  open(reader: DatagramReader): void {
    this.reader = reader;
    this.socket.on('message', (datagram: Buffer, { address, port }: RemoteInfo) => {
      if (this.over) return;
      const mapped = this.six && address.startsWith(MAPPED);
      reader.received(datagram, { host: mapped ? address.slice(MAPPED.length) : address, port });
    });
  }

  /** Is told, later, whether the kernel has taken the datagram. The pieces are left alone until then. */
  send(
    pieces: readonly Uint8Array[],
    to: DatagramPeer | undefined,
    done: (error: Error | null) => void,
  ): void {
    const { host, port } = to ?? this.target!;
    const address = this.six && isIPv4(host) ? MAPPED + host : host;
    this.socket.send(pieces, port, address, done);
  }

  /** Datagrams that the kernel has yet to take. */
  get queued(): number {
    return this.socket.getSendQueueCount();
  }

  close(): void {
    if (this.over) return;
    this.over = true;
    this.socket.close();
  }
}
