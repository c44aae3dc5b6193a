import type { Readable, Writable } from '../../src/index.js';
import type { Work } from '../work.js';
import type { Loomwire } from './libraries.js';
import { checkLength } from './report.js';

/** Sends or receives so many messages. */
export type Pass = (count: number) => void;

/** Messages of one `sendManySync`. */
const TOGETHER = 100;

/** What bodies are filled with. As bytes: a number is written byte by byte where memory is shared. */
const STAMP = Buffer.alloc(64, 0x5a);

/** A body as it has to arrive. */
export function newBody({ bodyBytes }: Work): Buffer {
  return Buffer.alloc(bodyBytes, STAMP);
}

/** The sender's half of `work.bodies`. */
export function sendingPass({ context }: Loomwire, socket: Writable, work: Work): Pass {
  const { bodyBytes, touched } = work;
  if (work.bodies === 'lease') {
    return (count) => {
      for (let left = count; left > 0; left--) {
        const lease = context.allocate(bodyBytes);
        if (touched) lease.bytes.fill(STAMP);
        socket.sendSync(lease);
      }
    };
  }
  const body = newBody(work);
  if (work.bodies === 'many') {
    const bodies = new Array<Buffer>(TOGETHER).fill(body);
    return (count) => {
      for (let left = count; left > 0; left -= TOGETHER) {
        socket.sendManySync(left < TOGETHER ? bodies.slice(0, left) : bodies);
      }
    };
  }
  return (count) => {
    for (let left = count; left > 0; left--) {
      if (touched) body.fill(STAMP);
      socket.sendSync(body);
    }
  };
}

/** The receiver's half. */
export function receivingPass(socket: Readable, work: Work): Pass {
  return RECEIVING[work.bodies](socket, work.bodyBytes, checkOf(work));
}

type Check = (body: Buffer) => void;
type Receiving = (socket: Readable, bodyBytes: number, check: Check) => Pass;

const onePart: Receiving = (socket, _bodyBytes, check) => (count) => {
  for (let left = count; left > 0; left--) check(socket.receiveSync()[0]!);
};

const RECEIVING: Readonly<Record<Work['bodies'], Receiving>> = {
  private: onePart,
  many: onePart,
  into: (socket, bodyBytes, check) => {
    const target = Buffer.alloc(bodyBytes);
    return (count) => {
      for (let left = count; left > 0; left--) {
        checkLength(socket.receiveIntoSync(target)[0], bodyBytes);
        check(target);
      }
    };
  },
  lease: (socket, _bodyBytes, check) => (count) => {
    for (let left = count; left > 0; left--) {
      const lease = socket.receiveLeaseSync()[0]!;
      check(lease.bytes);
      lease.release();
    }
  },
};

function checkOf(work: Work): Check {
  const { bodyBytes } = work;
  if (!work.touched) return (body) => checkLength(body.length, bodyBytes);
  const expected = newBody(work);
  return (body) => {
    if (!expected.equals(body)) throw new Error('received something else than was sent');
  };
}
