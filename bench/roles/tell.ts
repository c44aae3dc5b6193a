// Tells an actor that has a thread of its own.

import { tellAll } from './actor-calls.js';
import { withActor } from './actor-here.js';

void withActor(tellAll);
