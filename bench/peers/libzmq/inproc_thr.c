/* PUSH to PULL over inproc, a thread each. */
#include "bench.h"
#include <pthread.h>

struct part {
  void *context;
  const struct work *work;
};

static const char *const endpoint = "inproc://bench";

static void *push_thread(void *argument)
{
  const struct part *part = argument;
  void *socket = open_socket(part->context, ZMQ_PUSH, part->work);
  require(zmq_connect(socket, endpoint) == 0, "zmq_connect");
  run_push(socket, part->work);
  zmq_close(socket);
  return NULL;
}

static void *pull_thread(void *argument)
{
  const struct part *part = argument;
  void *socket = open_socket(part->context, ZMQ_PULL, part->work);
  require(zmq_bind(socket, endpoint) == 0, "zmq_bind");
  run_pull(socket, part->work);
  zmq_close(socket);
  return NULL;
}

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv);
  struct part part = {zmq_ctx_new(), &work};
  pthread_t bound;
  pthread_t connected;
  require(pthread_create(&bound, NULL, pull_thread, &part) == 0, "pthread_create");
  require(pthread_create(&connected, NULL, push_thread, &part) == 0, "pthread_create");
  pthread_join(bound, NULL);
  pthread_join(connected, NULL);
  zmq_ctx_term(part.context);
  return 0;
}
