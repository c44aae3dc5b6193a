import { expect } from 'chai';
import fc from 'fast-check';
import {
  attachedBody,
  cancelBody,
  forgottenBody,
  joinBody,
  leaveBody,
  parseSignal,
  rememberedBody,
  routingIdBody,
  subscribeBody,
} from '../../../src/runtime/ring/signal-frame.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

describe('Signals between sockets', () => {
  it('say again what they were made of', () => {
    fc.assert(
      fc.property(bytes, (said) => {
        expect(parseSignal(subscribeBody(said))).to.deep.equal({ kind: 'subscribe', topic: said });
        expect(parseSignal(cancelBody(said))).to.deep.equal({ kind: 'cancel', topic: said });
        expect(parseSignal(joinBody(said))).to.deep.equal({ kind: 'join', topic: said });
        expect(parseSignal(leaveBody(said))).to.deep.equal({ kind: 'leave', topic: said });
        const topic = said;
        expect(parseSignal(rememberedBody(topic))).to.deep.equal({ kind: 'remembered', topic });
        expect(parseSignal(forgottenBody(topic))).to.deep.equal({ kind: 'forgotten', topic });
        expect(parseSignal(routingIdBody(said))).to.deep.equal({ kind: 'routingId', id: said });
      }),
    );
    expect(parseSignal(attachedBody())).to.deep.equal({ kind: 'attached' });
  });

  it('of subscriptions are ZMTP commands, byte for byte', () => {
    expect(subscribeBody(Buffer.from('A')).toString('latin1')).to.equal('\x09SUBSCRIBEA');
    expect(cancelBody(Buffer.from('A')).toString('latin1')).to.equal('\x06CANCELA');
    expect(joinBody(Buffer.from('A')).toString('latin1')).to.equal('\x04JOINA');
    expect(leaveBody(Buffer.from('A')).toString('latin1')).to.equal('\x05LEAVEA');
  });

  it('that are none mean nothing, and never throw', () => {
    fc.assert(fc.property(bytes, (said) => void parseSignal(said)));
    for (const text of ['', '\0', '\x09SUBSCRIB', '\x05SUBSCRIBE', '\xffSUBSCRIBE']) {
      expect(parseSignal(Buffer.from(text, 'latin1'))).to.equal(undefined);
    }
  });
});
