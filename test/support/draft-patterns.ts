import { WHO_WAS_CONNECTED_TO } from './envelopes.js';
import { NEVER_DROPS, way, type Pattern } from './patterns.js';
import type { AnySocket } from './places.js';
import { untilHeard } from './reaching.js';

const GROUP = 'group';

/** The patterns of libzmq's draft types. */
export const DRAFT_PATTERNS: readonly Pattern[] = [
  {
    name: 'CLIENT–SERVER',
    types: ['Client', 'Server'],
    onePart: true,
    ways: async (client, server) => {
      await client.send('await', 'hello');
      const [id] = await server.receive('await');
      return [way(client, server, [], [id!]), way(server, client, [id!])];
    },
  },
  {
    name: 'SCATTER–GATHER',
    types: ['Scatter', 'Gather'],
    onePart: true,
    ways: (scatter, gather) => [way(scatter, gather)],
  },
  {
    name: 'PEER–PEER',
    types: ['Peer', 'Peer'],
    onePart: true,
    ways: async (first, second) => {
      const [caller, called] = (await calls(first)) ? [first, second] : [second, first];
      if (caller === second) await calls(second);
      const [callersId] = await called.receive('await');
      await called.send('await', [callersId!, 'hello']);
      const [calledId] = await caller.receive('await');
      return [
        way(caller, called, [calledId!], [callersId!]),
        way(called, caller, [callersId!], [calledId!]),
      ];
    },
  },
  {
    name: 'CHANNEL–CHANNEL',
    types: ['Channel', 'Channel'],
    onePart: true,
    ways: (first, second) => [way(first, second), way(second, first)],
  },
  {
    name: 'RADIO–DISH',
    types: ['Radio', 'Dish'],
    options: [NEVER_DROPS, {}],
    onePart: true,
    ways: async (radio, dish) => {
      await dish.join(GROUP);
      await untilHeard(radio, dish, '', [GROUP]);
      return [way(radio, dish, [GROUP], [GROUP])];
    },
  },
];

/** Says hello to whom a PEER is connected to. False if that is nobody. */
async function calls(peer: AnySocket): Promise<boolean> {
  try {
    await peer.send('await', [WHO_WAS_CONNECTED_TO, 'hello']);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EHOSTUNREACH') throw error;
    return false;
  }
}
