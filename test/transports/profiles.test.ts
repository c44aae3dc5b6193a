import { expect } from 'chai';
import type { ConnectCommand, SocketProfile } from '../../src/runtime/context/commands.js';
import { Profiles } from '../../src/transports/profiles.js';

/** As an I/O worker gets it: a new object each time. */
function command(endpoint: string, linger: number): ConnectCommand {
  const profile = { type: 'PUSH', peers: ['PULL'], linger } as unknown as SocketProfile;
  return { endpoint, socket: 1, slot: 0, thread: 0, pipe: 1, profile };
}

describe('The profiles that come with connects', () => {
  it('are one while a socket says the same, and each as it was said', () => {
    const profiles = new Profiles();

    const [first, second, third, last] = [
      command('tcp://a:1', -1),
      command('tcp://b:2', -1),
      command('tcp://a:1', 0),
      command('tcp://a:1', -1),
    ].map((said) => profiles.share(said));

    expect(second).to.deep.equal(command('tcp://b:2', -1));
    expect(second!.profile).to.equal(first!.profile);
    expect(third).to.deep.equal(command('tcp://a:1', 0));
    expect(last).to.deep.equal(command('tcp://a:1', -1));
  });
});
