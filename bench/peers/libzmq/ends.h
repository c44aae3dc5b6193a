/* The ends by the names that bench/work.ts has for them. Each opens its sockets, and closes them. */
#ifndef LOOMWIRE_BENCH_ENDS_H
#define LOOMWIRE_BENCH_ENDS_H

#include "cost_ends.h"
#include "message_ends.h"
#include "publishing_ends.h"

typedef void run_end(void *context, const struct work *work);

static inline run_end *end_named(const char *name)
{
  static const struct {
    const char *name;
    run_end *run;
  } ends[] = {
    {"pull", run_pull},
    {"push", run_push},
    {"reply", run_reply},
    {"request", run_request},
    {"publish-weather", run_publish_weather},
    {"want-weather", run_want_weather},
    {"publish-topics", run_publish_topics},
    {"want-topics", run_want_topics},
    {"broadcast", run_broadcast},
    {"audience", run_audience},
    {"pull-cpu", run_pull_cpu},
    {"push-cpu", run_push_cpu},
    {"accept-many", run_accept_many},
    {"connect-many", run_connect_many},
  };
  for (size_t n = 0; n < sizeof ends / sizeof *ends; n++)
    if (strcmp(name, ends[n].name) == 0)
      return ends[n].run;
  fprintf(stderr, "%s: no such end\n", name);
  exit(2);
}

#endif
