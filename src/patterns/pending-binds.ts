import { type ErrorCode, ZmqError } from '../runtime/base/errors.js';

/** A bind that an I/O worker has been asked for. */
export class PendingBind {
  /** Does its caller still wait for it? If not, what comes of it is to be taken back. */
  pending = true;

  constructor(
    readonly address: string,
    private readonly done: (error: Error | undefined) => void,
    private readonly binds: Set<PendingBind>,
  ) {
    binds.add(this);
  }

  /** Ends the call, once. */
  settle(error: Error | undefined): void {
    if (!this.pending) return;
    this.pending = false;
    this.binds.delete(this);
    this.done(error);
  }
}

/** A socket's binds on their way. They end with the socket, whatever the I/O worker is doing. */
export class PendingBinds {
  private readonly binds = new Set<PendingBind>();

  /** @param done called once, when the bind has succeeded or failed, or is given up */
  add(address: string, done: (error: Error | undefined) => void): PendingBind {
    return new PendingBind(address, done, this.binds);
  }

  reject(code: ErrorCode): void {
    for (const bind of [...this.binds]) bind.settle(new ZmqError(code, { address: bind.address }));
  }
}
