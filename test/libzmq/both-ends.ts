import type { Stage, Transport } from '../support/stage.js';
import type { Socket } from '../../src/index.js';
import { WireListener } from '../support/wire-peer.js';

export const TRANSPORTS: readonly Transport[] = ['inproc', 'ipc', 'tcp'];

/** Binds one socket to where it does not matter, and connects the others to it, in their order. */
export async function join(
  stage: Stage,
  transport: Transport,
  binder: Socket,
  ...connecters: readonly Socket[]
): Promise<string> {
  await binder.bind(stage.wildcard(transport));
  const endpoint = binder.lastEndpoint!;
  for (const connecter of connecters) connecter.connect(endpoint);
  return endpoint;
}

/** A message's parts in one text. */
export function text(message: readonly Buffer[] | undefined): string | undefined {
  return message?.map(String).join('|');
}

/** A listener that knows only the wire. */
export async function listen(stage: Stage, transport: 'ipc' | 'tcp'): Promise<WireListener> {
  return WireListener.open(stage, transport === 'ipc' ? await stage.agreed('ipc') : undefined);
}
