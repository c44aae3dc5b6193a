import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects this thread's garbage, so that what is still held is held by somebody. */
export const collectGarbage = runInNewContext('gc') as () => void;
