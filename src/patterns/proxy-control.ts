import { Buffer } from 'node:buffer';
import { ZmqError } from '../runtime/base/errors.js';
import type { Body } from '../runtime/base/message.js';
import type { ProxyStatistics } from './proxy-side.js';
import type { Progress } from './proxy-way.js';
import type { Socket } from './socket.js';

/** libzmq's number of the REP type. */
const REP = 4;

/** Commands obeyed in a row: who gives them without end must not stop what they are about. */
const COMMANDS_AT_ONCE = 100;

/** What can be ordered of a proxy. */
export interface Steered {
  pause(): void;
  resume(): void;
  terminate(): void;
  statistics(): ProxyStatistics;
}

/** How commands and statistics look as messages. */
export interface ControlForm {
  command(message: readonly Buffer[]): string;
  statistics(statistics: ProxyStatistics): Body[];
}

/** Of a command that is longer this much is read, which is more than any that there is has. */
const COMMAND_BYTES_MOST = 32;

/** As zmq_proxy_steerable has them: a command is its name, statistics are eight numbers. */
export const LIBZMQ_FORM: ControlForm = {
  command: ([name]) => String(name!.subarray(0, COMMAND_BYTES_MOST)),
  statistics: ({ frontEnd, backEnd }) =>
    [frontEnd, backEnd]
      .flatMap((side) => [
        ...[side.messagesReceived, side.bytesReceived],
        ...[side.messagesSent, side.bytesSent],
      ])
      .map(uint64),
};

/** 64 bits in the machine's own order of bytes, as libzmq sends them. */
function uint64(value: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
}

/**
 * A socket that brings commands to a proxy, one after the other, and takes the answers back. An answer for
 * which there is no room waits, and the next command waits behind it; the proxy goes on.
 */
export class ProxyControl {
  private answer: readonly Body[] | undefined;

  /** @param refused called with the reason for what is no command, or cannot be answered */
  constructor(
    private readonly socket: Socket,
    private readonly steered: Steered,
    private readonly refused: (reason: ZmqError) => void,
    private readonly form: ControlForm,
  ) {}

  /** Carries out what has been ordered. After TERMINATE the proxy is over, and its sockets are closed. */
  obey(): Progress {
    for (let obeyed = 0; obeyed < COMMANDS_AT_ONCE; obeyed++) {
      if (!this.tellAnswer()) return 'rests';
      const message = this.socket.xrecv();
      if (message === undefined) return 'rests';
      const command = this.form.command(message);
      if (command === 'TERMINATE') {
        // Before it is carried out: that closes the socket.
        this.acknowledge();
        this.steered.terminate();
        return 'rests';
      }
      this.carryOut(command);
    }
    return 'more';
  }

  private carryOut(command: string): void {
    if (command === 'STATISTICS') {
      this.answer = this.form.statistics(this.steered.statistics());
      this.tellAnswer();
      return;
    }
    if (command === 'PAUSE') this.steered.pause();
    else if (command === 'RESUME') this.steered.resume();
    else this.refused(new ZmqError('EINVAL', { message: `${command} is no command` }));
    this.acknowledge();
  }

  /** A REP has to answer everything. */
  private acknowledge(): void {
    if (this.socket.type !== REP) return;
    this.answer = [''];
    this.tellAnswer();
  }

  /** False if the answer has to wait. */
  private tellAnswer(): boolean {
    if (this.answer === undefined) return true;
    try {
      if (!this.socket.xsend(this.answer, true)) return false;
    } catch (error) {
      this.socket.xabandon();
      if (!(error instanceof ZmqError)) throw error;
      this.refused(error);
    }
    this.answer = undefined;
    return true;
  }
}
