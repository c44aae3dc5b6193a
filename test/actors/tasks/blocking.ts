import { resourceLimits } from 'node:worker_threads';
import { isTerm, task } from '../../../src/actors.js';

/** Never turns its event loop, and ends in the way that it is told. */
export default task((pipe) => {
  pipe.signal();
  for (;;) {
    const message = pipe.receiveSync();
    if (isTerm(message)) return;
    const order = String(message[0]);
    if (order === 'throw') {
      const cause = new TypeError('the cause');
      throw Object.assign(new RangeError('what went wrong', { cause }), { code: 'EWRONG' });
    }
    if (order === 'exit') process.exit(7);
    if (order === 'return') return;
    if (order === 'say, then exit') {
      pipe.sendSync('last words');
      process.exit(0);
    }
    if (order === 'devour') {
      const eaten: unknown[] = [];
      for (;;) eaten.push(new Array(100_000).fill(eaten.length));
    }
    if (order === 'limits') {
      const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb } = resourceLimits;
      pipe.sendSync(`${maxOldGenerationSizeMb}, ${maxYoungGenerationSizeMb}`);
      continue;
    }
    if (order === 'spin') {
      pipe.sendSync('spinning');
      for (;;);
    }
    pipe.sendSync(message);
  }
});
