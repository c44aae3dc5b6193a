/** What an I/O worker does for an endpoint of a socket: listen, or keep connected. */
export interface Service {
  /** Slot of the worker. */
  readonly slot: number;
  /** Has all been read that came through a worker that has died? Only then another one takes over. */
  readonly over: boolean;
  /** Has another worker do it from now on. @throws ZmqError EMTHREAD if there is none; ENOMEM */
  restore(): void;
}
