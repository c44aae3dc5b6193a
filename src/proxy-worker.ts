import { parentPort, workerData } from 'node:worker_threads';
import { composeServices } from './composition.js';
import type { ProxyWorkerData } from './patterns/proxy-steering.js';
import { runProxy } from './patterns/run-proxy.js';
import { Context } from './runtime/context/context.js';
import { setComposition } from './runtime/context/services.js';

/* The door of a thread that runs a proxy; who starts it is patterns/proxy-thread.ts. */

setComposition(composeServices);

const data = workerData as ProxyWorkerData;
await runProxy(data, Context.attach(data.handle), (notice) => parentPort!.postMessage(notice));
