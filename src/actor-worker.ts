import './actors.js';
import { composeServices } from './composition.js';
import { rehearse } from './patterns/actor/rehearse.js';
import { runModule } from './patterns/actor/run-module.js';
import { runShared } from './patterns/actor/run-shared.js';
import { hostThread } from './runtime/actor/host.js';
import { setComposition } from './runtime/context/services.js';

/* The door of a thread that runs a user's module; who starts it is runtime/actor/actor-thread.ts. */

setComposition(composeServices);
// What every module will want, while the thread waits for one.
composeServices();
// Its end of the pipe has a name, and names are hashes; what comes through it is serialized.
process.getBuiltinModule('node:crypto');
process.getBuiltinModule('node:v8');

export default hostThread({ module: runModule, shared: runShared }, rehearse);
