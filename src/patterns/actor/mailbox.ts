import { Buffer } from 'node:buffer';
import { type Reason } from '../../runtime/actor/reason.js';
import { ZmqError } from '../../runtime/base/errors.js';
import type { Router } from '../router.js';
import { diedError, encodeError, encodeReason } from './codec.js';
import type { DeadLetterReason, DeadLetters } from './dead-letters.js';
import type { Letter, Link, Peer } from './link.js';
import {
  ASK,
  BYE,
  CREDIT,
  DEATH,
  decodeRoom,
  encodeRoom,
  FAILURE,
  GONE,
  header,
  HELLO,
  nameIn,
  readHeader,
  type Room,
  TELL,
  WANT,
} from './wire.js';

const NOTHING = Buffer.alloc(0);
/** As much as one reference may have in a mailbox, if nothing else is said. */
const TAKEN_IN_BYTES = 64 << 20;
/** What a letter takes beside its body, at most. */
const LETTER_BYTES = 1024;
/** Of so many messages everyone is told, whatever he has asked for: counts stay far from 2^32. */
const LOT_MOST = 2 ** 30;
/** For who has not said of what room it is to be told. */
const ANY: Room = { messages: 1, bytes: 1 };

/**
 * An actor's mailbox: a ROUTER, bound to the actor's endpoint by the thread that has started it, so that it
 * outlives the actor's own threads. What no instance has room for stays in the ROUTER's pipes, and so with those
 * who have sent it, but for what is taken in when an instance dies.
 */
export class Mailbox {
  private readonly peers = new Map<string, Peer>();
  private readonly links = new Set<Link>();
  /** What was taken from the ROUTER, and no instance has got yet; what a dead one had not begun comes first. */
  private queue: Letter[] = [];
  /** Who is to be told of room. */
  private readonly due = new Set<Peer>();
  private roomy: (() => void) | undefined;
  /** `listen` awaits a message, or has one that it has not looked at. */
  private receiving = false;
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
    this.takeIn();
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
  reply(letter: Letter, kind: number, body: Uint8Array): void {
    const { peer, number } = letter;
    let sent: boolean;
    try {
      sent = this.send(peer, header(kind, number), body);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      sent = this.send(peer, header(FAILURE, number), encodeError(error));
    }
    if (!sent) this.dead('no-route', nameIn(letter.header));
  }

  /** The message has been taken from the mailbox: its sender has room for another. */
  credit({ peer, bytes }: Letter): void {
    peer.messages++;
    peer.bytes += bytes;
    const { lot } = peer;
    if (peer.wants || peer.messages >= lot.messages || peer.bytes >= lot.bytes) this.due.add(peer);
  }

  /** A batch of an instance's reports has been heard. */
  settled(): void {
    if (this.due.size > 0) for (const peer of [...this.due]) this.tellRoom(peer);
    this.dispatch();
    if (this.isEmpty()) this.emptied?.();
  }

  private tellRoom(peer: Peer): void {
    this.due.delete(peer);
    if (!this.send(peer, header(CREDIT), encodeRoom(peer))) {
      // Its pipe is full of answers: the next batch of reports tries again.
      if (this.peers.get(peer.key) === peer) this.due.add(peer);
      return;
    }
    peer.messages = 0;
    peer.bytes = 0;
    peer.wants = false;
  }

  fail(letter: Letter, why: DeadLetterReason, reason: Reason): void {
    if (letter.kind === ASK) {
      this.reply(letter, FAILURE, encodeError(diedError(this.name, reason)));
    } else this.dead(why, nameIn(letter.header));
  }

  dead(reason: DeadLetterReason, message: string): void {
    this.deadLetters.add({ reason, to: this.name, message });
  }

  private async listen(): Promise<void> {
    for (;;) {
      let frames: Buffer[];
      this.receiving = true;
      try {
        frames = await this.router.receive();
      } catch {
        // Closed, by `close` or with its context: there is nobody left to receive for.
        return;
      }
      this.receiving = false;
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
    if (head === undefined || (head.kind > BYE && head.kind !== WANT)) {
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
      peer = { id: id!, key, watches: false, lot: ANY, wants: false, messages: 0, bytes: 0 };
      this.peers.set(key, peer);
    }
    if (head.kind === HELLO) {
      peer.watches = head.number !== 0;
      const { messages, bytes } = decodeRoom(body) ?? ANY;
      peer.lot = { messages: Math.min(messages, LOT_MOST), bytes };
      return;
    }
    if (head.kind === WANT) {
      peer.wants = true;
      if (peer.messages > 0) this.tellRoom(peer);
      return;
    }
    if (head.kind !== TELL && head.kind !== ASK) return;
    const bytes = body?.length ?? 0;
    const { kind, number } = head;
    const letter: Letter = { peer, kind, number, bytes, header: first!, body: body ?? NOTHING };
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

  /** False if the peer is not there, or does not take what it is sent. @throws ZmqError EMSGSIZE if no pipe can hold it at once */
  private send(peer: Peer, head: Buffer, body?: Uint8Array): boolean {
    if (this.router.closed) return false;
    try {
      return this.router.trySend(body === undefined ? [peer.id, head] : [peer.id, head, body]);
    } catch (error) {
      if (!(error instanceof ZmqError) || isTooLong(error)) throw error;
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

  /**
   * Takes from the pipes what no instance has room for yet, up to a limit: a sender may have said behind it that it watches.
   * While `listen` receives, nothing has been kept waiting, and nothing may overtake what it has.
   */
  private takeIn(): void {
    if (this.receiving) return;
    let bytes = 0;
    for (const letter of this.queue) bytes += LETTER_BYTES + letter.bytes;
    while (bytes < TAKEN_IN_BYTES && !this.router.closed) {
      let frames: Buffer[] | undefined;
      try {
        frames = this.router.tryReceive();
      } catch {
        // The context has ended.
        return;
      }
      if (frames === undefined) return;
      bytes += LETTER_BYTES + (frames[2]?.length ?? 0);
      this.accept(frames);
    }
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

function isTooLong(error: unknown): boolean {
  return error instanceof ZmqError && error.code === 'EMSGSIZE';
}
