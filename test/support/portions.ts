import fc from 'fast-check';

/** In what portions bytes come: sizes, taken in turn and over again. */
export function portions(most: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 20 });
}

/** Where the portions of `length` bytes begin and end. */
export function* cut(length: number, sizes: readonly number[]): Generator<[number, number]> {
  let start = 0;
  for (let i = 0; start < length; i++) {
    const end = Math.min(start + sizes[i % sizes.length]!, length);
    yield [start, end];
    start = end;
  }
}
