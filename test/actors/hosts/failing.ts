import { BroadcastChannel } from 'node:worker_threads';
import { hostThread } from '../../../src/runtime/actor/host.js';
import { CHANNEL } from './channel.js';

/** A thread whose rehearsal fails, which it says before. */
export default hostThread({ tell: (_start, line) => line.ready('told') }, async () => {
  const line = new BroadcastChannel(CHANNEL);
  line.postMessage('begun');
  // The message goes out with the turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  line.close();
  throw new Error('It is too dark');
});
