import { expect } from 'chai';
import { ZmqError, type ErrorCode } from '../../src/index.js';

/** The ZmqError with this code that `call` throws, or rejects with. */
export async function failure(code: ErrorCode, call: () => unknown): Promise<ZmqError> {
  let outcome: unknown;
  try {
    outcome = await call();
  } catch (error) {
    expect(error, `expected ${code}`).to.be.instanceOf(ZmqError);
    expect((error as ZmqError).code).to.equal(code);
    return error as ZmqError;
  }
  expect.fail(`expected ${code}, but the call succeeded with ${String(outcome)}`);
}

/** The ZmqError with this code that `call` throws before it returns. */
export function failureNow(code: ErrorCode, call: () => unknown): ZmqError {
  try {
    call();
  } catch (error) {
    expect(error, `expected ${code}`).to.be.instanceOf(ZmqError);
    expect((error as ZmqError).code).to.equal(code);
    return error as ZmqError;
  }
  expect.fail(`expected ${code}, but the call succeeded`);
}
