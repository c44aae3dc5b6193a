import type { OptionProperties } from './option-properties.js';
import { isOption } from './options.js';
import { Socket } from './socket.js';
import type { Home, SocketType } from './types.js';

/** What `createSocket` takes: options by name, and the context if it is not the process's own. */
export type SocketOptions = Partial<OptionProperties> & Home;

/**
 * A new socket.
 * @throws TypeError for an option that there is not; otherwise as `new Socket` and `setsockopt`
 */
export function createSocket(type: SocketType, options: SocketOptions = {}): Socket {
  const { context, ...others } = options;
  const socket = new Socket(type, { context });
  try {
    for (const [name, value] of Object.entries(others)) {
      if (value === undefined) continue;
      if (!isOption(name)) throw new TypeError(`No option is called ${name}`);
      socket.setsockopt(name, value);
    }
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}
