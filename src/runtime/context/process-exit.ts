import { isMainThread } from 'node:worker_threads';
import type { ContextCore } from './core.js';

/** When zeromq.js, too, begins to say why the process does not end. */
const WARN_AFTER = 500;

const WARNING =
  `(node:${process.pid}) WARNING: Waiting for queued ZeroMQ messages to be delivered.\n` +
  'Set `context.blocky = false` to change this behaviour.\n';

const cores = new Set<WeakRef<ContextCore>>();

/**
 * Sees a thread's sockets off when it ends. In the main thread that is the end of the process: every
 * socket of the context is closed and its linger honoured, while this thread blocks and the I/O
 * workers go on sending; so it is where a context's creator ends, for its I/O workers end with it. A signal's default action and `worker.terminate()` run no hook.
 */
export function endWithProcess(core: ContextCore): void {
  for (const ref of cores) if (ref.deref()?.left !== false) cores.delete(ref);
  if (cores.size === 0) {
    // Behind whatever has been registered since the last context was left: what that sends is still sent.
    process.off('exit', seeOff);
    process.on('exit', seeOff);
  }
  cores.add(new WeakRef(core));
}

/* Importing node:fs, as a module with names, loads all of its promises: 3 ms that hardly a process needs. */
function warn(): void {
  process.getBuiltinModule('node:fs').writeSync(2, WARNING);
}

function seeOff(): void {
  // Handlers cannot run while this blocks, but would keep a second Ctrl-C from ending the process.
  if (isMainThread) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal);
  }
  for (const ref of cores) {
    const core = ref.deref();
    if (core === undefined) continue;
    if (isMainThread || core.isCreator) core.exit(WARN_AFTER, warn);
    else core.leave();
  }
}
