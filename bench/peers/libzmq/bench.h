/* What every program here needs: arguments, sockets, the clock, and the lines that report.

   Each program is one process of a measurement and takes
       BODY_BYTES WARMUP MESSAGES HWM [ENDPOINT]
   It prints "endpoint E" once bound to a port that the system chose, and, if it is the
   end that holds the clock, "result MESSAGES NANOSECONDS". */
#ifndef LOOMWIRE_BENCH_H
#define LOOMWIRE_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

struct work {
  size_t body_bytes;
  long warmup;
  long messages;
  int hwm;
  const char *endpoint;
};

static inline void require(int holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

static inline struct work read_work(int argc, char **argv)
{
  struct work work;
  if (argc < 5) {
    fprintf(stderr, "usage: %s BODY_BYTES WARMUP MESSAGES HWM [ENDPOINT]\n", argv[0]);
    exit(2);
  }
  work.body_bytes = strtoul(argv[1], NULL, 10);
  work.warmup = strtol(argv[2], NULL, 10);
  work.messages = strtol(argv[3], NULL, 10);
  work.hwm = atoi(argv[4]);
  work.endpoint = argc > 5 ? argv[5] : "tcp://127.0.0.1:*";
  return work;
}

static inline void *open_socket(void *context, int type, const struct work *work)
{
  void *socket = zmq_socket(context, type);
  require(socket != NULL, "zmq_socket");
  require(zmq_setsockopt(socket, ZMQ_SNDHWM, &work->hwm, sizeof work->hwm) == 0, "ZMQ_SNDHWM");
  require(zmq_setsockopt(socket, ZMQ_RCVHWM, &work->hwm, sizeof work->hwm) == 0, "ZMQ_RCVHWM");
  return socket;
}

static inline void bind_and_tell(void *socket, const char *endpoint)
{
  char bound[256];
  size_t bound_bytes = sizeof bound;
  require(zmq_bind(socket, endpoint) == 0, "zmq_bind");
  require(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &bound_bytes) == 0, "last endpoint");
  printf("endpoint %s\n", bound);
  fflush(stdout);
}

static inline uint64_t now_ns(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t) now.tv_sec * 1000000000u + (uint64_t) now.tv_nsec;
}

static inline void tell_result(long messages, uint64_t nanoseconds)
{
  printf("result %ld %llu\n", messages, (unsigned long long) nanoseconds);
  fflush(stdout);
}

/* The four ends. Each runs its part of the work on a socket that is already bound or connected. */

static inline void *new_body(const struct work *work)
{
  void *body = malloc(work->body_bytes + 1);
  require(body != NULL, "malloc");
  memset(body, 0x5a, work->body_bytes);
  return body;
}

static inline void receive_one(void *socket, zmq_msg_t *message, const struct work *work)
{
  require(zmq_msg_recv(message, socket, 0) >= 0, "zmq_msg_recv");
  require(zmq_msg_size(message) == work->body_bytes, "size of the received body");
}

static inline void run_push(void *socket, const struct work *work)
{
  void *body = new_body(work);
  for (long i = 0; i < work->warmup + work->messages; i++)
    require(zmq_send(socket, body, work->body_bytes, 0) >= 0, "zmq_send");
  free(body);
}

static inline void run_pull(void *socket, const struct work *work)
{
  zmq_msg_t message;
  uint64_t started;
  zmq_msg_init(&message);
  for (long i = 0; i < work->warmup; i++)
    receive_one(socket, &message, work);
  started = now_ns();
  for (long i = 0; i < work->messages; i++)
    receive_one(socket, &message, work);
  tell_result(work->messages, now_ns() - started);
  zmq_msg_close(&message);
}

static inline void run_reply(void *socket, const struct work *work)
{
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (long i = 0; i < work->warmup + work->messages; i++) {
    receive_one(socket, &message, work);
    require(zmq_msg_send(&message, socket, 0) >= 0, "zmq_msg_send");
  }
  zmq_msg_close(&message);
}

static inline void run_request(void *socket, const struct work *work)
{
  void *body = new_body(work);
  zmq_msg_t message;
  uint64_t started = 0;
  zmq_msg_init(&message);
  for (long i = 0; i < work->warmup + work->messages; i++) {
    if (i == work->warmup)
      started = now_ns();
    require(zmq_send(socket, body, work->body_bytes, 0) >= 0, "zmq_send");
    receive_one(socket, &message, work);
  }
  tell_result(work->messages, now_ns() - started);
  zmq_msg_close(&message);
  free(body);
}

#endif
