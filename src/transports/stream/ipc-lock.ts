import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';

/**
 * How long to wait for others who bind the same path, in milliseconds. They need a few; whoever takes
 * longer means no good, and the path is bound without asking him.
 */
const PATIENCE = 1000;
/** The lock's name is as long as can be, because Node 20 makes every abstract name that long. */
const NAME_BYTES = 108;

/**
 * Runs `bind` while no other loomwire on this machine binds the same path. To find a file without a
 * listener, to remove it and to listen there are three steps, in the midst of which another one's fresh
 * file could be taken for the dead one, or be found before it has a listener.
 *
 * The lock is a name in Linux's abstract namespace, because the kernel gives it back whatever becomes
 * of its holder. Elsewhere there is none.
 */
export async function whileOthersWait<T>(path: string, bind: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return bind();
  const { createHash } = process.getBuiltinModule('node:crypto');
  const digest = createHash('sha256').update(resolve(path)).digest('hex');
  const release = await acquire(`\0loomwire ${digest}`.padEnd(NAME_BYTES, '.'));
  try {
    return await bind();
  } finally {
    release();
  }
}

/** Answers what gives the lock back. */
async function acquire(name: string): Promise<() => void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const waiting = new Set<Socket>();
    const lock = createServer((socket) => {
      socket.on('error', () => undefined);
      waiting.add(socket);
    });
    if (await listens(lock, name)) {
      return () => {
        lock.close();
        for (const socket of waiting) socket.destroy();
      };
    }
    const left = deadline - performance.now();
    if (left <= 0) return () => undefined;
    await released(name, left);
  }
}

async function listens(lock: Server, name: string): Promise<boolean> {
  lock.listen(name);
  try {
    await once(lock, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Resolves when the holder closes what connects us, or after so many milliseconds. */
function released(name: string, milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const socket = connect(name);
    const timer = setTimeout(() => socket.destroy(), milliseconds);
    // Refused or reset: it has been given back.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      done();
    });
    socket.resume();
  });
}
