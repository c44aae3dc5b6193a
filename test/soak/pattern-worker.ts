import { type EndPlan, playEnd } from './pattern-ends.js';
import { serve, tell, tellNote } from './threads.js';

/** A thread with one end of a pattern after another. */
serve((plan: EndPlan) => playEnd(plan, { bound: tellNote, advanced: tell }));
