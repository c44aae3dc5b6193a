/* Nanoseconds, counted by buckets that widen with them, sixteen an octave; see bench/histogram.ts. */
#ifndef LOOMWIRE_BENCH_HISTOGRAM_H
#define LOOMWIRE_BENCH_HISTOGRAM_H

#include "bench.h"

enum { STEPS_BITS = 4, STEPS = 1 << STEPS_BITS, BUCKETS = 448 };

struct histogram {
  long counts[BUCKETS];
};

static inline void record(struct histogram *histogram, uint64_t nanoseconds)
{
  uint32_t value = nanoseconds > INT32_MAX ? INT32_MAX : (uint32_t) nanoseconds;
  if (value < STEPS) {
    histogram->counts[value]++;
  } else {
    int octave = 31 - __builtin_clz(value);
    int step = (int) (value >> (octave - STEPS_BITS)) & (STEPS - 1);
    histogram->counts[(octave - STEPS_BITS + 1) * STEPS + step]++;
  }
}

static inline void tell_latency(const struct histogram *histogram)
{
  printf("latency");
  for (int bucket = 0; bucket < BUCKETS; bucket++)
    if (histogram->counts[bucket] > 0)
      printf(" %d:%ld", bucket, histogram->counts[bucket]);
  printf("\n");
}

#endif
