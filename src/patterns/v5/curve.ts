import { curveKeyPair } from '../../runtime/base/capability.js';

/** @throws ZmqError ENOTSUP: there is no CURVE yet */
export function curveKeypair(): { public: string; secret: string } {
  const { publicKey, secretKey } = curveKeyPair();
  return { public: publicKey, secret: secretKey };
}
