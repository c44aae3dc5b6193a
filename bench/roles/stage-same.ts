/** Does nothing. */
export default function same(item: unknown): unknown {
  return item;
}
