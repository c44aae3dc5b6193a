import { setMaxListeners } from 'node:events';
import { ActorError } from '../../runtime/actor/errors.js';
import type { Reason } from '../../runtime/actor/reason.js';
import { startTimer } from '../../runtime/actor/timer.js';
import type { Event } from '../../runtime/base/events.js';
import type { Observer } from '../observer.js';
import type { WaitOptions } from '../pending.js';
import { checkCount, checkTime } from './check.js';
import { decode, decodeError, decodeReason, diedError, encode } from './codec.js';
import { Credit } from './credit.js';
import type { AnswerOf, AnyActor, AsksOf, RequestOf, TellsOf } from './definition.js';
import { lingerOf } from './instance.js';
import type { SystemCore } from './system-core.js';
import { WatchedDealer } from './watched-dealer.js';
import {
  ANSWER,
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
  isShort,
  readHeader,
  type Room,
  TELL,
  WANT,
} from './wire.js';

/** What a reference does when the mailbox has no room for a message of it. */
export type Full = 'block' | 'drop' | 'error';

export interface RefOptions {
  /**
   * What a reference may have in the mailbox: messages that the actor has not begun, and their bytes. A larger
   * message goes alone. Default 1000, and 64 MiB.
   */
  readonly hwm?: { readonly messages?: number | undefined; readonly bytes?: number | undefined };
  /**
   * If there is no room: `block` waits; `drop` makes the message a dead letter, and lets an ask fail; `error`
   * throws ERR_ACTOR_FULL. Default block.
   */
  readonly full?: Full | undefined;
}

export interface AskOptions extends WaitOptions {
  /** Milliseconds until the answer must be there; Infinity for ever. Default 30000. */
  readonly timeout?: number | undefined;
}

/** An incarnation of an actor has ended. */
export interface Death {
  readonly name: string;
  readonly reason: Reason;
  /** It is started again. Otherwise this was the last. */
  readonly comesBack: boolean;
}

const ASK_TIMEOUT = 30_000;
const NUMBERS = 2 ** 32;
/** Nobody sees it. Without a reason of ours an abort makes an error with a stack. */
const NOTHING_AWAITED = 'nothing is awaited';

interface Asking {
  readonly name: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An actor, wherever it is: one's way to its mailbox, with a place of its own there. It keeps the process alive
 * while it waits for something: an answer, room, a death that is watched for.
 */
export class ActorRef<A extends AnyActor = AnyActor> {
  readonly endpoint: string;
  readonly #core: SystemCore;
  readonly #dealer: WatchedDealer;
  readonly #credit: Credit;
  readonly #full: Full;
  readonly #asking = new Map<number, Asking>();
  readonly #watchers = new Set<(death: Death) => void>();
  #numbers = 0;
  /** Messages on their way to the mailbox that wait, for memory: later ones wait behind them. */
  #posting = 0;
  readonly #events: Observer | undefined;
  /** Aborted when nothing is waited for any more; undefined while nothing is. */
  #listening: AbortController | undefined;
  /** Calls of `hearAll` that are not over: they may have received what they have not heard. */
  #hearing = 0;
  /** It is looked at in the event loop's next turn whether anything is waited for. */
  #resting = false;
  /** The actor takes no more, but what was asked before is still answered. */
  #closing: ActorError | undefined;
  /** Nothing comes from it any more. */
  #gone: ActorError | undefined;

  /** @internal See `System.ref`. */
  constructor(core: SystemCore, endpoint: string, options: RefOptions) {
    const { hwm = {}, full = 'block' } = options;
    if (full !== 'block' && full !== 'drop' && full !== 'error') {
      throw new TypeError("full must be 'block', 'drop' or 'error'");
    }
    const messages = checkCount('hwm.messages', hwm.messages ?? 1_000, 1, 2 ** 31 - 1);
    const bytes = checkCount('hwm.bytes', hwm.bytes ?? 64 << 20, 1, Number.MAX_SAFE_INTEGER);
    this.#core = core;
    this.endpoint = endpoint;
    this.#full = full;
    this.#credit = new Credit(messages, bytes);
    const watcher = {
      // Whoever listens hears what is left, and then of the end.
      left: () => this.#stopListening(),
      lost: () => this.#hearLost(),
    };
    this.#dealer = new WatchedDealer(watcher, {
      context: core.context,
      linger: lingerOf(core.linger),
      // Credit holds it to its high-water marks.
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
    });
    // Before it is connected, so that nothing is missed. Within a context there are no connections.
    if (!endpoint.startsWith('inproc:')) this.#events = this.#dealer.events;
    try {
      this.#dealer.connect(endpoint);
    } catch (error) {
      this.#dealer.close();
      throw error;
    }
    core.refs.add(this);
    this.#sayHello();
  }

  /**
   * Sends a message that has no answer. Resolves when it is in the mailbox, or on its way there.
   * @throws ActorError ERR_ACTOR_STOPPED, ERR_ACTOR_DIED if the actor takes no more; ERR_ACTOR_CLONE;
   * ERR_ACTOR_FULL; what sockets throw; the reason of the signal
   */
  async tell<K extends keyof TellsOf<A> & string>(
    name: K,
    message: TellsOf<A>[K],
    options: WaitOptions = {},
  ): Promise<void> {
    const body = encode(this.#core.codec, message, `The message ${name}`);
    const { signal } = options;
    const post = (): void => this.#post(header(TELL, 0, name), body);
    if (this.#takesNow(body, signal)) post();
    else if (!(await this.#admit(body, signal, post))) {
      if (this.#full !== 'drop') throw new ActorError('ERR_ACTOR_FULL');
      this.#core.deadLetters.add({ reason: 'hwm', to: this.endpoint, message: name });
    }
  }

  /**
   * Sends a message and waits for its answer.
   * @throws what the handler throws; ActorError ERR_ACTOR_TIMEOUT; ERR_ACTOR_DIED, at once, if the actor dies;
   * ERR_ACTOR_UNREACHABLE, at once, if the connection is lost; ERR_ACTOR_METHOD; and as `tell`
   */
  async ask<K extends keyof AsksOf<A> & string>(
    name: K,
    request: RequestOf<A, K>,
    options: AskOptions = {},
  ): Promise<AnswerOf<A, K>> {
    const timeout = checkTime('timeout', options.timeout ?? ASK_TIMEOUT);
    const { signal } = options;
    const body = encode(this.#core.codec, request, `The message ${name}`);
    if (this.#takesNow(body, signal)) {
      return (await this.#answer(name, body, timeout, timeout, signal)) as AnswerOf<A, K>;
    }
    const until = performance.now() + timeout;
    let answer: Promise<unknown> | undefined;
    const post = (): void => {
      const left = Math.max(0, until - performance.now());
      answer = this.#answer(name, body, timeout, left, signal);
    };
    if (!(await this.#admitInTime(name, body, timeout, signal, post))) {
      throw new ActorError('ERR_ACTOR_FULL');
    }
    return (await answer) as AnswerOf<A, K>;
  }

  /**
   * Calls `listener` once for each incarnation of the actor that ends while this end is connected. What it answers
   * with takes it back.
   */
  watch(listener: (death: Death) => void): () => void {
    this.#absorb();
    this.#check();
    this.#watchers.add(listener);
    if (this.#watchers.size === 1) this.#sayHello();
    this.#listen();
    return () => {
      if (!this.#watchers.delete(listener) || this.#watchers.size > 0) return;
      if (this.#gone === undefined) this.#sayHello();
      this.#rest();
    };
  }

  /** Lets go of the actor, which is not stopped by it. What waits for it fails. */
  close(): void {
    if (this.#dealer.closed) return;
    // What is here is heard: the last death of an actor that has just ended, above all.
    this.#stopListening();
    this.#absorb();
    this.#leave(new ActorError('ERR_ACTOR_STOPPED', { message: 'The reference has been closed' }));
    if (this.#dealer.closed) return;
    this.#post(header(BYE));
    this.#close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal Lets go of an actor that has not started: nobody is there to be told, or waited for. */
  discard(): void {
    this.#leave(new ActorError('ERR_ACTOR_STOPPED'));
    this.#dealer.close(0);
    this.#core.refs.delete(this);
  }

  /** Takes room in the mailbox, if there is some. @throws if nothing can be sent */
  #takesNow(body: Uint8Array, signal: AbortSignal | undefined): boolean {
    this.#absorb();
    // Whoever heard what was absorbed may have aborted it.
    signal?.throwIfAborted();
    this.#check();
    return this.#credit.take(body.length);
  }

  /** Waits for room in the mailbox, and posts when there is some. False if it is not to be waited for. */
  async #admit(
    body: Uint8Array,
    signal: AbortSignal | undefined,
    post: () => void,
  ): Promise<boolean> {
    if (this.#full !== 'block') return false;
    const room = this.#credit.wait(body.length, signal, post);
    this.#askForRoom();
    this.#listen();
    try {
      await room;
    } finally {
      this.#rest();
    }
    return true;
  }

  async #admitInTime(
    name: string,
    body: Uint8Array,
    timeout: number,
    signal: AbortSignal | undefined,
    post: () => void,
  ): Promise<boolean> {
    const limit = new AbortController();
    const timer = startTimer(timeout, () => limit.abort(tooLate(name, timeout)));
    const either = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
    try {
      return await this.#admit(body, either, post);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param left milliseconds of the timeout */
  #answer(
    name: string,
    body: Uint8Array,
    timeout: number,
    left: number,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = (this.#numbers = (this.#numbers + 1) % NUMBERS);
      const over = (): void => {
        this.#asking.delete(number);
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.#rest();
      };
      const fail = (error: unknown): void => {
        over();
        reject(error);
      };
      const aborted = (): void => fail(signal!.reason);
      const timer = startTimer(left, () => fail(tooLate(name, timeout)));
      signal?.addEventListener('abort', aborted, { once: true });
      this.#asking.set(number, {
        name,
        resolve: (answer) => {
          over();
          resolve(answer);
        },
        reject: fail,
      });
      this.#post(header(ASK, number, name), body);
      this.#listen();
    });
  }

  /** Below the credit there is always room, but for memory. */
  #post(head: Buffer, body?: Uint8Array): void {
    const message = (body === undefined ? [head] : [head, body]) as never;
    if (this.#posting === 0 && isShort(body) && this.#postNow(message)) return;
    this.#posting++;
    this.#dealer
      .send(message)
      .catch((error: unknown) => this.#cannotPost(error))
      .finally(() => this.#posting--);
  }

  #postNow(message: never): boolean {
    try {
      return this.#dealer.trySend(message);
    } catch (error) {
      this.#cannotPost(error);
      return true;
    }
  }

  #cannotPost(error: unknown): void {
    if (!this.#dealer.closed) this.#leave(error);
  }

  #sayHello(): void {
    // Who does not wait for room must know of all there is.
    const lot = this.#full === 'block' ? encodeRoom(this.#credit.lot) : undefined;
    this.#post(header(HELLO, this.#watchers.size > 0 ? 1 : 0), lot);
  }

  get #waits(): boolean {
    return this.#asking.size > 0 || this.#credit.waiting > 0 || this.#watchers.size > 0;
  }

  /** Hears what comes, for as long as something is waited for. */
  #listen(): void {
    if (this.#listening !== undefined || this.#gone !== undefined) return;
    const listening = (this.#listening = new AbortController());
    setMaxListeners(0, listening.signal);
    void this.#hearAll(listening.signal);
    void this.#hearEvents(listening.signal);
  }

  async #hearAll(signal: AbortSignal): Promise<void> {
    this.#hearing++;
    try {
      while (!signal.aborted && !this.#dealer.forsaken) {
        this.#hear(await this.#dealer.receive());
        while (!this.#dealer.closed) {
          const frames = this.#dealer.tryReceive();
          if (frames === undefined) break;
          this.#hear(frames);
        }
      }
    } catch (error) {
      // Nothing is waited for any more; or the context has ended, and with it whoever would answer.
      if (!signal.aborted) this.#leave(error);
    } finally {
      this.#hearing--;
    }
    // Not in the middle of the call that has begun to listen.
    if (this.#dealer.forsaken) queueMicrotask(() => this.#hearForsaken());
  }

  async #hearEvents(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#events !== undefined) {
      let event;
      try {
        event = await this.#events.receive({ signal });
      } catch {
        // What is the matter is told to `hearAll` as well.
        return;
      }
      this.#hearEvent(event);
    }
  }

  /**
   * Nothing may be waited for any more: then the process need not stay for it. Whoever asks again and again does so
   * before the event loop has turned, and is heard by the call that waits already.
   */
  #rest(): void {
    if (this.#waits || this.#resting || this.#listening === undefined) return;
    this.#resting = true;
    setImmediate(() => {
      this.#resting = false;
      if (!this.#waits) this.#stopListening();
    });
  }

  #stopListening(): void {
    if (this.#listening === undefined) return;
    this.#listening.abort(NOTHING_AWAITED);
    this.#listening = undefined;
    this.#dealer.stopReceiving(NOTHING_AWAITED);
  }

  /** Hears what is there, if nobody listens. */
  #absorb(): void {
    if (this.#listening !== undefined) return;
    while (this.#events?.closed === false) {
      const event = this.#events.tryReceive();
      if (event === undefined) break;
      this.#hearEvent(event);
    }
    while (this.#listening === undefined && !this.#dealer.closed) {
      const frames = this.#dealer.tryReceive();
      if (frames === undefined) break;
      this.#hear(frames);
    }
    this.#hearForsaken();
  }

  /**
   * Over a wire an answer goes to the connection from which the question came. When that is lost, nothing comes
   * any more for what was asked; and what the mailbox had of ours is not known, so its room is free.
   */
  #hearEvent({ type }: Event): void {
    if (type !== 'disconnect') return;
    this.#failAsks([...this.#asking.keys()], new ActorError('ERR_ACTOR_UNREACHABLE'));
    this.#beginAnew();
  }

  /** The same, with the I/O worker. What came before it died has been received: it is heard first. */
  #hearLost(): void {
    const asked = [...this.#asking.keys()];
    setImmediate(() => this.#failAsks(asked, new ActorError('ERR_ACTOR_UNREACHABLE')));
    this.#beginAnew();
  }

  /** To the mailbox it is another reference, by the next connection. */
  #beginAnew(): void {
    // First what room it is told of, then what finds some.
    if (!this.#dealer.closed) this.#sayHello();
    this.#credit.reset();
    this.#askForRoom();
  }

  #hear([first, body]: Buffer[]): void {
    const head = readHeader(first);
    switch (head?.kind) {
      case ANSWER:
      case FAILURE:
        this.#hearAnswer(head.kind, head.number, body);
        break;
      case CREDIT:
        this.#hearRoom(decodeRoom(body));
        break;
      case DEATH:
        this.#tellWatchers(decodeReason(body), head.number === 1);
        break;
      case GONE:
        this.#hearGone(body);
        break;
    }
  }

  #hearRoom(room: Room | undefined): void {
    if (room === undefined) return;
    this.#credit.give(room);
    this.#askForRoom();
    this.#rest();
  }

  /** Whenever somebody waits who may not be told. */
  #askForRoom(): void {
    if (this.#credit.wants && !this.#dealer.closed) this.#post(header(WANT));
  }

  #hearAnswer(kind: number, number: number, body: Buffer | undefined): void {
    const asking = this.#asking.get(number);
    if (asking === undefined) {
      this.#core.deadLetters.add({ reason: 'timeout', to: this.endpoint, message: 'an answer' });
      return;
    }
    try {
      if (kind === FAILURE) asking.reject(decodeError(body));
      else asking.resolve(decode(this.#core.codec, body, `The answer to ${asking.name}`));
    } catch (error) {
      asking.reject(error);
    }
  }

  /** First without a reason, when it takes no more; what it has is still handled. Then with one. */
  #hearGone(body: Buffer | undefined): void {
    if (body === undefined) {
      const message = `${this.endpoint} is being stopped`;
      this.#closing ??= new ActorError('ERR_ACTOR_STOPPED', { message });
      this.#credit.end(this.#closing);
      return;
    }
    const reason = decodeReason(body);
    this.#tellWatchers(reason, false);
    this.#leave(diedError(this.endpoint, reason));
    this.#close();
  }

  /**
   * The mailbox is gone, and has not said why: the thread that had started the actor has died, and the actor with it, or
   * that thread ended before it knew of this reference.
   */
  #hearForsaken(): void {
    if (!this.#dealer.forsaken || this.#hearing > 0) return;
    if (this.#gone !== undefined || this.#dealer.closed) return;
    const message = `${this.endpoint} is gone, with the thread that had started it`;
    const error = new ActorError('ERR_ACTOR_DIED', { message });
    this.#tellWatchers({ kind: 'error', error }, false);
    this.#leave(error);
    this.#close();
  }

  #tellWatchers(reason: Reason, comesBack: boolean): void {
    const death: Death = { name: this.endpoint, reason, comesBack };
    for (const watcher of [...this.#watchers]) watcher(death);
  }

  #check(): void {
    if (this.#gone !== undefined) throw this.#gone;
    if (this.#closing !== undefined) throw this.#closing;
  }

  #close(): void {
    this.#core.refs.delete(this);
    this.#dealer.close();
  }

  /** Whoever waits hears why it is in vain. */
  #leave(error: unknown): void {
    this.#gone ??=
      error instanceof ActorError
        ? error
        : new ActorError('ERR_ACTOR_UNREACHABLE', { cause: error });
    this.#watchers.clear();
    this.#credit.end(this.#gone);
    this.#failAsks([...this.#asking.keys()], this.#gone);
    this.#stopListening();
  }

  /** @param asked numbers of those that wait; some may have their answers by now */
  #failAsks(asked: readonly number[], error: ActorError): void {
    for (const number of asked) this.#asking.get(number)?.reject(error);
  }
}

function tooLate(name: string, timeout: number): ActorError {
  return new ActorError('ERR_ACTOR_TIMEOUT', { message: `No answer to ${name} in ${timeout} ms` });
}
