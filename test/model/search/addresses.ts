import { NAME_WORDS, slotAt } from '../../../src/runtime/memory/layout.js';

/** Scenarios have this many slots. */
export const SLOTS = 4;

/** And this many inproc names, which follow the slots. */
export const INPROC_NAMES = 4;

/** Word address after all that. */
export const HEADER_END = slotAt(SLOTS) + INPROC_NAMES * NAME_WORDS;
