import { Buffer } from 'node:buffer';
import { type Reason } from '../../runtime/actor/reason.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { Router } from '../router.js';
import { diedError, encodeError, encodeReason } from './codec.js';
import type { DeadLetterReason, DeadLetters } from './dead-letters.js';
import type { Letter, Link, Peer } from './link.js';
import { ASK, BYE, CREDIT, DEATH, FAILURE, GONE, header, HELLO, readHeader, TELL } from './wire.js';

/**
 * An actor's mailbox: a ROUTER, bound to the actor's endpoint by the thread that has started it, so that it
 * outlives the actor's own threads. What no instance has room for stays in the ROUTER's pipes, and so with those
 * who have sent it.
 */
export class Mailbox {
  private readonly peers = new Map<string, Peer>();
  private readonly links = new Set<Link>();
  /** What was taken from the ROUTER, and no instance has got yet; what a dead one had not begun comes first. */
  private queue: Letter[] = [];
  private readonly owed = new Set<Peer>();
  private roomy: (() => void) | undefined;
  private emptied: (() => void) | undefined;
  private gone: Reason | undefined;

  constructor(
    private readonly router: Router,
    private readonly name: string,
    private readonly deadLetters: DeadLetters,
  ) {
    // Also who vanishes says goodbye: the ROUTER does so in his name, behind his last message.
    router.disconnectMessage = header(BYE).toString();
    void this.listen();
  }

  /** Another instance can take messages. */
  link(link: Link): void {
    this.links.add(link);
    this.dispatch();
  }

  /** An instance has ended; its reports have been heard. What it had not begun goes to another. */
  unlink(link: Link, reason: Reason): void {
    this.links.delete(link);
    const { running, unbegun } = link.abandon();
    if (running !== undefined) this.fail(running, 'died', reason);
    this.queue = [...unbegun, ...this.queue];
    this.dispatch();
    this.settled();
  }

  /** Tells whoever watches. */
  tellDeath(reason: Reason, comesBack: boolean): void {
    const body = encodeReason(reason);
    for (const peer of [...this.peers.values()]) {
      if (peer.watches) this.send(peer, header(DEATH, comesBack ? 1 : 0), body);
    }
  }

  /** From now on nobody is to send anything; what is there is still handled. */
  announceEnd(): void {
    for (const peer of [...this.peers.values()]) this.send(peer, header(GONE));
  }

  /** Resolves when all that is there has been handled. */
  async drained(): Promise<void> {
    for (;;) {
      // What has just been received may not have been looked at.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.isEmpty()) return;
      await new Promise<void>((resolve) => (this.emptied = resolve));
    }
  }

  /**
   * The end: whatever is left is lost, and whoever waits for an answer hears why.
   * @returns how many messages were left
   */
  close(reason: Reason): number {
    this.gone = reason;
    const why = reason.kind === 'stopped' ? 'stopped' : 'died';
    let left = 0;
    for (const letter of this.queue.splice(0)) {
      this.fail(letter, why, reason);
      left++;
    }
    this.roomy?.();
    left += this.rest();
    const body = encodeReason(reason);
    for (const peer of [...this.peers.values()]) this.send(peer, header(GONE), body);
    this.router.close();
    return left;
  }

  /** An answer, or an error, to whoever asked. */
  reply({ peer, number, name }: Letter, kind: number, body: Uint8Array): void {
    if (!this.send(peer, header(kind, number), body)) this.dead('no-route', name);
  }

  /** The message has been taken from the mailbox: its sender has room for another. */
  credit({ peer, bytes }: Letter): void {
    peer.messages++;
    peer.bytes += bytes;
    this.owed.add(peer);
  }

  /** A batch of an instance's reports has been heard. */
  settled(): void {
    for (const peer of this.owed) {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeBigUInt64BE(BigInt(peer.bytes));
      this.send(peer, header(CREDIT, peer.messages), bytes);
      peer.messages = 0;
      peer.bytes = 0;
    }
    this.owed.clear();
    this.dispatch();
    if (this.isEmpty()) this.emptied?.();
  }

  fail(letter: Letter, why: DeadLetterReason, reason: Reason): void {
    if (letter.kind === ASK) {
      this.reply(letter, FAILURE, encodeError(diedError(this.name, reason)));
    } else this.dead(why, letter.name);
  }

  dead(reason: DeadLetterReason, message: string): void {
    this.deadLetters.add({ reason, to: this.name, message });
  }

  private async listen(): Promise<void> {
    for (;;) {
      let frames: Buffer[];
      try {
        frames = await this.router.receive();
      } catch {
        // Closed, by `close` or with its context: there is nobody left to receive for.
        return;
      }
      this.accept(frames);
      while (this.queue.length === 0 && !this.router.closed) {
        const more = this.router.tryReceive();
        if (more === undefined) break;
        this.accept(more);
      }
      if (this.queue.length > 0) await new Promise<void>((resolve) => (this.roomy = resolve));
      if (this.isEmpty()) this.emptied?.();
    }
  }

  private accept([id, first, body]: Buffer[]): void {
    const head = readHeader(first);
    if (head === undefined || head.kind > BYE) {
      this.dead('decode', '');
      return;
    }
    const key = id!.toString('latin1');
    if (head.kind === BYE) {
      this.peers.delete(key);
      return;
    }
    let peer = this.peers.get(key);
    if (peer === undefined) {
      peer = { id: id!, key, watches: false, messages: 0, bytes: 0 };
      this.peers.set(key, peer);
    }
    if (head.kind === HELLO) {
      peer.watches = head.number !== 0;
      return;
    }
    if (head.kind !== TELL && head.kind !== ASK) return;
    const bytes = body?.length ?? 0;
    const letter: Letter = { ...head, peer, bytes, header: first!, body: body ?? Buffer.alloc(0) };
    if (this.gone !== undefined) {
      this.fail(letter, this.gone.kind === 'stopped' ? 'stopped' : 'died', this.gone);
      return;
    }
    this.queue.push(letter);
    this.dispatch();
  }

  /** To the instance that has the least to do, if one has room. */
  private dispatch(): void {
    while (this.queue.length > 0) {
      let least: Link | undefined;
      for (const link of this.links) {
        if (link.room > 0 && (least === undefined || link.load < least.load)) least = link;
      }
      if (least === undefined) return;
      least.send(this.queue.shift()!);
    }
    this.roomy?.();
    this.roomy = undefined;
  }

  /** False if the peer is not there, or does not take what it is sent. */
  private send(peer: Peer, head: Buffer, body?: Uint8Array): boolean {
    if (this.router.closed) return false;
    try {
      return this.router.trySend(body === undefined ? [peer.id, head] : [peer.id, head, body]);
    } catch (error) {
      if (!(error instanceof ZmqError)) throw error;
      // Gone, without a word; or the context is.
      this.peers.delete(peer.key);
      return false;
    }
  }

  private isEmpty(): boolean {
    if (this.queue.length > 0) return false;
    for (const link of this.links) if (link.busy) return false;
    return this.router.closed || !this.router.readable;
  }

  /** What is still in the pipes. */
  private rest(): number {
    let left = 0;
    for (;;) {
      let frames: Buffer[] | undefined;
      try {
        frames = this.router.closed ? undefined : this.router.tryReceive();
      } catch {
        // An awaiting call is first, and gets what there is; or the context has ended.
        return left;
      }
      if (frames === undefined) return left;
      const kind = readHeader(frames[1])?.kind;
      if (kind === TELL || kind === ASK) left++;
      this.accept(frames);
    }
  }
}
