/* What connections keep of memory, and messages take of processors. Linux alone. */
#ifndef LOOMWIRE_BENCH_COST_ENDS_H
#define LOOMWIRE_BENCH_COST_ENDS_H

#include "bodies.h"
#include "news.h"
#include <sys/resource.h>
#include <unistd.h>

/* Resident memory of this process, in bytes. */
static inline long long resident(void)
{
  long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  require(statm != NULL && fscanf(statm, "%*d %ld", &pages) == 1, "/proc/self/statm");
  fclose(statm);
  return (long long) pages * sysconf(_SC_PAGESIZE);
}

/* Time of processors that all threads of this process have spent, in nanoseconds. */
static inline long long spent(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

static inline void sleep_until(uint64_t ns)
{
  struct timespec until = {(time_t) (ns / 1000000000u), (long) (ns % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
    ;
}

/* Connections that have carried one message each and then lie idle. */

enum { CONNECTIONS_EACH = 100 };

static inline void allow_many_descriptors(void)
{
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static inline void accept_more(void *socket, long count)
{
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (; count > 0; count--)
    require(zmq_msg_recv(&message, socket, 0) >= 0, "zmq_msg_recv");
  zmq_msg_close(&message);
}

static inline void run_accept_many(void *context, const struct work *work)
{
  void *socket = open_socket(context, ZMQ_PULL, work);
  long long before, after;
  allow_many_descriptors();
  set_option(socket, ZMQ_BACKLOG, (int) work->messages);
  bind_and_tell(socket, work);
  accept_more(socket, work->warmup);
  meet();
  before = resident();
  meet();
  accept_more(socket, work->messages);
  meet();
  sleep_until(now_ns() + 1000000000u);
  after = resident();
  tell_result(work->messages, after - before);
  meet();
  zmq_close(socket);
}

/* Sockets with CONNECTIONS_EACH each, behind those that are there; answers how many there are then. */
static inline long connect_more(void *context, void **sockets, long there, long count,
                                const struct work *work)
{
  for (; count > 0; count -= CONNECTIONS_EACH) {
    long here = count < CONNECTIONS_EACH ? count : CONNECTIONS_EACH;
    void *socket = open_socket(context, ZMQ_PUSH, work);
    for (long n = 0; n < here; n++)
      connect_to(socket, work);
    /* Each goes to the next of them. */
    for (long n = 0; n < here; n++)
      require(zmq_send(socket, "", 0, 0) >= 0, "zmq_send");
    sockets[there++] = socket;
  }
  return there;
}

static inline void run_connect_many(void *context, const struct work *work)
{
  size_t most = (size_t) ((work->warmup + work->messages) / CONNECTIONS_EACH + 2);
  void **sockets = allocate(most, sizeof *sockets);
  long there;
  long long before, after;
  allow_many_descriptors();
  there = connect_more(context, sockets, 0, work->warmup, work);
  meet();
  before = resident();
  meet();
  there = connect_more(context, sockets, there, work->messages, work);
  meet();
  sleep_until(now_ns() + 1000000000u);
  after = resident();
  tell_result(work->messages, after - before);
  meet();
  while (there > 0)
    zmq_close(sockets[--there]);
  free(sockets);
}

/* PUSH to PULL, as fast as it goes or at a steady rate. */

static inline void send_paced(void *socket, const struct work *work)
{
  void *body = new_body(work);
  uint64_t started = now_ns();
  for (long n = 0; n < work->messages; n++) {
    sleep_until(started + (uint64_t) n * 1000000000u / (uint64_t) work->rate);
    send_body(socket, body, work);
  }
  free(body);
}

static inline void run_pull_cpu(void *context, const struct work *work)
{
  void *socket = bound_socket(context, ZMQ_PULL, work);
  long long before;
  receive_many(socket, work->warmup, work);
  meet();
  before = spent();
  receive_many(socket, work->messages, work);
  meet();
  tell_result(work->messages, spent() - before);
  zmq_close(socket);
}

static inline void run_push_cpu(void *context, const struct work *work)
{
  void *socket = connected_socket(context, ZMQ_PUSH, work);
  long long before;
  send_many(socket, work->warmup, work);
  meet();
  before = spent();
  if (work->rate > 0)
    send_paced(socket, work);
  else
    send_many(socket, work->messages, work);
  meet();
  tell_result(work->messages, spent() - before);
  zmq_close(socket);
}

#endif
