// Both ends over inproc in one thread, whose event loop they share.

import { ANY_ENDPOINT, type Assignment, ENDS, isPair } from '../work.js';
import { assignment } from './assignment.js';
import { runAsyncEnd } from './async-ends.js';

const { module, work } = assignment() as Assignment;
if (!isPair(work.pattern)) throw new Error(`${work.pattern} has no ends`);
const { bound, connected } = ENDS[work.pattern];
void Promise.all(
  [bound, connected].map((end) => runAsyncEnd(module, work, end, ANY_ENDPOINT.inproc)),
);
