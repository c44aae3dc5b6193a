/* PUSH to PULL, and REQ to REP and back. */
#ifndef LOOMWIRE_BENCH_MESSAGE_ENDS_H
#define LOOMWIRE_BENCH_MESSAGE_ENDS_H

#include "bodies.h"
#include "histogram.h"

static inline void run_pull(void *context, const struct work *work)
{
  void *socket = bound_socket(context, ZMQ_PULL, work);
  uint64_t started;
  receive_many(socket, work->warmup, work);
  started = now_ns();
  receive_many(socket, work->messages, work);
  tell_result(work->messages, (long long) (now_ns() - started));
  zmq_close(socket);
}

static inline void run_push(void *context, const struct work *work)
{
  void *socket = connected_socket(context, ZMQ_PUSH, work);
  send_many(socket, work->warmup + work->messages, work);
  zmq_close(socket);
}

static inline void run_reply(void *context, const struct work *work)
{
  void *socket = bound_socket(context, ZMQ_REP, work);
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (long left = work->warmup + work->messages + work->timed; left > 0; left--) {
    receive_one(socket, &message, work);
    require(zmq_msg_send(&message, socket, 0) >= 0, "zmq_msg_send");
  }
  zmq_msg_close(&message);
  zmq_close(socket);
}

static inline void round_trips(void *socket, const void *body, long count, const struct work *work)
{
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (; count > 0; count--) {
    send_body(socket, body, work);
    receive_one(socket, &message, work);
  }
  zmq_msg_close(&message);
}

static inline void run_request(void *context, const struct work *work)
{
  void *socket = connected_socket(context, ZMQ_REQ, work);
  void *body = new_body(work);
  struct histogram histogram = {{0}};
  uint64_t started, elapsed;
  round_trips(socket, body, work->warmup, work);
  started = now_ns();
  round_trips(socket, body, work->messages, work);
  elapsed = now_ns() - started;
  for (long left = work->timed; left > 0; left--) {
    started = now_ns();
    round_trips(socket, body, 1, work);
    record(&histogram, now_ns() - started);
  }
  tell_latency(&histogram);
  tell_result(work->messages, (long long) elapsed);
  free(body);
  zmq_close(socket);
}

#endif
