/* What publishers publish: the same updates, from the same numbers, as bench/roles/news.ts. */
#ifndef LOOMWIRE_BENCH_NEWS_H
#define LOOMWIRE_BENCH_NEWS_H

#include "bench.h"

enum { UPDATE_BYTES = 32, TOPIC_BYTES = 16 };

/* Numbers that come only once in 2^32: a linear congruence. */
static inline uint32_t next_number(uint32_t *last)
{
  *last = *last * 1664525u + 1013904223u;
  return *last;
}

/* Updates without end, and who wants which. */
struct news {
  uint32_t last;
  long topics;
  char (*topic)[TOPIC_BYTES];   /* what the subscriber subscribes to */
  char (*updates)[UPDATE_BYTES]; /* written beforehand, or one that is written each time */
  long at;
  long wanted; /* how many so far were such as the subscriber wants */
  const char *(*next)(struct news *news);
};

static inline void *allocate(size_t count, size_t bytes)
{
  void *memory = calloc(count, bytes);
  require(memory != NULL, "calloc");
  return memory;
}

enum { ZIP = 10001 };

/* The weather of all zip codes, of which one is wanted; each update is written when it is published. */
static inline const char *next_weather(struct news *news)
{
  uint32_t number = next_number(&news->last);
  int zip = (int) ((number >> 8) % 99999) + 1;
  int temperature = (int) ((number >> 16) % 215);
  int humidity = (int) ((number >> 24) % 50);
  if (zip == ZIP)
    news->wanted++;
  snprintf(news->updates[0], UPDATE_BYTES, "%d %d %d", zip, temperature - 80, humidity + 10);
  return news->updates[0];
}

static inline struct news weather(void)
{
  struct news news = {.last = 1, .topics = 1, .next = next_weather};
  news.topic = allocate(1, TOPIC_BYTES);
  news.updates = allocate(1, UPDATE_BYTES);
  snprintf(news.topic[0], TOPIC_BYTES, "%d", ZIP);
  return news;
}

/* One update in WANTED_EVERY begins with a topic; of all others the last byte differs. */
enum { UPDATES = 1 << 16, WANTED_EVERY = 1024 };

static inline const char *next_of_many(struct news *news)
{
  long at = news->at;
  news->at = (at + 1) % UPDATES;
  if (at % WANTED_EVERY == 0)
    news->wanted++;
  return news->updates[at];
}

/* Updates that were written beforehand, about many topics: what is left is to find out who wants them. */
static inline struct news many_topics(long topics)
{
  struct news news = {.last = 1, .topics = topics, .next = next_of_many};
  news.topic = allocate((size_t) topics, TOPIC_BYTES);
  news.updates = allocate(UPDATES, UPDATE_BYTES);
  for (long n = 0; n < topics; n++)
    snprintf(news.topic[n], TOPIC_BYTES, "%010u", next_number(&news.last));
  for (long n = 0; n < UPDATES; n++) {
    char *update = news.updates[n];
    strcpy(update, news.topic[n * topics / UPDATES]);
    if (n % WANTED_EVERY != 0)
      update[strlen(update) - 1] = 'x';
    strcat(update, "!");
  }
  return news;
}

static inline void free_news(struct news *news)
{
  free(news->topic);
  free(news->updates);
}

#endif
