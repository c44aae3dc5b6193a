import { connect } from 'node:net';

/**
 * Removes the file of a listener that did not live to do it. False if somebody listens there, or if it
 * is no socket at all: nobody else's file is touched.
 */
export async function removeStale(path: string): Promise<boolean> {
  const { lstat, rm } = process.getBuiltinModule('node:fs/promises');
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
  if (found !== undefined) {
    if (!found.isSocket() || !(await refuses(path))) return false;
    await rm(path, { force: true });
  }
  return true;
}

/** Does nobody listen there? */
function refuses(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(true);
      // So many wait to be accepted that it takes no more.
      else if (error.code === 'EAGAIN') resolve(false);
      else reject(error);
    });
  });
}
