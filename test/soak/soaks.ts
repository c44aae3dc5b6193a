import { actors } from './actors.js';
import { deaths } from './deaths.js';
import { gigabytes } from './gigabytes.js';
import { kills } from './kills.js';
import { litmus } from './litmus.js';
import { patterns } from './patterns.js';
import { resets } from './resets.js';
import { ring } from './ring.js';
import type { Soak } from './soak.js';
import { sockets } from './sockets.js';
import { terminations } from './terminations.js';

export const SOAKS: readonly Soak[] = [
  litmus,
  ring,
  patterns,
  sockets,
  terminations,
  resets,
  gigabytes,
  deaths,
  actors,
  kills,
];
