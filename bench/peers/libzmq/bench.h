/* What every program here needs: arguments, sockets, the clock, and the lines that report.

   Each program is one process of a measurement. Its arguments end with the work, as NAME=NUMBER … and
   endpoint=ENDPOINT; the names are in read_work. It prints "endpoint E" once bound to what the system
   chose, "result COUNT AMOUNT" if it has measured something, and "meet" where it waits for the other
   process, until it reads a line. */
#ifndef LOOMWIRE_BENCH_H
#define LOOMWIRE_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

struct work {
  long body;        /* bytes */
  long touched;     /* bodies are filled by the sender and compared by the receiver */
  long lease;       /* bodies lie in the messages themselves from the beginning */
  long connections; /* of the connected end */
  long topics;      /* that a subscriber subscribes to */
  long rate;        /* messages a second, 0 for as many as can be */
  long warmup;
  long messages;
  long timed; /* round trips that are timed one by one */
  long hwm;
  const char *endpoint;
};

static inline void require(int holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

static inline int is_name(const char *setting, const char *name)
{
  size_t length = strlen(name);
  return strncmp(setting, name, length) == 0 && setting[length] == '=';
}

/* The work, from the arguments behind the first `skipped`. */
static inline struct work read_work(int argc, char **argv, int skipped)
{
  struct work work = {0};
  const struct {
    const char *name;
    long *value;
  } numbers[] = {
    {"body", &work.body},         {"touched", &work.touched},
    {"lease", &work.lease},       {"connections", &work.connections},
    {"topics", &work.topics},     {"rate", &work.rate},
    {"warmup", &work.warmup},     {"messages", &work.messages},
    {"timed", &work.timed},       {"hwm", &work.hwm},
  };
  if (argc <= skipped) {
    fprintf(stderr, "%s: too few arguments\n", argv[0]);
    exit(2);
  }
  for (int i = 1 + skipped; i < argc; i++) {
    const char *value = strchr(argv[i], '=');
    size_t n = 0;
    while (n < sizeof numbers / sizeof *numbers && !is_name(argv[i], numbers[n].name))
      n++;
    if (n < sizeof numbers / sizeof *numbers) {
      *numbers[n].value = strtol(value + 1, NULL, 10);
    } else if (is_name(argv[i], "endpoint")) {
      work.endpoint = value + 1;
    } else {
      fprintf(stderr, "%s: no such setting\n", argv[i]);
      exit(2);
    }
  }
  return work;
}

static inline void set_option(void *socket, int option, int value)
{
  require(zmq_setsockopt(socket, option, &value, sizeof value) == 0, "zmq_setsockopt");
}

static inline void *open_socket(void *context, int type, const struct work *work)
{
  void *socket = zmq_socket(context, type);
  require(socket != NULL, "zmq_socket");
  set_option(socket, ZMQ_SNDHWM, (int) work->hwm);
  set_option(socket, ZMQ_RCVHWM, (int) work->hwm);
  return socket;
}

static inline void bind_and_tell(void *socket, const struct work *work)
{
  char bound[256];
  size_t bound_bytes = sizeof bound;
  require(zmq_bind(socket, work->endpoint) == 0, "zmq_bind");
  require(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &bound_bytes) == 0, "last endpoint");
  printf("endpoint %s\n", bound);
  fflush(stdout);
}

static inline void connect_to(void *socket, const struct work *work)
{
  require(zmq_connect(socket, work->endpoint) == 0, "zmq_connect");
}

static inline void *bound_socket(void *context, int type, const struct work *work)
{
  void *socket = open_socket(context, type, work);
  bind_and_tell(socket, work);
  return socket;
}

static inline void *connected_socket(void *context, int type, const struct work *work)
{
  void *socket = open_socket(context, type, work);
  connect_to(socket, work);
  return socket;
}

static inline uint64_t now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

/* The amount is in nanoseconds, or bytes. */
static inline void tell_result(long count, long long amount)
{
  printf("result %ld %lld\n", count, amount);
  fflush(stdout);
}

/* Waits until the other process of the measurement has come to the same point. */
static inline void meet(void)
{
  char answer[8];
  printf("meet\n");
  fflush(stdout);
  require(fgets(answer, sizeof answer, stdin) != NULL, "nobody is there to meet");
}

#endif
