import { slotAt } from '../../../src/runtime/memory/layout.js';

/** Scenarios have this many slots. */
export const SLOTS = 4;

/** Word address after the last slot that a scenario may use. */
export const SLOTS_END = slotAt(SLOTS);
