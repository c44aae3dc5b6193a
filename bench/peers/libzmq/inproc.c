/* Both ends over inproc, a thread each: BOUND CONNECTED NAME=NUMBER … */
#include "ends.h"
#include <pthread.h>

struct part {
  void *context;
  run_end *run;
  const struct work *work;
};

static void *run_part(void *argument)
{
  const struct part *part = argument;
  part->run(part->context, part->work);
  return NULL;
}

int main(int argc, char **argv)
{
  struct work work = read_work(argc, argv, 2);
  void *context = zmq_ctx_new();
  pthread_t threads[2];
  struct part parts[2];
  for (int n = 0; n < 2; n++) {
    parts[n] = (struct part) {context, end_named(argv[1 + n]), &work};
    require(pthread_create(&threads[n], NULL, run_part, &parts[n]) == 0, "pthread_create");
  }
  for (int n = 0; n < 2; n++)
    pthread_join(threads[n], NULL);
  zmq_ctx_term(context);
  return 0;
}
