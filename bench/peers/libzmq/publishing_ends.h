/* A publisher and a subscriber who wants little of what is published. */
#ifndef LOOMWIRE_BENCH_PUBLISHING_ENDS_H
#define LOOMWIRE_BENCH_PUBLISHING_ENDS_H

#include "bodies.h"
#include "news.h"

/* A topic of its own says where the warm-up ends, and where the measurement. */
#define MARK "#"
#define BEGIN MARK "begin"
#define END MARK "end"

static inline void drop_message(void *socket)
{
  zmq_msg_t message;
  zmq_msg_init(&message);
  require(zmq_msg_recv(&message, socket, 0) >= 0, "zmq_msg_recv");
  zmq_msg_close(&message);
}

static inline void publish_text(void *socket, const char *text)
{
  require(zmq_send(socket, text, strlen(text), 0) >= 0, "zmq_send");
}

static inline void subscribe(void *socket, const char *topic)
{
  require(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, topic, strlen(topic)) == 0, "ZMQ_SUBSCRIBE");
}

static inline void publish(void *context, const struct work *work, struct news news)
{
  /* An XPUB publishes as a PUB does, and knows when its subscriber is there. It drops nothing. */
  void *socket = open_socket(context, ZMQ_XPUB, work);
  char end[UPDATE_BYTES];
  long before;
  set_option(socket, ZMQ_RCVHWM, 0);
  set_option(socket, ZMQ_XPUB_NODROP, 1);
  bind_and_tell(socket, work);
  for (long left = work->topics + 1; left > 0; left--)
    drop_message(socket);
  for (long left = work->warmup; left > 0; left--)
    publish_text(socket, news.next(&news));
  publish_text(socket, BEGIN);
  before = news.wanted;
  for (long left = work->messages; left > 0; left--)
    publish_text(socket, news.next(&news));
  snprintf(end, sizeof end, END " %ld", news.wanted - before);
  publish_text(socket, end);
  free_news(&news);
  zmq_close(socket);
}

/* Receives a text of at most UPDATE_BYTES - 1. */
static inline void receive_text(void *socket, char *text)
{
  int length = zmq_recv(socket, text, UPDATE_BYTES - 1, 0);
  require(length >= 0 && length < UPDATE_BYTES, "zmq_recv");
  text[length] = '\0';
}

static inline void want(void *context, const struct work *work, struct news news)
{
  void *socket = open_socket(context, ZMQ_SUB, work);
  char text[UPDATE_BYTES];
  uint64_t started, elapsed;
  long received = 0;
  /* Subscriptions count against this mark, and beyond it would be dropped. */
  set_option(socket, ZMQ_SNDHWM, 0);
  connect_to(socket, work);
  for (long n = 0; n < news.topics; n++)
    subscribe(socket, news.topic[n]);
  subscribe(socket, MARK);
  do
    receive_text(socket, text);
  while (strcmp(text, BEGIN) != 0);
  started = now_ns();
  for (receive_text(socket, text); text[0] != MARK[0]; receive_text(socket, text))
    received++;
  elapsed = now_ns() - started;
  if (received != strtol(text + strlen(END), NULL, 10)) {
    fprintf(stderr, "received %ld updates: %s\n", received, text);
    exit(1);
  }
  tell_result(work->messages, (long long) elapsed);
  free_news(&news);
  zmq_close(socket);
}

static inline void run_publish_weather(void *context, const struct work *work)
{
  publish(context, work, weather());
}

static inline void run_want_weather(void *context, const struct work *work)
{
  want(context, work, weather());
}

static inline void run_publish_topics(void *context, const struct work *work)
{
  publish(context, work, many_topics(work->topics));
}

static inline void run_want_topics(void *context, const struct work *work)
{
  want(context, work, many_topics(work->topics));
}

/* A crowd in another process, each of which gets everything. */

static inline void run_broadcast(void *context, const struct work *work)
{
  /* It hears of everyone who subscribes, and drops nothing. */
  void *socket = open_socket(context, ZMQ_XPUB, work);
  set_option(socket, ZMQ_XPUB_VERBOSE, 1);
  set_option(socket, ZMQ_XPUB_NODROP, 1);
  bind_and_tell(socket, work);
  for (long left = work->connections; left > 0; left--)
    drop_message(socket);
  send_many(socket, work->warmup + work->messages, work);
  zmq_close(socket);
}

static inline void hear(void **sockets, long count, const struct work *work)
{
  zmq_msg_t message;
  zmq_msg_init(&message);
  for (; count > 0; count--)
    for (long n = 0; n < work->connections; n++)
      receive_one(sockets[n], &message, work);
  zmq_msg_close(&message);
}

static inline void run_audience(void *context, const struct work *work)
{
  void **sockets = allocate((size_t) work->connections, sizeof *sockets);
  uint64_t started;
  for (long n = 0; n < work->connections; n++) {
    sockets[n] = connected_socket(context, ZMQ_SUB, work);
    subscribe(sockets[n], "");
  }
  hear(sockets, work->warmup, work);
  started = now_ns();
  hear(sockets, work->messages, work);
  tell_result(work->messages * work->connections, (long long) (now_ns() - started));
  for (long n = 0; n < work->connections; n++)
    zmq_close(sockets[n]);
  free(sockets);
}

#endif
