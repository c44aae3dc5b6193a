/** A timer that expires when the test says so. */
export interface HeldTimer {
  readonly milliseconds: number;
  expire(): void;
}

export interface HeldTimers {
  /** The next that is started, in their order. */
  next(): Promise<HeldTimer>;
  /** All is as it was. */
  release(): void;
}

/** Node's own, without a browser's. */
type Start = (expire: () => void, milliseconds: number, ...rest: unknown[]) => NodeJS.Timeout;

/** Holds the timers of these lengths that are started from now on: so no test waits for a pause, or measures one. */
export function holdTimers(lengths: readonly number[]): HeldTimers {
  const real = globalThis.setTimeout as Start;
  const started: HeldTimer[] = [];
  let changed: (() => void) | undefined;
  const held: Start = (expire, milliseconds, ...rest) => {
    if (!lengths.includes(milliseconds)) return real(expire, milliseconds, ...rest);
    started.push({ milliseconds, expire });
    changed?.();
    // Which whoever started it may clear, or let go of.
    const timer = real(() => undefined, 0);
    clearTimeout(timer);
    return timer;
  };
  globalThis.setTimeout = held as typeof setTimeout;
  return {
    next: async () => {
      while (started.length === 0) await new Promise<void>((resolve) => (changed = resolve));
      return started.shift()!;
    },
    release: () => {
      globalThis.setTimeout = real as typeof setTimeout;
    },
  };
}
