import { Buffer } from 'node:buffer';
import { ZmqError } from '../base/errors.js';
import { ARENA_BYTES_MAX, ARENA_BYTES_MIN } from '../base/limits.js';
import { load, store, type Words } from './atomics.js';
import {
  HEADER_BYTES,
  HEADER_MAGIC,
  HEADER_VERSION,
  LAYOUT_VERSION,
  MAGIC,
  PAGE_BYTES,
} from './layout.js';

/**
 * What the garbage collector is told that an arena holds. It counts no shared memory at all, so contexts that have
 * ended would never give it a reason to run, and their memory would stay for as long as the process. As this counts
 * from 64 MiB of it V8 collects; it costs address space only, since nobody writes to it.
 */
const WEIGHT_BYTES = 32 * 1024 * 1024;

/** What another thread needs to join a context; post it, or put it in `workerData`. */
export type ContextHandle = SharedArrayBuffer;

/** A context's shared heap, as three views of the same memory. */
export class Arena {
  readonly words: Words;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** The same bytes with Node's native copies: `copy`, `fill` and string encoders. */
  readonly buffer: Buffer<SharedArrayBuffer>;

  /** In bytes. */
  readonly size: number;

  /** In the thread that reserved it, see `WEIGHT_BYTES`. */
  private weight: ArrayBuffer | undefined;

  private constructor(readonly handle: ContextHandle) {
    this.size = handle.byteLength;
    this.words = new Int32Array(handle);
    this.bytes = new Uint8Array(handle);
    this.buffer = Buffer.from(handle);
  }

  /**
   * Reserves an arena of `size` bytes, a whole number of pages. Where the system refuses so much
   * address space, half of it, and so on; `arena.size` tells.
   * @throws RangeError if `size` is no integer within the limits; ZmqError ENOMEM if even the least
   * is refused.
   */
  static reserve(size: number): Arena {
    if (!Number.isInteger(size) || size < ARENA_BYTES_MIN || size > ARENA_BYTES_MAX) {
      throw new RangeError(
        `arenaSize must be an integer from ${ARENA_BYTES_MIN} to ${ARENA_BYTES_MAX}, not ${size}`,
      );
    }
    let bytes = Math.ceil(size / PAGE_BYTES) * PAGE_BYTES;
    for (;;) {
      try {
        const arena = new Arena(new SharedArrayBuffer(bytes));
        arena.weight = new ArrayBuffer(Math.min(bytes, WEIGHT_BYTES));
        arena.words[HEADER_BYTES] = bytes;
        arena.words[HEADER_VERSION] = LAYOUT_VERSION;
        store(arena.words, HEADER_MAGIC, MAGIC);
        return arena;
      } catch (cause) {
        bytes = Math.ceil(bytes / 2 / PAGE_BYTES) * PAGE_BYTES;
        if (bytes < ARENA_BYTES_MIN) throw new ZmqError('ENOMEM', { cause });
      }
    }
  }

  /**
   * Views of an arena that another thread reserved.
   * @throws TypeError if it is no handle; ZmqError ENOTSUP if it is one of another layout, made by
   * another version of this library.
   */
  static open(handle: ContextHandle): Arena {
    if (!(handle instanceof SharedArrayBuffer) || handle.byteLength < ARENA_BYTES_MIN) {
      throw new TypeError('Not a context handle');
    }
    const arena = new Arena(handle);
    if (load(arena.words, HEADER_MAGIC) !== MAGIC) throw new TypeError('Not a context handle');
    const version = load(arena.words, HEADER_VERSION);
    if (version !== LAYOUT_VERSION) {
      throw new ZmqError('ENOTSUP', {
        message: `The context was made by a version of loomwire with memory layout ${version}, this one has ${LAYOUT_VERSION}`,
      });
    }
    return arena;
  }
}
