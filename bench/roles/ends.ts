import type { ActorEndName, EndName } from '../work.js';
import { acceptMany, connectMany } from './connection-ends.js';
import { pullCpu, pushCpu } from './cpu-ends.js';
import { audience, broadcast } from './fan-out-ends.js';
import type { RunEnd } from './libraries.js';
import { pull, push, reply, request } from './message-ends.js';
import { pushMany } from './push-many.js';
import { publishTopics, publishWeather, wantTopics, wantWeather } from './publishing-ends.js';

/** The ends with blocking calls. Only loomwire has these. */
export const BLOCKING_ENDS: Readonly<Record<Exclude<EndName, ActorEndName>, RunEnd>> = {
  pull,
  push,
  reply,
  request,
  'publish-weather': publishWeather,
  'want-weather': wantWeather,
  'publish-topics': publishTopics,
  'want-topics': wantTopics,
  broadcast,
  audience,
  'push-many': pushMany,
  'pull-cpu': pullCpu,
  'push-cpu': pushCpu,
  'accept-many': acceptMany,
  'connect-many': connectMany,
};
