import type { DeviceOptions, Proxy, ProxyThread, ThreadDeviceOptions } from '../../src/index.js';

/** A device of any types, with endpoints to bind. */
export interface AnyDevice {
  (front: string, back: string, options: DeviceOptions): Promise<Proxy>;
  (front: string, back: string, options: ThreadDeviceOptions): Promise<ProxyThread>;
}

/** The numbers in an answer to STATISTICS: 64 bits each, lowest byte first. */
export function statisticsNumbers(answer: readonly Buffer[]): number[] {
  return answer.map((frame) => {
    if (frame.length !== 8) throw new Error(`A number of ${frame.length} bytes`);
    return Number(frame.readBigUInt64LE());
  });
}
