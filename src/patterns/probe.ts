import { EMPTY } from '../runtime/base/message.js';

/** What a socket with `probeRouter` says first to whoever it is joined with. */
export const PROBE = [EMPTY] as const;
