import { Push, type ZmqError } from '../../../src/index.js';

/** What comes of it to connect over the transport of ../support/composed.ts: ENODEV where that has been loaded. */
export default function reach(): string {
  const push = new Push({ linger: 0 });
  try {
    push.connect('composed://anywhere');
    return 'connected';
  } catch (error) {
    return (error as ZmqError).code;
  } finally {
    push.close();
  }
}
