/* PUSH, connects and sends everything, one zmq_send for each message. */
#include "bench.h"

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv);
  void *context = zmq_ctx_new();
  void *socket = open_socket(context, ZMQ_PUSH, &work);
  require(zmq_connect(socket, work.endpoint) == 0, "zmq_connect");
  run_push(socket, &work);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
