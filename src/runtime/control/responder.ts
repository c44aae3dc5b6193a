import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { packError } from './sent-error.js';

/** What comlink sends for a call of a method, and for the end. */
interface Call {
  readonly id: string;
  readonly type: string;
  readonly path?: readonly string[];
  readonly argumentList?: readonly { readonly type: string; readonly value: unknown }[];
}

/**
 * The called side of comlink, for a thread that may be blocked: comlink itself answers from a promise, which never
 * comes in blocking code. A method's answer is sent when it returns, unless it is a promise.
 */
export class Responder {
  /** @param call the method; throws if there is none */
  constructor(
    private readonly port: MessagePort,
    private readonly call: (method: string, args: readonly unknown[]) => unknown,
  ) {
    port.on('message', (message: Call) => this.answer(message));
    // Whoever may be called need not stay for it.
    port.unref();
  }

  /** Answers what has come, without the event loop. */
  pump(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.port);
      if (received === undefined) return;
      this.answer(received.message as Call);
    }
  }

  close(): void {
    this.port.close();
  }

  private answer({ id, type, path = [], argumentList = [] }: Call): void {
    if (type === 'RELEASE') {
      this.port.postMessage({ id, type: 'RAW', value: undefined });
      this.port.close();
      return;
    }
    try {
      if (type !== 'APPLY' || path.length !== 1) throw new TypeError('Only methods can be called');
      const args = argumentList.map((argument) => {
        if (argument.type !== 'RAW') throw new TypeError('Arguments are cloned; proxies are not');
        return argument.value;
      });
      const result = this.call(path[0]!, args);
      if (result instanceof Promise) {
        result.then(
          (value) => this.reply(id, value),
          (error: unknown) => this.fail(id, error),
        );
      } else this.reply(id, result);
    } catch (error) {
      this.fail(id, error);
    }
  }

  private reply(id: string, value: unknown): void {
    try {
      this.port.postMessage({ id, type: 'RAW', value });
    } catch (error) {
      this.fail(id, error);
    }
  }

  private fail(id: string, error: unknown): void {
    this.port.postMessage({ id, type: 'HANDLER', name: 'throw', value: packError(error) });
  }
}
