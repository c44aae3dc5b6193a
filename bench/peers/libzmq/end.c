/* One end, in a process of its own: END NAME=NUMBER … */
#include "ends.h"

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv, 1);
  run_end *run = end_named(argv[1]);
  void *context = zmq_ctx_new();
  run(context, &work);
  zmq_ctx_term(context);
  return 0;
}
