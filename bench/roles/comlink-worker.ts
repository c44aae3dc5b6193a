// The worker of comlink-calls.

import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';

const offered = {
  echo: (body: Uint8Array): Uint8Array => body,
};

export type Offered = typeof offered;

expose(offered, nodeEndpoint(parentPort!));
