import { Buffer } from 'node:buffer';
import type { MessageLike } from '../../src/index.js';
import type { Pattern, Way } from './patterns.js';
import type { Form, Recipe } from './performer.js';
import type { AnySocket } from './places.js';

/** What the STREAM that connects calls the other. */
const PEER = 'peer';

/** Two STREAMs. Between them go bytes, and an empty message would close their connection. */
export const STREAM_PATTERN: Pattern = {
  name: 'STREAM–STREAM',
  types: ['Stream', 'Stream'],
  onePart: true,
  neverEmpty: true,
  connects: [{ routingId: PEER }],
  ways: async (first, second) => {
    const [caller, called] = (await calls(first)) ? [first, second] : [second, first];
    if (caller === second) await calls(second);
    const callersId = await greeted(called);
    await called.send('await', [callersId, 'hello']);
    await greeted(caller);
    return [bytes(caller, called, PEER, callersId), bytes(called, caller, callersId, PEER)];
  },
};

/** Says hello to whom a STREAM has connected to. False if that is nobody. */
async function calls(stream: AnySocket): Promise<boolean> {
  try {
    await stream.send('await', [PEER, 'hello']);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'EHOSTUNREACH') throw error;
    return false;
  }
}

/** Who has said hello. Over a wire, not between threads, a notice comes before that. */
async function greeted(stream: AnySocket): Promise<Buffer> {
  for (;;) {
    const [id, data] = await stream.receive('await');
    if (data!.length === 0) continue;
    if (String(data) !== 'hello') throw new Error(`Not hello came, but ${String(data)}`);
    return id!;
  }
}

/** Nothing says where a message ends: as many bytes as it had are its own, in whatever portions they come. */
function bytes(
  from: AnySocket,
  to: AnySocket,
  sendsTo: string | Buffer,
  comesFrom: string | Buffer,
): Way {
  const lengths: number[] = [];
  const sender = Buffer.from(comesFrom as string).toString('hex');
  let rest: Buffer = Buffer.alloc(0);
  return {
    send: async (form: Form, message: Recipe) => {
      const parts = (Array.isArray(message) ? message : [message]) as readonly MessageLike[];
      await from.send(form, [sendsTo, ...parts]);
      lengths.push(lengthOf(parts[0]!));
    },
    receive: async (form: Form) => {
      const length = lengths.shift()!;
      const portions = [rest];
      for (let missing = length - rest.length; missing > 0;) {
        const [id, portion] = await to.receive(form);
        if (id!.toString('hex') !== sender) throw new Error('This came from somebody else');
        if (portion!.length === 0) throw new Error(`The connection ended ${missing} bytes early`);
        portions.push(portion!);
        missing -= portion!.length;
      }
      const all = Buffer.concat(portions);
      rest = all.subarray(length);
      return [all.subarray(0, length)];
    },
  };
}

function lengthOf(body: MessageLike): number {
  return Buffer.byteLength(typeof body === 'number' ? String(body) : (body as Buffer));
}
