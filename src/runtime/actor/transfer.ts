import type { Transferable } from 'node:worker_threads';

const TRANSFERRED = new WeakMap<object, readonly Transferable[]>();

/**
 * Marks the result of a task: these parts of it move to the caller's thread, and are gone here, in place of being
 * copied. A ring-fed pool copies them nevertheless.
 * @param parts ArrayBuffers, MessagePorts and the like that are in it
 * @returns the result
 */
export function transfer<T extends object>(result: T, parts: readonly Transferable[]): T {
  TRANSFERRED.set(result, parts);
  return result;
}

/** What of a task's result moves. */
export function transferredWith(result: unknown): readonly Transferable[] {
  if (typeof result !== 'object' || result === null) return [];
  return TRANSFERRED.get(result) ?? [];
}
