import { workerData } from 'node:worker_threads';
import { composeServices } from './composition.js';
import type { MemberData } from './patterns/actor/crew-types.js';
import { runMember } from './patterns/actor/run-member.js';
import { Context } from './runtime/context/context.js';
import { setComposition } from './runtime/context/services.js';

/* The door of a thread of a ring-fed pool, or of a stage; who starts it is patterns/actor/thread-member.ts. */

setComposition(composeServices);

const data = workerData as MemberData;
await runMember(data, Context.attach(data.handle));
