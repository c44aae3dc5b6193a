import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Stage } from '../support/stage.js';

const ROOT = new URL('../../../', import.meta.url);
const PYTHON = process.env.PYTHON ?? 'python3';
const PEERS = fileURLToPath(new URL('test/interop-python/peers.py', ROOT));
const DRAFT_PEER = fileURLToPath(new URL('test/interop-python/draft_peer.py', ROOT));

/** Of zeromq.js's addons the one that wants the oldest C library, and is there for both processors. */
const ADDON = fileURLToPath(
  new URL(
    `node_modules/zeromq/build/linux/${process.arch}/node/glibc-127-Release/addon.node`,
    ROOT,
  ),
);

/** A program that was started, with what it prints. */
export class Program {
  /** Resolves with the exit status; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';
  private wake: (() => void) | undefined;
  private over = false;

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.wake?.();
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        this.over = true;
        this.wake?.();
        resolve(code);
      });
    });
  }

  /** The lines printed, once there are so many. */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const lines = this.stdout.split('\n').slice(0, -1);
      if (lines.length >= count) return lines;
      if (this.over) throw new Error(`It printed ${lines.length} lines. ${this.stderr}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  enter(): void {
    this.child.stdin.write('\n');
  }
}

function start(stage: Stage, command: string, parameters: readonly string[]): Program {
  const child = spawn(command, parameters, { cwd: fileURLToPath(ROOT) });
  const program = new Program(child);
  stage.atEnd(async () => {
    child.kill('SIGKILL');
    await program.ended;
  });
  return program;
}

/** One of our examples, as a process of its own. */
export function example(stage: Stage, name: string, ...parameters: string[]): Program {
  const file = fileURLToPath(new URL(`dist/examples/${name}.js`, ROOT));
  return start(stage, process.execPath, [file, ...parameters]);
}

/** A role of peers.py, as a process of its own. */
export function python(stage: Stage, role: string, ...parameters: string[]): Program {
  return start(stage, PYTHON, [PEERS, role, ...parameters]);
}

/** A role of draft_peer.py, as a process of its own. */
export function draftPeer(stage: Stage, role: string, ...parameters: string[]): Program {
  return start(stage, PYTHON, [DRAFT_PEER, ADDON, role, ...parameters]);
}
