import { Buffer } from 'node:buffer';
import { expect } from 'chai';
import type { Body } from '../../src/runtime/base/message.js';
import { AS_BYTES, AS_VALUE, decodeBatch, encodeBatch } from '../../src/patterns/actor/batch.js';
import { failureNow } from '../support/expect-error.js';

function received(parts: readonly Body[]): Buffer[] {
  return parts.map((part) => Buffer.from(part as Uint8Array));
}

describe('A batch of tasks or results', () => {
  const entries = [
    { number: 7, kind: AS_VALUE, value: { deep: [1] } },
    { number: 8, kind: AS_BYTES, value: Buffer.from('bytes') },
    { number: -9, kind: AS_VALUE, value: undefined },
  ];

  it('arrives as it was sent', () => {
    const batch = { told: 123, entries };
    expect(decodeBatch(received(encodeBatch(batch)))).to.deep.equal(batch);
  });

  it('says 35 minutes of what took longer', () => {
    const { told } = decodeBatch(received(encodeBatch({ told: 2 ** 40, entries })));
    expect(told).to.equal(2 ** 31 - 1);
  });

  it('is EPROTO if parts, values or entries are missing, or too many', () => {
    const parts = received(encodeBatch({ told: 0, entries }));
    const [header, values, bytes] = parts as [Buffer, Buffer, Buffer];
    const lying = Buffer.from(header);
    lying.writeInt32LE(AS_BYTES, 12);
    for (const wrong of [
      ...[[], [header], [header, values], [...parts, bytes]],
      [header.subarray(4), values, bytes],
      [header, bytes, bytes],
      [lying, values, bytes],
    ]) {
      failureNow('EPROTO', () => decodeBatch(wrong));
    }
  });
});
