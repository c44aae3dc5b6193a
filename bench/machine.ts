import { execFileSync } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Where and when the numbers were taken; without it they mean nothing. */
export interface Circumstances {
  readonly date: string;
  /** The commit that was measured, with "+" if src, bench or test differ from it; absent outside a clone. */
  readonly commit: string | undefined;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGibibytes: number;
  readonly kernel: string;
  readonly runtime: string;
  /** The system's load over the last minute when the run began: above about 0.5 it was not idle. */
  readonly load: number;
}

export function circumstances(): Circumstances {
  return {
    date: new Date().toISOString(),
    commit: commitOf(fileURLToPath(new URL('.', import.meta.url))),
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'} (${arch()})`,
    cores: availableParallelism(),
    memoryGibibytes: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: `${type()} ${release()}`,
    runtime: `Node ${process.versions.node} (V8 ${process.versions.v8})`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** The commit that a folder of a clone is at, with "+" if its sources differ from it. */
export function commitOf(cwd: string): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const changed = git('status', '--porcelain', '--', ':/src', ':/bench', ':/test').trim() !== '';
    return git('rev-parse', '--short=12', 'HEAD').trim() + (changed ? '+' : '');
  } catch {
    return undefined;
  }
}
