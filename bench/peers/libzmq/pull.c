/* PULL, binds and holds the clock: it starts when the warm-up has been received. */
#include "bench.h"

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv);
  void *context = zmq_ctx_new();
  void *socket = open_socket(context, ZMQ_PULL, &work);
  bind_and_tell(socket, work.endpoint);
  run_pull(socket, &work);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
