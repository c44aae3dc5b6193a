import type { Traffic } from './engine.js';

/** What moves in a cycle of a flow that is worth waiting for, in bytes: less is a conversation, which waits for an answer. */
const LEAST = 1024;
/** More is so much at a time already that waiting would only leave the connection idle: from here on 1 KiB messages over ipc lost a fifth of their rate. */
const MOST = 32 * 1024;

/**
 * Notices that small messages flow in one direction, cycle after cycle: then an I/O worker that waits for a
 * moment moves many of them at once, where it would fall asleep and be woken for a few at a time. Where messages
 * go both ways somebody waits for each.
 */
export class Flow {
  private sent = 0;
  private received = 0;
  private outwards: boolean | undefined;

  constructor(private readonly traffic: Traffic) {}

  /** Asked at the end of each cycle: does little at a time flow on in the direction of the last time? */
  trickles(): boolean {
    const { bytesSent, bytesReceived } = this.traffic;
    const out = bytesSent - this.sent;
    const into = bytesReceived - this.received;
    if (out === 0 && into === 0) return false;
    this.sent = bytesSent;
    this.received = bytesReceived;
    const before = this.outwards;
    this.outwards = out > 0 && into > 0 ? undefined : out > 0;
    const moved = out + into;
    return (
      this.outwards !== undefined && this.outwards === before && moved >= LEAST && moved < MOST
    );
  }
}
