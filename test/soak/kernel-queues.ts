import { readFileSync } from 'node:fs';

/** Does this system say what lies in its queues? */
export const KERNEL_QUEUES_KNOWN = process.platform === 'linux';

const LISTENING = '0A';
/** The sender probes a closed window, which it does only when all it has sent was acknowledged. */
const PROBING = '04';

export interface KernelQueues {
  /** Bytes that the kernel has accepted from the sender and not yet given to the receiver. */
  readonly bytes: number;
  /**
   * The receiver takes no more, and all that has arrived is acknowledged. Before that, what
   * has arrived may be in both queues, and is counted twice.
   */
  readonly settled: boolean;
}

/** What Linux says of the connection between two local TCP ports, from the first to the second. */
export function kernelQueues(from: number, to: number): KernelQueues {
  let bytes = 0;
  let settled = false;
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, local, remote, state, queues, timer] = line.trim().split(/\s+/);
    if (timer === undefined || state === LISTENING) continue;
    const [unacknowledged, unread] = queues!.split(':').map((text) => parseInt(text, 16));
    if (portOf(local!) === from && portOf(remote!) === to) {
      bytes += unacknowledged!;
      settled = timer.startsWith(PROBING);
    }
    if (portOf(local!) === to && portOf(remote!) === from) bytes += unread!;
  }
  return { bytes, settled };
}

function portOf(address: string): number {
  return parseInt(address.split(':')[1]!, 16);
}
