// Both ends over inproc in one thread, whose event loop they share.

import { ENDS, INPROC_ENDPOINT, type InprocAssignment } from '../work.js';
import { runAsyncEnd } from './async-ends.js';

const { library, work } = JSON.parse(process.argv[2] ?? '') as InprocAssignment;
const { bound, connected } = ENDS[work.pattern];
void Promise.all([bound, connected].map((end) => runAsyncEnd(library, work, end, INPROC_ENDPOINT)));
