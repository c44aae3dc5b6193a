// A thread of worker-start.

import { parentPort } from 'node:worker_threads';

parentPort!.postMessage('ready');
// Stays, as an actor does.
parentPort!.on('message', () => {});
