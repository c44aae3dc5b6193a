// The mandelbrot example's stage in a process of its own, for as long as the parent is there.

import { defaultSystem } from 'loomwire/actors';

const [, , threads] = process.argv;

const served = await defaultSystem().serveStage(
  'tcp://127.0.0.1:*',
  new URL('./tile.js', import.meta.url),
  { threads: Number(threads) },
);
process.once('disconnect', () => void served.close());
// In a terminal, Ctrl-C is for all of its processes; the parent tells us when it is done.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.send!(served.endpoint);
