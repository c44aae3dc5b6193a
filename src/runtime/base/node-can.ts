import type { Socket } from 'node:net';

/**
 * What some versions of Node have, and others have not: to say how often and how fast the system asks a silent tcp
 * peer whether it is there, and of which service the packets of a connection are.
 */
export type NodeAbility = 'probes' | 'typeOfService';

/** Arguments of `setKeepAlive` that there have always been: on or off, and the time before the first probe. */
const EVER = 2;

/** Is this Node one of them? It is looked at when somebody asks, which hardly anybody does. */
export function nodeCan(ability: NodeAbility): boolean {
  const { prototype } = process.getBuiltinModule('node:net').Socket as { prototype: Socket };
  return ability === 'probes'
    ? prototype.setKeepAlive.length > EVER
    : 'setTypeOfService' in prototype;
}
