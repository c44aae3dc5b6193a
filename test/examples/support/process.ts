import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Notice } from '../../../examples/support/terminal.js';

export interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ExampleProcess>();

/** For `afterEach`: a test that failed may have left programs behind. */
export async function killExamples(): Promise<void> {
  const left = [...running];
  for (const each of left) each.signal('SIGKILL');
  await Promise.all(left.map(({ end }) => end));
}

/** A script of `dist/`, run as a process that leads its own process group. */
export class ExampleProcess {
  readonly end: Promise<End>;
  readonly #child;
  readonly #waiting: { test: RegExp; resolve: (found: string) => void }[] = [];
  #stdout = '';
  #stderr = '';

  /** @param script below `dist/examples/`, or any other by its URL */
  constructor(script: string | URL, ...args: readonly string[]) {
    const url =
      typeof script === 'string'
        ? new URL(`../../../examples/${script}.js`, import.meta.url)
        : script;
    const child = spawn(process.execPath, [fileURLToPath(url), ...args], { detached: true });
    this.#child = child;
    running.add(this);
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.end = new Promise((resolve) => {
      child.once('close', (code) => {
        running.delete(this);
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Resolves to what `test` finds in the standard output, once it is there. */
  printed(test: RegExp): Promise<string> {
    const found = new Promise<string>((resolve) => this.#waiting.push({ test, resolve }));
    this.#look();
    const gone = this.end.then(({ stdout, stderr }) => {
      throw new Error(`Ended without printing ${String(test)}:\n${stdout}${stderr}`);
    });
    return Promise.race([found, gone]);
  }

  /** Where it is bound, of a program that reports. */
  async ready(): Promise<string> {
    const line = await this.printed(/^\{"ready".*\}$/m);
    return (JSON.parse(line) as { ready: string }).ready;
  }

  enter(): void {
    this.#child.stdin.write('\n');
  }

  /** Ends its standard input. */
  hangUp(): void {
    this.#child.stdin.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Has it left a process behind? */
  get leftBehind(): boolean {
    try {
      process.kill(-this.#child.pid!, 0);
      return true;
    } catch {
      return false;
    }
  }

  #look(): void {
    for (const each of [...this.#waiting]) {
      const [found] = each.test.exec(this.#stdout) ?? [];
      if (found === undefined) continue;
      this.#waiting.splice(this.#waiting.indexOf(each), 1);
      each.resolve(found);
    }
  }
}

/** What a program that reports has printed, and its result. */
export async function reported(end: Promise<End>): Promise<{ text: string; result: unknown }> {
  const { code, stdout, stderr } = await end;
  if (code !== 0) throw new Error(`Ended with status ${code ?? '?'}: ${stderr}`);
  let text = '';
  let result: unknown;
  for (const line of stdout.trimEnd().split('\n')) {
    const notice = JSON.parse(line) as Notice;
    if ('text' in notice) text += notice.text;
    if ('result' in notice) result = notice.result;
  }
  return { text, result };
}
