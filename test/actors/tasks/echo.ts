import { isTerm, task } from '../../../src/actors.js';

/** Answers every message with it and what it was given, until it is told to stop. */
export default task<{ suffix: string } | undefined>(async (pipe, _sockets, data) => {
  pipe.signal();
  for await (const message of pipe) {
    if (isTerm(message)) return;
    await pipe.send([...message, data?.suffix ?? '']);
  }
});
