import { expect } from 'chai';
import {
  packageVersion,
  Pull,
  Push,
  Reply,
  Request,
  version,
  type Context,
} from '../../src/index.js';
import { failureNow } from '../support/expect-error.js';
import { turn } from '../support/heard.js';
import { useTidyStage } from '../support/stage.js';

describe('The library', () => {
  it('says which libzmq API it keeps to, and which version of the package it is', () => {
    expect(version).to.match(/^4\.\d+\.\d+$/);
    expect(packageVersion).to.match(/^\d+\.\d+\.\d+/);
  });
});

/** Takes a quarter of a context's arena: as much as one ring can have. */
function fillQuarter(context: Context): void {
  const push = new Push({ context, sendHighWaterMark: 0, linger: 0 });
  push.connect(`inproc://nobody ${++quarters}`);
  while (push.trySend(Buffer.alloc(10_000)));
}

let quarters = 0;

describe('Sockets', () => {
  const stage = useTidyStage();

  for (const [transport, rounds] of [
    ['inproc', 5000],
    ['ipc', 1300],
    ['tcp', 1300],
  ] as const) {
    it(`opened and closed leave nothing to their context, over ${transport}`, async () => {
      // What is left of the smallest arena there is could not hold the pipes of all rounds.
      const context = stage.newContext({ arenaSize: 2 ** 24, maxSockets: 20 });
      for (let i = 0; i < 3; i++) fillQuarter(context);
      const pull = new Pull({ context });
      await pull.bind(stage.wildcard(transport));
      for (let i = 0; i < rounds; i++) {
        const push = new Push({ context });
        push.connect(pull.lastEndpoint!);
        await push.send(Buffer.alloc(3000));
        expect((await pull.receive())[0]!.length).to.equal(3000);
        push.close();
        // The other end leaves, and returns the pipe, in its duty cycle.
        if (i % 10 === 0) await turn();
      }
    });
  }

  it('own any number of connections, and show none of them', async () => {
    const { context } = stage;
    const reply = new Reply({ context });
    for (const transport of ['inproc', 'ipc', 'tcp'] as const) {
      await reply.bind(stage.wildcard(transport));
      for (let i = 0; i < 5; i++) {
        const request = new Request({ context });
        request.connect(reply.lastEndpoint!);
        await request.send(`${transport} ${i}`);
        expect(String(await reply.receive())).to.equal(`${transport} ${i}`);
        await reply.send('answered');
        expect(String(await request.receive())).to.equal('answered');
      }
    }
    const names = new Set<string>();
    for (
      let at: object = reply;
      at !== Object.prototype;
      at = Object.getPrototypeOf(at) as object
    ) {
      for (const name of Object.getOwnPropertyNames(at)) names.add(name);
    }
    for (const absent of ['accept', 'open', 'attached', 'connections', 'peers']) {
      expect(names.has(absent), absent).to.equal(false);
    }
  });

  it('have a high-water mark for each direction, and no swap', () => {
    const { context } = stage;
    const request = new Request({ context, sendHighWaterMark: 5 });
    expect(request.receiveHighWaterMark).to.equal(1000);
    request.receiveHighWaterMark = 7;
    expect(request.sendHighWaterMark).to.equal(5);
    for (const name of ['highWaterMark', 'swap']) {
      expect(() => new Request({ context, [name]: 5 })).to.throw(TypeError, name);
    }
    failureNow('EINVAL', () => (request.sendHighWaterMark = -1));
  });
});
