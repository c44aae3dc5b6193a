/** Sixteen buckets an octave: none is more than a sixteenth wider than its least value. */
const STEPS_BITS = 4;
const STEPS = 2 ** STEPS_BITS;

/** Two seconds; what is longer counts as that. */
const MOST = 2 ** 31 - 1;

const BUCKETS = bucketOf(MOST) + 1;

export interface Bucket {
  /** The least value that falls into it, and of the next one. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Nanoseconds, counted by buckets that widen with them; bench/peers/libzmq/histogram.h has the same. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);

  /** What `toString` has written, any number of them added up. */
  static parse(texts: readonly string[]): Histogram {
    const histogram = new Histogram();
    for (const [, bucket, count] of texts.join(' ').matchAll(/(\d+):(\d+)/g)) {
      histogram.#counts[Number(bucket)]! += Number(count);
    }
    return histogram;
  }

  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  record(nanoseconds: number): void {
    this.#counts[bucketOf(nanoseconds)]!++;
  }

  /** Those that are not empty, in order. */
  *buckets(): IterableIterator<Bucket> {
    for (const [bucket, count] of this.#counts.entries()) {
      if (count > 0) yield { from: leastOf(bucket), to: leastOf(bucket + 1), count };
    }
  }

  /** What so many of a hundred stay below, to within a bucket; NaN if there are none. */
  percentile(percent: number): number {
    const wanted = (this.total * percent) / 100;
    let seen = 0;
    for (const { to, count } of this.buckets()) {
      seen += count;
      if (seen >= wanted) return to;
    }
    return NaN;
  }

  /** `BUCKET:COUNT …` */
  toString(): string {
    const pairs: string[] = [];
    for (const [bucket, count] of this.#counts.entries()) {
      if (count > 0) pairs.push(`${bucket}:${count}`);
    }
    return pairs.join(' ');
  }
}

function bucketOf(nanoseconds: number): number {
  const value = Math.min(Math.max(Math.round(nanoseconds), 0), MOST);
  if (value < STEPS) return value;
  const octave = 31 - Math.clz32(value);
  return (octave - STEPS_BITS + 1) * STEPS + ((value >> (octave - STEPS_BITS)) & (STEPS - 1));
}

function leastOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const octave = Math.floor(bucket / STEPS) + STEPS_BITS - 1;
  return (STEPS + (bucket % STEPS)) * 2 ** (octave - STEPS_BITS);
}
