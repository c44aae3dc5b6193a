import { isTerm, task, type TaskPipe } from '../../../src/actors.js';
import type { Pull } from '../../../src/index.js';

/** A stage of blocking code: numbers come in, their squares go out. */
export default task<{ from: string; to: string }>((pipe, sockets, { from, to }) => {
  const pull = sockets.pull();
  const push = sockets.push();
  pull.connect(from);
  push.connect(to);
  const poller = sockets.poller<TaskPipe | Pull>();
  poller.add(pipe);
  poller.add(pull);
  pipe.signal();
  for (;;) {
    for (const { socket } of poller.waitSync()) {
      if (socket === pipe && isTerm(pipe.receiveSync())) return;
      if (socket === pull) push.sendSync(String(Number(pull.receiveSync()[0]) ** 2));
    }
  }
});
