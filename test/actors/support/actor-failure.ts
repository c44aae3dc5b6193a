import { expect } from 'chai';
import { ActorError, type ActorErrorCode } from '../../../src/actors.js';

/** The ActorError with this code that the promise rejects with. */
export async function actorFailure(
  code: ActorErrorCode,
  promise: Promise<unknown>,
): Promise<ActorError> {
  let outcome: unknown;
  try {
    outcome = await promise;
  } catch (error) {
    expect(error, String(error)).to.be.instanceOf(ActorError);
    expect((error as ActorError).code, String(error)).to.equal(code);
    return error as ActorError;
  }
  expect.fail(`expected ${code}, but the call succeeded with ${String(outcome)}`);
}
