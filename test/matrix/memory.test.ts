import { expect } from 'chai';
import { setImmediate } from 'node:timers/promises';
import type { Context } from '../../src/index.js';
import { SMALL_BYTES_MOST } from '../../src/runtime/base/limits.js';
import { body } from '../support/bodies.js';
import { DRAFT_PATTERNS } from '../support/draft-patterns.js';
import { PATTERNS } from '../support/patterns.js';
import { Performer } from '../support/performer.js';
import { here, type AnySocket } from '../support/places.js';
import { useTidySharedStage, type Transport } from '../support/stage.js';
import { STREAM_PATTERN } from '../support/stream-pattern.js';

const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];
/** Lie in rings that have to grow for them, by reference, and alone in their pages. */
const BODIES = [5000, 20_000, 300_000].map((size) => body(size));
const ROUNDS = 20;

/** Has a thread of the context a block that is larger than what sockets and pipes take? */
function hasLargeBlocks(context: Context): boolean {
  return context
    .stats()
    .threads.some(({ memory }) =>
      memory.classes.some(
        ({ size, blocks }) => blocks > 0 && (size === 'span' || size > SMALL_BYTES_MOST),
      ),
    );
}

for (const transport of TRANSPORTS) {
  describe(`The memory of large bodies over ${transport}`, () => {
    const stage = useTidySharedStage();

    for (const pattern of [...PATTERNS, ...DRAFT_PATTERNS, STREAM_PATTERN]) {
      it(`comes back when the sockets are closed: ${pattern.name}`, async () => {
        const { context } = stage;
        const end = here(new Performer({ context, reconnectInterval: 1, linger: 0 }));
        const sockets: AnySocket[] = [];
        for (const [i, type] of pattern.types.entries()) {
          sockets.push(await end.open(type, { ...pattern.options?.[i] }));
        }
        const [first, second] = sockets as [AnySocket, AnySocket];
        const endpoint = await second.bind(stage.wildcard(transport));
        await first.connect(endpoint, ...(pattern.connects ?? []));
        const ways = await pattern.ways(first, second);
        const messages = pattern.onePart === true ? BODIES : [BODIES];
        for (let round = 0; round < ROUNDS; round++) {
          for (const way of ways) {
            for (const message of messages) {
              await way.send('await', message);
              await way.receive('await');
            }
          }
        }
        // Some are never received.
        for (const message of messages) await ways[0]!.send('await', message);
        expect(hasLargeBlocks(context)).to.equal(true);
        for (const socket of sockets) await socket.close();
        while (hasLargeBlocks(context)) await setImmediate();
      });
    }
  });
}
