import type { EventEmitter } from 'node:events';
import type { EventOfType } from '../../runtime/base/events.js';
import type { Observer } from '../observer.js';
import type { Socket } from '../socket.js';
import type { SocketEvents } from './events.js';

/** Events under version 5's names; what it has no name for, handshakes, is not told. */
const TOLD = {
  connect: 'connect',
  'connect:delay': 'connect_delay',
  bind: 'listen',
  accept: 'accept',
  close: 'close',
  disconnect: 'disconnect',
} as const;

const FAILED = {
  'bind:error': 'bind_error',
  'accept:error': 'accept_error',
  'close:error': 'close_error',
} as const;

const TOLD_TYPES = Object.keys(TOLD) as (keyof typeof TOLD)[];
const FAILED_TYPES = Object.keys(FAILED) as (keyof typeof FAILED)[];

/** Emits what happens to a socket's connections. */
export class Monitor {
  private observer: Observer | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly emitter: EventEmitter<SocketEvents>,
  ) {}

  /** @throws ZmqError ENOTSOCK if the socket is closed; ETERM */
  start(): void {
    if (this.observer !== undefined) return;
    const { events } = this.socket;
    for (const type of TOLD_TYPES) events.on(type, this.told);
    for (const type of FAILED_TYPES) events.on(type, this.failed);
    events.on('connect:retry', this.retried).on('unknown', this.lost);
    this.observer = events;
  }

  /** What happens from now on is told to nobody, until `start`. */
  stop(): void {
    const { observer } = this;
    if (observer === undefined) return;
    for (const type of TOLD_TYPES) observer.off(type, this.told);
    for (const type of FAILED_TYPES) observer.off(type, this.failed);
    observer.off('connect:retry', this.retried).off('unknown', this.lost);
    this.observer = undefined;
  }

  private readonly told = ({ type, address }: EventOfType<keyof typeof TOLD>): void => {
    this.emitter.emit(TOLD[type], undefined, address, undefined);
  };

  private readonly failed = ({ type, address, error }: EventOfType<keyof typeof FAILED>): void => {
    this.emitter.emit(FAILED[type], error.errno, address, error);
  };

  private readonly retried = ({ address, interval }: EventOfType<'connect:retry'>): void => {
    this.emitter.emit('connect_retry', interval, address, undefined);
  };

  private readonly lost = ({ dropped }: EventOfType<'unknown'>): void => {
    const count = dropped === undefined ? 'Some' : String(dropped);
    this.emitter.emit('monitor_error', new Error(`${count} events were lost`));
  };
}
