import type * as Loomwire from '../../src/index.js';

/** What both libraries have in common, as far as a scenario needs it. */
type Library = Pick<typeof Loomwire, 'Pull' | 'Push'>;

/** One side's events: their types, and whether each names the endpoint. */
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
      story.push(
        where === undefined ? event.type : `${event.type} ${where ? 'here' : 'elsewhere'}`,
      );
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

/** They meet, and the one that connected leaves. */
export async function meetAndPart({ push, pull }: Cast, endpoint: string): Promise<Stories> {
  const [server, client] = [observe(pull, endpoint), observe(push, endpoint)];
  await pull.bind(endpoint);
  push.connect(endpoint);
  await Promise.all([server.told('handshake'), client.told('handshake')]);
  push.close();
  await server.told('disconnect');
  pull.close();
  await Promise.all([server.told('end'), client.told('end')]);
  return { push: client.story, pull: server.story };
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

/** A proxy stands between them, and refuses at first. @param proxy where it is */
export async function throughProxy(
  { push, pull }: Cast,
  endpoint: string,
  proxy: string,
): Promise<Stories> {
  const [server, client] = [observe(pull, endpoint), observe(push, `tcp://${proxy}`)];
  await pull.bind(endpoint);
  push.socksProxy = proxy;
  push.connect(endpoint);
  await Promise.all([server.told('handshake'), client.told('handshake')]);
  push.close();
  await server.told('disconnect');
  pull.close();
  await Promise.all([server.told('end'), client.told('end')]);
  return { push: client.story, pull: server.story };
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

const SCENARIOS = { meetAndPart, waitAndReturn, throughProxy };

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
