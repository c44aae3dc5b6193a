/* Two publishers, a forwarder and a subscriber over inproc, a thread each. */
#include "publishing_ends.h"
#include <pthread.h>

/* Those that publish share the messages. */
enum { PUBLISHERS = 2 };

static const char *const front_endpoint = "inproc://front";
static const char *const back_endpoint = "inproc://back";

struct part {
  void *context;
  const struct work *work;
};

/* Of warm-up and measurement, and so that the publishers can share it. */
static long total(const struct work *work)
{
  return (work->warmup + work->messages + PUBLISHERS - 1) / PUBLISHERS * PUBLISHERS;
}

static void *publisher_thread(void *argument)
{
  const struct part *part = argument;
  /* Nothing is dropped, here and at the proxy, and it begins when the subscription has come. */
  void *socket = open_socket(part->context, ZMQ_XPUB, part->work);
  set_option(socket, ZMQ_XPUB_NODROP, 1);
  require(zmq_connect(socket, front_endpoint) == 0, "zmq_connect");
  drop_message(socket);
  send_many(socket, total(part->work) / PUBLISHERS, part->work);
  zmq_close(socket);
  return NULL;
}

static void *forwarder_thread(void *argument)
{
  const struct part *part = argument;
  void *front = open_socket(part->context, ZMQ_XSUB, part->work);
  void *back = open_socket(part->context, ZMQ_XPUB, part->work);
  require(zmq_bind(front, front_endpoint) == 0, "zmq_bind");
  set_option(back, ZMQ_XPUB_NODROP, 1);
  require(zmq_bind(back, back_endpoint) == 0, "zmq_bind");
  zmq_proxy(front, back, NULL);
  require(zmq_errno() == ETERM, "zmq_proxy");
  zmq_close(front);
  zmq_close(back);
  return NULL;
}

static void *subscriber_thread(void *argument)
{
  const struct part *part = argument;
  const struct work *work = part->work;
  void *socket = open_socket(part->context, ZMQ_SUB, work);
  uint64_t started;
  require(zmq_connect(socket, back_endpoint) == 0, "zmq_connect");
  subscribe(socket, "");
  receive_many(socket, total(work) - work->messages, work);
  started = now_ns();
  receive_many(socket, work->messages, work);
  tell_result(work->messages, (long long) (now_ns() - started));
  zmq_close(socket);
  /* Nobody else would end the proxy. */
  zmq_ctx_shutdown(part->context);
  return NULL;
}

int main(int argc, char **argv)
{
  void *(*const runs[])(void *) = {forwarder_thread, publisher_thread, publisher_thread,
                                   subscriber_thread};
  enum { THREADS = sizeof runs / sizeof *runs };
  struct work work = read_work(argc, argv, 0);
  struct part part = {zmq_ctx_new(), &work};
  pthread_t threads[THREADS];
  for (int n = 0; n < THREADS; n++)
    require(pthread_create(&threads[n], NULL, runs[n], &part) == 0, "pthread_create");
  for (int n = 0; n < THREADS; n++)
    pthread_join(threads[n], NULL);
  zmq_ctx_term(part.context);
  return 0;
}
