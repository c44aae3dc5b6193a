import { expect } from 'chai';
import { checkSocketType } from '../../../src/transports/zmtp/compatibility.js';
import { refusal } from './wire.js';

describe('zmtp socket type', () => {
  it('accepts a type on the list, and a peer that names none', () => {
    expect(() => {
      checkSocketType('REP', ['REP', 'ROUTER']);
      checkSocketType('ROUTER', ['REP', 'ROUTER']);
      checkSocketType(undefined, ['REP', 'ROUTER']);
    }).not.to.throw();
  });

  it('refuses any other for good: empty, in another case, or none allowed', () => {
    for (const type of ['PUB', '', 'rep', 'REP\0']) {
      const error = refusal('ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE', () => {
        checkSocketType(type, ['REP', 'ROUTER']);
      });
      expect(error.fatal).to.equal(true);
    }
    refusal('ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE', () => {
      checkSocketType('REP', []);
    });
  });

  it('shows both sides, with the peer’s text made printable', () => {
    const error = refusal('ERR_ZMTP_INCOMPATIBLE_SOCKET_TYPE', () => {
      checkSocketType('PUB\n', ['REP', 'ROUTER']);
    });
    expect(error.message).to.include('PUB\\x0a').and.include('REP or ROUTER');
  });
});
