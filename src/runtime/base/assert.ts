/**
 * An invariant of the library itself. Input from users or from the wire never reaches one of these:
 * it is refused with an error of its own long before.
 */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`loomwire: broken invariant: ${what}`);
}
