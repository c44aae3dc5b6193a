/** Runs what only the end of the context ends. */
export function untilTerminated(run: () => void): void {
  try {
    run();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ETERM') throw error;
  }
}
