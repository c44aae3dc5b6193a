/*
 * tsyringe, as the package has it: in one file, which scripts/build.mjs makes of this, since to load its forty takes as long
 * as all else that comes before a socket's first bind. Loaded by composition.ts alone.
 */
import tsyringe = require('tsyringe');

export = tsyringe;
