import { task } from '../../../src/actors.js';
import type { LastWay, TaskWay } from './ways.js';
import { SPINNING } from './words.js';

export interface Doom {
  readonly way: TaskWay | LastWay;
  readonly kill: number;
  /** See words.ts. */
  readonly buffer: SharedArrayBuffer;
}

/** Echoes one message; of the next it dies, or else it spins until somebody ends it. */
export default task<Doom>(async (pipe, _sockets, { way, kill, buffer }) => {
  pipe.signal();
  await pipe.send(await pipe.receive());
  await pipe.receive();
  const error = new RangeError(`kill ${kill}`);
  switch (way) {
    case 'exit':
      return process.exit(kill);
    case 'throw':
      throw error;
    case 'throwLater':
      setImmediate(() => {
        throw error;
      });
      break;
    case 'reject':
      void Promise.reject(error);
      break;
    default:
      Atomics.store(new Int32Array(buffer), SPINNING, 1);
      Atomics.notify(new Int32Array(buffer), SPINNING);
      for (;;);
  }
  await pipe.receive();
});
