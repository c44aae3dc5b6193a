import { parentPort } from 'node:worker_threads';
import { Context } from '../../../src/index.js';
import { rehearse } from '../../../src/patterns/actor/rehearse.js';

/* Rehearses, registers a handler of its own for the thread's exit, joins a context, and says how many come behind its own. */

const nothing = (): void => undefined;
await rehearse({ ready: nothing, say: nothing, listen: nothing, pump: nothing });
const own = (): void => undefined;
process.on('exit', own);
const context = new Context({ arenaSize: 2 ** 24, ioThreads: 0 });
const hooks = process.listeners('exit');
parentPort!.postMessage(hooks.length - 1 - hooks.indexOf(own));
await context.destroy();
