import { task } from '../../../src/actors.js';

/** Fails outside its function, while that waits. */
export default task(async (pipe) => {
  pipe.signal();
  await pipe.receive();
  setTimeout(() => {
    throw new Error('out of a timer');
  });
  await new Promise(() => {});
});
