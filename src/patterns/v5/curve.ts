import { ZmqError } from '../../runtime/base/errors.js';

/** @throws ZmqError ENOTSUP: there is no CURVE yet */
export function curveKeypair(): { public: string; secret: string } {
  throw new ZmqError('ENOTSUP', { message: 'CURVE is not supported' });
}
