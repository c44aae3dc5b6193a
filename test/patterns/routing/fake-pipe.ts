import type { Body } from '../../../src/runtime/base/message.js';
import type { Pipe } from '../../../src/runtime/pipe/pipe.js';

/** A pipe as far as routing knows it: takes what is written until it is full. */
export class FakePipe {
  readonly written: string[][] = [];

  constructor(private readonly room = Infinity) {}

  write(bodies: readonly Body[]): boolean {
    if (this.written.length >= this.room) return false;
    this.written.push(bodies.map((body) => Buffer.from(body as string).toString()));
    return true;
  }

  get pipe(): Pipe {
    return this as unknown as Pipe;
  }
}

export function fakePipes(count: number): FakePipe[] {
  return Array.from({ length: count }, () => new FakePipe());
}
