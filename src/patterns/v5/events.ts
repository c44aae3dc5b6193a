/** What the listeners of each event of a socket get. */
export interface SocketEvents extends MonitorEvents {
  /** A message came: its frames, one argument each. */
  message: Buffer[];
  /** `bind` has succeeded. */
  bind: [endpoint: string];
  /** `unbind` has succeeded. */
  unbind: [endpoint: string];
  /** Something failed that has no callback to tell; as with every emitter, without a listener it is thrown. */
  error: [error: Error];
}

type Told = [value: undefined, endpoint: string, error: undefined];
type ToldError = [errno: number, endpoint: string, error: Error];

/** What `monitor` has the socket emit. */
export interface MonitorEvents {
  connect: Told;
  connect_delay: Told;
  /** The value is how many milliseconds remain until the next attempt. */
  connect_retry: [interval: number, endpoint: string, error: undefined];
  listen: Told;
  bind_error: ToldError;
  accept: Told;
  accept_error: ToldError;
  /** A listener was closed, or an attempt to connect has failed. The socket itself says nothing when it is closed. */
  close: Told;
  close_error: ToldError;
  disconnect: Told;
  /** Events were lost, since the thread did not come to read them. */
  monitor_error: [error: Error];
}

/** libzmq's numbers of what a monitor tells, ZMQ_EVENT_CONNECTED and so on. */
export const events = {
  1: 'connect',
  2: 'connect_delay',
  4: 'connect_retry',
  8: 'listen',
  16: 'bind_error',
  32: 'accept',
  64: 'accept_error',
  128: 'close',
  256: 'close_error',
  512: 'disconnect',
} as const satisfies Record<number, keyof MonitorEvents>;
