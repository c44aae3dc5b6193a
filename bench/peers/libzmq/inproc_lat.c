/* REQ to REP and back over inproc, a thread each. */
#include "bench.h"
#include <pthread.h>

struct part {
  void *context;
  const struct work *work;
};

static const char *const endpoint = "inproc://bench";

static void *request_thread(void *argument)
{
  const struct part *part = argument;
  void *socket = open_socket(part->context, ZMQ_REQ, part->work);
  require(zmq_connect(socket, endpoint) == 0, "zmq_connect");
  run_request(socket, part->work);
  zmq_close(socket);
  return NULL;
}

static void *reply_thread(void *argument)
{
  const struct part *part = argument;
  void *socket = open_socket(part->context, ZMQ_REP, part->work);
  require(zmq_bind(socket, endpoint) == 0, "zmq_bind");
  run_reply(socket, part->work);
  zmq_close(socket);
  return NULL;
}

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv);
  struct part part = {zmq_ctx_new(), &work};
  pthread_t bound;
  pthread_t connected;
  require(pthread_create(&bound, NULL, reply_thread, &part) == 0, "pthread_create");
  require(pthread_create(&connected, NULL, request_thread, &part) == 0, "pthread_create");
  pthread_join(bound, NULL);
  pthread_join(connected, NULL);
  zmq_ctx_term(part.context);
  return 0;
}
