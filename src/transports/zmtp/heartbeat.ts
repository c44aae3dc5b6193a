/**
 * When to send a PING and when to give a silent connection up (RFC 37, "Connection Heartbeating").
 *
 * A table of three deadlines, moved by the caller, who also brings the time: milliseconds of any
 * monotonic clock, the same for all calls. What libzmq does, this does:
 *
 * | deadline | armed                                             | reached          |
 * |----------|---------------------------------------------------|------------------|
 * | ping     | always, every `interval`, whatever the traffic    | send a PING      |
 * | timeout  | when a PING leaves, unless armed; any frame disarms it | close       |
 * | ttl      | by a PING with a TTL; any other frame disarms it  | close            |
 */

/** Milliseconds, with libzmq's meanings. */
export interface HeartbeatOptions {
  /** Between two PINGs; 0 sends none. ZMQ_HEARTBEAT_IVL */
  readonly interval: number;
  /** How long the peer may hear nothing of us before it closes; 0 for ever. ZMQ_HEARTBEAT_TTL */
  readonly timeToLive: number;
  /**
   * How long after a PING we hear nothing before we close; 0 for ever, -1 as long as `interval`.
   * ZMQ_HEARTBEAT_TIMEOUT
   */
  readonly timeout: number;
}

/**
 * The largest TTL ever sent, in tenths of a second. The field has room for 6553 s, but libzmq
 * multiplies it by 100 in 16 bits: at 656 (65.6 s) it would close the connection after 64 ms.
 */
export const TTL_SENT_MAX_TENTHS = 655;

/** What the caller has to do now. */
export type HeartbeatAction = 'none' | 'send-ping' | 'expired';

const TENTH_MS = 100;
const NEVER = Infinity;

/** One connection's heartbeat, from the end of its handshake on. */
export class Heartbeat {
  /** For our PINGs, in tenths of a second. Below a tenth it is 0: no limit. */
  readonly ttlTenths: number;
  readonly #interval: number;
  readonly #timeout: number;
  #pingAt: number;
  #timeoutAt = NEVER;
  #ttlAt = NEVER;

  /** @param now when the handshake ended */
  constructor(options: HeartbeatOptions, now: number) {
    this.#interval = options.interval;
    this.#timeout = options.timeout < 0 ? options.interval : options.timeout;
    this.ttlTenths = Math.min(Math.floor(options.timeToLive / TENTH_MS), TTL_SENT_MAX_TENTHS);
    this.#pingAt = this.#interval > 0 ? now + this.#interval : NEVER;
  }

  /**
   * A whole frame came, of whatever kind; for a PING call onPing instead.
   *
   * @param _now unused so far: the time of traffic moves no deadline, it only disarms
   */
  onTraffic(_now: number): void {
    this.#timeoutAt = NEVER;
    this.#ttlAt = NEVER;
  }

  /**
   * A PING came, which also counts as traffic. (The caller answers it with a PONG.)
   *
   * @param ttlTenths as in the PING; 0 asks for nothing
   */
  onPing(ttlTenths: number, now: number): void {
    this.onTraffic(now);
    if (ttlTenths > 0) this.#ttlAt = now + ttlTenths * TENTH_MS;
  }

  /**
   * What is due. 'send-ping' is said once per interval; if the PING has to wait for the end of a message
   * that is being written, the caller keeps that in mind, and calls `extend` as long as the writing goes on. 'expired' stays until a frame comes.
   */
  due(now: number): HeartbeatAction {
    if (now >= this.#timeoutAt || now >= this.#ttlAt) return 'expired';
    if (now < this.#pingAt) return 'none';
    // From now, not from the deadline: after a pause there is one PING, not a burst.
    this.#pingAt = now + this.#interval;
    return 'send-ping';
  }

  /** The PING leaves: only from now on can the peer be late with its answer. */
  onPingSent(now: number): void {
    if (this.#timeout > 0 && this.#timeoutAt === NEVER) this.#timeoutAt = now + this.#timeout;
  }

  /**
   * The timeout begins anew: the PING leaves only now; or it cannot leave yet, but the kernel has taken more of
   * what is being written, so somebody is there. False if the peer has been silent beyond its own TTL.
   */
  extend(now: number): boolean {
    if (now >= this.#ttlAt) return false;
    if (this.#timeout > 0) this.#timeoutAt = now + this.#timeout;
    return true;
  }

  /** When to ask `due` next, never earlier than now; undefined if nothing is armed. */
  nextDeadline(now: number): number | undefined {
    const next = Math.min(this.#pingAt, this.#timeoutAt, this.#ttlAt);
    return next === NEVER ? undefined : Math.max(next, now);
  }
}
