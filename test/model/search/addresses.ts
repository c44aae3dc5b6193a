import { slotAt } from '../../../src/runtime/memory/layout.js';

/** Scenarios have at most this many slots. */
export const WORLD_SLOTS = 4;

/** Word address after the last slot that a scenario may use. */
export const SLOTS_END = slotAt(WORLD_SLOTS);
