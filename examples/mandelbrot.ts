/**
 * The Mandelbrot set: a pipeline deals out tiles of a picture to threads, and puts together a PNG file. With `--at tcp`
 * the same stage is in another process; nothing else changes.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pipeline, type StageOptions } from 'loomwire/actors';
import { choice, count, text } from './support/flags.js';
import type tile from './support/mandelbrot/tile.js';
import type { Tile } from './support/mandelbrot/tile.js';
import { PIXEL, png } from './support/png.js';
import { program } from './support/program.js';
import { showProgress } from './support/progress-bar.js';

const STAGE = new URL('./support/mandelbrot/tile.js', import.meta.url);
const ELSEWHERE = fileURLToPath(new URL('./support/mandelbrot/elsewhere.js', import.meta.url));

/** What of the plane is seen. */
const CENTRE = { re: -0.65, im: 0 };
const SEEN = 3.2;

const flags = {
  width: count(1200, 'width of the picture, in pixels', 1),
  height: count(800, 'its height', 1),
  tile: count(64, 'width and height of a tile', 1),
  limit: count(1000, 'steps after which a point is taken for a part of the set', 1),
  threads: count(availableParallelism(), 'threads that compute', 1),
  at: choice(['threads', 'tcp'], 'where: here, or in another process'),
  file: text('mandelbrot.png', 'the file to write', 'FILE'),
};

export default program(
  import.meta,
  'Draws the Mandelbrot set on many threads, and writes a PNG file.',
  flags,
  async ({ width, height, tile: edge, limit, threads, at, file }, terminal) => {
    const tiles = cut(width, height, edge, limit);
    const picture = new Uint8Array(width * height * PIXEL);
    const elsewhere = at === 'tcp' ? await serveElsewhere(threads) : undefined;
    const stage: StageOptions = elsewhere === undefined ? { threads } : { at: elsewhere.endpoint };
    let done = 0;
    try {
      const { duration } = await pipeline()
        .source(tiles)
        .stage<typeof tile>(STAGE, stage)
        .sink((pixels, index) => {
          place(pixels, tiles[index]!, picture, width);
          showProgress(++done / tiles.length);
        })
        .run();
      await writeFile(file, png(width, height, picture));
      const seconds = (duration / 1000).toFixed(2);
      terminal.print(`${tiles.length} tiles on ${threads} threads in ${seconds} s: ${file}`);
      return { file, tiles: tiles.length };
    } finally {
      await elsewhere?.end();
    }
  },
);

function cut(width: number, height: number, edge: number, limit: number): Tile[] {
  const step = SEEN / width;
  const re = CENTRE.re - (step * width) / 2;
  const im = CENTRE.im + (step * height) / 2;
  const tiles: Tile[] = [];
  for (let top = 0; top < height; top += edge) {
    for (let left = 0; left < width; left += edge) {
      const size = { width: Math.min(edge, width - left), height: Math.min(edge, height - top) };
      tiles.push({ left, top, ...size, re, im, step, limit });
    }
  }
  return tiles;
}

function place(pixels: Uint8Array, tile: Tile, picture: Uint8Array, width: number): void {
  const row = tile.width * PIXEL;
  for (let y = 0; y < tile.height; y++) {
    const at = ((tile.top + y) * width + tile.left) * PIXEL;
    picture.set(pixels.subarray(y * row, (y + 1) * row), at);
  }
}

interface Elsewhere {
  readonly endpoint: string;
  end(): Promise<void>;
}

async function serveElsewhere(threads: number): Promise<Elsewhere> {
  const child = fork(ELSEWHERE, [String(threads)]);
  const ended = once(child, 'exit');
  const died = ended.then(([code]: unknown[]) => {
    throw new Error(`The stage's process has ended with status ${String(code)}`);
  });
  died.catch(() => undefined);
  const end = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { endpoint: await Promise.race([firstMessage(child), died]), end };
}

async function firstMessage(child: ChildProcess): Promise<string> {
  const [endpoint] = (await once(child, 'message')) as [string];
  return endpoint;
}
