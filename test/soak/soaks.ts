import { litmus } from './litmus.js';
import { ring } from './ring.js';
import type { Soak } from './soak.js';

export const SOAKS: readonly Soak[] = [litmus, ring];
