/* REQ, connects and holds the clock: round trips one after the other. */
#include "bench.h"

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv);
  void *context = zmq_ctx_new();
  void *socket = open_socket(context, ZMQ_REQ, &work);
  require(zmq_connect(socket, work.endpoint) == 0, "zmq_connect");
  run_request(socket, &work);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
