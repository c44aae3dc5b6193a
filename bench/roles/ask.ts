// Asks of an actor that has a thread of its own.

import { withActor } from './actor-here.js';
import { askAll } from './actor-calls.js';

void withActor(askAll);
