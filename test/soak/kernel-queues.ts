import { readFileSync } from 'node:fs';

/** Does this system say what lies in its queues? */
export const KERNEL_QUEUES_KNOWN = process.platform === 'linux';

const LISTENING = '0A';

/**
 * Bytes of the connection between two local TCP ports, from the first to the second, that the kernel has
 * accepted from the sender and not yet given to the receiver: Linux lists what was not acknowledged
 * and what was not read.
 */
export function bytesInKernel(from: number, to: number): number {
  let bytes = 0;
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, local, remote, state, queues] = line.trim().split(/\s+/);
    if (queues === undefined || state === LISTENING) continue;
    const [sending, received] = queues.split(':').map((text) => parseInt(text, 16));
    if (portOf(local!) === from && portOf(remote!) === to) bytes += sending!;
    if (portOf(local!) === to && portOf(remote!) === from) bytes += received!;
  }
  return bytes;
}

function portOf(address: string): number {
  return parseInt(address.split(':')[1]!, 16);
}
