import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Context, ioStatistics, Push } from '../../src/index.js';
import { KERNEL_QUEUES_KNOWN, kernelQueues } from './kernel-queues.js';
import { NumberedPeer } from './numbered-peer.js';
import type { Findings, Soak, Stint } from './soak.js';

const RESETS = 10_000;
/** Bodies have 4 bytes, their number, and up to so many more. */
const BODY_MOST = 40_000;
/** A connection is read for up to so many bytes before it is reset. */
const READ_MOST = 400_000;
/** One in so many resets comes when the kernel takes no more, so that what it has taken is known. */
const STUCK_EVERY = 8;
/** Turns of the I/O worker in which nothing moves before a connection counts as stuck. */
const STILL_TURNS = 20;

/**
 * A PUSH sends numbered messages to a peer that resets every connection in mid-transfer. No message
 * begins twice, and none overtakes another. Where the kernel says what it had accepted, the next connection
 * begins with the first message that it had accepted nothing of, and no byte counts as sent that it
 * had refused.
 */
export const resets: Soak = {
  name: 'resets',
  async run(stint) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const context = new Context({ arenaSize: 2 ** 26 });
    try {
      return await new Resets(stint, server, context).run();
    } finally {
      server.close();
      await context.destroy({ linger: 0 });
    }
  },
};

/** What is known of a connection that was stuck when it was reset. */
interface Stuck {
  /** Bytes of messages that the kernel has accepted. */
  readonly accepted: number;
  /** Bytes that counted as sent before the connection. */
  readonly countedBefore: number;
  /** The first message that the kernel has accepted nothing of. */
  readonly next: number;
}

class Resets {
  private readonly push: Push;
  private readonly connections: Socket[] = [];
  private connected: (() => void) | undefined;
  /** Bytes of each message on the wire, by its number. */
  private readonly lengths: number[] = [];
  private sending = true;
  /** The message that began last, over all connections. */
  private last = -1;
  /** What was wrong with the order, if anything was. */
  private wrong: string | undefined;
  private whole = 0;
  private exact = 0;

  constructor(
    private readonly stint: Stint,
    server: Server,
    private readonly context: Context,
  ) {
    server.on('connection', (socket) => {
      this.connections.push(socket);
      this.connected?.();
    });
    this.push = new Push({ context, reconnectInterval: 1, linger: 0 });
    this.push.connect(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async run(): Promise<Findings> {
    const resets = this.stint.share(RESETS, STUCK_EVERY);
    const sent = this.send();
    let stuck: Stuck | undefined;
    for (let reset = 0; reset < resets; reset++) {
      const peer = new NumberedPeer(await this.accept(), (number) => this.begins(number));
      stuck = await this.breakOff(peer, reset % STUCK_EVERY === 0, stuck);
      this.whole += peer.whole;
      this.stint.advance(reset + 1, resets, 'resets');
    }
    this.sending = false;
    this.push.close();
    await sent;
    const { whole, exact } = this;
    const verdict =
      `${resets} connections reset, ${whole} messages came whole, none began twice. Of ${exact} ` +
      'resets it was known what the kernel had accepted: nothing of that came again, nothing else was left out or counted as sent.';
    return { verdict, resets, whole, sent: this.lengths.length, exact };
  }

  private async send(): Promise<void> {
    try {
      while (this.sending) {
        const { random } = this.stint;
        const body = Buffer.alloc(4 + random.below(random.below(BODY_MOST) + 1));
        body.writeUInt32LE(this.lengths.length);
        this.lengths.push(body.length + (body.length > 255 ? 9 : 2));
        await this.push.send(body);
      }
    } catch (error) {
      // Closed while it waited for room.
      if ((error as { code?: string }).code !== 'EAGAIN') throw error;
    }
  }

  private async accept(): Promise<Socket> {
    while (this.connections.length === 0) {
      await new Promise<void>((resolve) => (this.connected = resolve));
    }
    return this.connections.shift()!;
  }

  private begins(number: number): void {
    if (number <= this.last) this.wrong ??= `${number} began after ${this.last}`;
    this.last = number;
  }

  /**
   * Reads some of what comes, and resets the connection.
   * @param before the connection before this one, if it was stuck
   * @returns what is known of this one, if it was
   */
  private async breakOff(
    peer: NumberedPeer,
    waits: boolean,
    before: Stuck | undefined,
  ): Promise<Stuck | undefined> {
    const countedBefore = await this.counted();
    if (before !== undefined && countedBefore - before.countedBefore > before.accepted) {
      const counted = countedBefore - before.countedBefore;
      throw new Error(
        `${counted} bytes counted as sent, of which ${before.accepted} were accepted`,
      );
    }
    peer.greet();
    await peer.read(1 + this.stint.random.below(READ_MOST));
    peer.socket.pause();
    if (before !== undefined && peer.first !== undefined && peer.first !== before.next) {
      throw new Error(`${peer.first} came first in place of ${before.next}`);
    }
    const accepted = waits && KERNEL_QUEUES_KNOWN ? await this.stuck(peer) : undefined;
    peer.socket.resetAndDestroy();
    await peer.closed;
    if (this.wrong !== undefined) throw new Error(this.wrong);
    if (accepted === undefined) return undefined;
    this.exact++;
    return { accepted, countedBefore, next: this.after(peer.first!, accepted) };
  }

  /** Resolves when the kernel takes no more, to the bytes of messages that it has accepted by then. */
  private async stuck(peer: NumberedPeer): Promise<number> {
    const { localPort, remotePort } = peer.socket;
    let accepted = -1;
    for (let still = 0; still < STILL_TURNS; still++) {
      // Its answer says that the I/O worker has had a turn.
      await this.counted();
      const queues = kernelQueues(remotePort!, localPort!);
      const now = peer.bytes + queues.bytes;
      if (now !== accepted || !queues.settled || this.push.writable) still = 0;
      accepted = now;
    }
    return accepted;
  }

  /** The first message of a connection that began with `first` of which none of its first `bytes` is a part. */
  private after(first: number, bytes: number): number {
    let number = first;
    for (let end = 0; end < bytes; number++) end += this.lengths[number]!;
    return number;
  }

  /** Bytes of messages that count as sent, over all connections. */
  private async counted(): Promise<number> {
    const [worker] = await ioStatistics(this.context);
    return worker!.bytesSent;
  }
}
