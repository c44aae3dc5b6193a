import { connect } from 'node:net';
import type * as Loomwire from '../../src/index.js';
import { pathOf, portOf } from './stage.js';
import { command, frame, greeting, ready, WirePeer } from './wire-peer.js';

/** What both libraries have in common, as far as a scenario needs it. */
type Library = Pick<typeof Loomwire, 'Pull' | 'Push'>;

/** One side's events: their types, whether each names the endpoint, and the code of an error. */
export type Story = readonly string[];

interface Observed {
  readonly endpoint: string;
  readonly story: string[];
  /** Resolves when the event of this type is told, now or later; each is waited for once. */
  told(type: string): Promise<void>;
}

function observe(socket: InstanceType<Library['Pull' | 'Push']>, endpoint: string): Observed {
  const story: string[] = [];
  let wake = (): void => undefined;
  let read = 0;
  void (async () => {
    for await (const event of socket.events) {
      const where = 'address' in event ? event.address === endpoint : undefined;
      // Ours tells more than zeromq.js has: why a connection was lost, and an attempt failed.
      const why = event.type.includes('error') && 'error' in event ? event.error : undefined;
      const words = [event.type, where && 'here', where === false && 'elsewhere'];
      if (why !== undefined && 'code' in why) words.push(String(why.code));
      story.push(words.filter((word) => typeof word === 'string').join(' '));
      wake();
    }
  })();
  const told = async (type: string): Promise<void> => {
    for (;;) {
      while (read < story.length) if (story[read++]!.split(' ')[0] === type) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return { endpoint, story, told };
}

/** The sockets of a scenario: two of one library's, or one of each. */
export interface Cast {
  readonly push: InstanceType<Library['Push']>;
  readonly pull: InstanceType<Library['Pull']>;
}

export interface Stories {
  readonly push: Story;
  readonly pull: Story;
}

/** They meet, and the one that connected leaves. @param named what the one that connects calls the endpoint in its events */
async function meet({ push, pull }: Cast, endpoint: string, named: string): Promise<Stories> {
  const [server, client] = [observe(pull, endpoint), observe(push, named)];
  await pull.bind(endpoint);
  push.connect(endpoint);
  await Promise.all([server.told('handshake'), client.told('handshake')]);
  push.close();
  await server.told('disconnect');
  pull.close();
  await Promise.all([server.told('end'), client.told('end')]);
  return { push: client.story, pull: server.story };
}

export function meetAndPart(cast: Cast, endpoint: string): Promise<Stories> {
  return meet(cast, endpoint, endpoint);
}

/** One connects before the other binds, and connects again when the other was closed. */
export async function waitAndReturn({ push, pull }: Cast, endpoint: string): Promise<Stories> {
  const [server, client] = [observe(pull, endpoint), observe(push, endpoint)];
  push.connect(endpoint);
  await client.told('connect:retry');
  await pull.bind(endpoint);
  await Promise.all([server.told('handshake'), client.told('handshake')]);
  pull.close();
  await client.told('disconnect');
  await client.told('connect:retry');
  push.close();
  await Promise.all([server.told('end'), client.told('end')]);
  const parted = client.story.findIndex((event) => event.startsWith('disconnect'));
  // What comes after that until it is closed is a matter of chance, and so is how many attempts fail before.
  return { push: withoutRepeats(client.story.slice(0, parted + 2)), pull: server.story };
}

function withoutRepeats(story: Story): Story {
  const kept: string[] = [];
  for (const event of story) {
    kept.push(event);
    const round = kept.slice(-3);
    if (round.length === 3 && String(round) === String(kept.slice(-6, -3))) kept.splice(-3);
  }
  return kept;
}

/** Binds, unbinds, binds again and closes. */
export async function unbindAndClose({ push, pull }: Cast, endpoint: string): Promise<Stories> {
  const server = observe(pull, endpoint);
  for (let round = 0; round < 2; round++) {
    await pull.bind(endpoint);
    await server.told('bind');
    if (round === 1) break;
    await pull.unbind(endpoint);
    await server.told('close');
  }
  pull.close();
  await server.told('end');
  push.close();
  return { push: [], pull: server.story };
}

/** Binds what the other has bound already. */
export async function bindInVain({ push, pull }: Cast, endpoint: string): Promise<Stories> {
  const [holder, server] = [observe(push, endpoint), observe(pull, endpoint)];
  await push.bind(endpoint);
  await pull.bind(endpoint).then(
    () => Promise.reject(new Error('It was bound twice')),
    () => undefined,
  );
  await server.told('bind:error');
  for (const socket of [push, pull]) socket.close();
  await Promise.all([holder.told('end'), server.told('end')]);
  return { push: holder.story, pull: server.story };
}

/** The same, and a proxy stands between them, which refuses at first. @param proxy where it is */
export function throughProxy(cast: Cast, endpoint: string, proxy: string): Promise<Stories> {
  cast.push.socksProxy = proxy;
  return meet(cast, endpoint, `tcp://${proxy}`);
}

/** What a stranger says to a PULL: each time something else that is against the protocol. */
const WRONG = {
  mechanism: [greeting({ mechanism: 'PIGEON' })],
  command: [greeting(), command('COO')],
  message: [greeting(), frame('message')],
  metadata: [greeting(), command('READY', '\x0bSocket-Type\0\0\xff\xffPUSH')],
  type: [greeting(), ready('SUB')],
  nothing: [],
} as const;

/** Strangers come, say something wrong, and are shown the door; or they leave before they have said anything. */
async function stranger({ push, pull }: Cast, endpoint: string, says: Wrong): Promise<Stories> {
  push.close();
  const server = observe(pull, endpoint);
  await pull.bind(endpoint);
  const to = endpoint.startsWith('ipc:') ? pathOf(endpoint) : portOf(endpoint);
  const peer = new WirePeer(typeof to === 'string' ? connect(to) : connect(to, '127.0.0.1'));
  await server.told('accept');
  if (says === 'nothing') peer.socket.destroy();
  else await peer.write(...WRONG[says]);
  await peer.closed;
  await server.told('disconnect');
  // Whoever comes next is told of behind whatever there is to tell of this one.
  const next = new WirePeer(typeof to === 'string' ? connect(to) : connect(to, '127.0.0.1'));
  await next.handshake('PUSH');
  await server.told('handshake');
  pull.close();
  await server.told('end');
  return { push: [], pull: server.story };
}

type Wrong = keyof typeof WRONG;

const strangers = Object.fromEntries(
  Object.keys(WRONG).map((says) => [
    `stranger ${says}`,
    (cast: Cast, endpoint: string) => stranger(cast, endpoint, says as Wrong),
  ]),
) as Record<`stranger ${Wrong}`, typeof meetAndPart>;

const SCENARIOS = {
  meetAndPart,
  waitAndReturn,
  unbindAndClose,
  bindInVain,
  throughProxy,
  ...strangers,
};

export type ScenarioName = keyof typeof SCENARIOS;

/** Plays a scenario with one library's sockets. */
export function play(
  { Push, Pull }: Library,
  name: ScenarioName,
  endpoint: string,
  common: object,
  proxy = '',
): Promise<Stories> {
  const push = new Push({ linger: 0, reconnectInterval: 20, ...common });
  const pull = new Pull({ linger: 0, ...common });
  return SCENARIOS[name]({ push, pull }, endpoint, proxy);
}
