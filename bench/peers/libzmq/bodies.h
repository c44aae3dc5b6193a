/* Sending and receiving so many messages, the way that the work asks for. */
#ifndef LOOMWIRE_BENCH_BODIES_H
#define LOOMWIRE_BENCH_BODIES_H

#include "bench.h"

#define STAMP 0x5a

static inline void *new_body(const struct work *work)
{
  void *body = malloc((size_t) work->body + 1);
  require(body != NULL, "malloc");
  memset(body, STAMP, (size_t) work->body);
  return body;
}

static inline void send_body(void *socket, const void *body, const struct work *work)
{
  require(zmq_send(socket, body, (size_t) work->body, 0) >= 0, "zmq_send");
}

/* Without a copy: whoever fills a body can fill it in its message. */
static inline void send_in_place(void *socket, const struct work *work)
{
  zmq_msg_t message;
  require(zmq_msg_init_size(&message, (size_t) work->body) == 0, "zmq_msg_init_size");
  if (work->touched)
    memset(zmq_msg_data(&message), STAMP, (size_t) work->body);
  require(zmq_msg_send(&message, socket, 0) >= 0, "zmq_msg_send");
}

static inline void send_many(void *socket, long count, const struct work *work)
{
  void *body = new_body(work);
  int in_place = work->touched || work->lease;
  for (; count > 0; count--) {
    if (in_place)
      send_in_place(socket, work);
    else
      send_body(socket, body, work);
  }
  free(body);
}

static inline void receive_one(void *socket, zmq_msg_t *message, const struct work *work)
{
  require(zmq_msg_recv(message, socket, 0) >= 0, "zmq_msg_recv");
  require(zmq_msg_size(message) == (size_t) work->body, "size of the received body");
}

static inline void receive_many(void *socket, long count, const struct work *work)
{
  void *expected = new_body(work);
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (; count > 0; count--) {
    receive_one(socket, &message, work);
    if (work->touched)
      require(memcmp(zmq_msg_data(&message), expected, (size_t) work->body) == 0, "body");
  }
  zmq_msg_close(&message);
  free(expected);
}

#endif
