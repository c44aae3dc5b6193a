// The handler of the imageserver example: a picture of a part of the Mandelbrot set, as a PNG file.

import { png } from '../png.js';
import tile from '../mandelbrot/tile.js';

/** Pixels in either direction. */
const SIZE_MOST = 2000;
const LIMIT = 1000;

/**
 * @param request as text: width, height, and what of the plane is seen, all of which may be left out: its centre, real and
 * imaginary, and its width
 */
export default function draw(request: readonly Buffer[]): Buffer {
  const [width, height, re, im, seen] = numbers(request, [300, 200, -0.65, 0, 3.2]);
  checkSize('width', width);
  checkSize('height', height);
  if (!(seen > 0)) throw new RangeError(`What is seen must be wider than ${seen}`);
  const step = seen / width;
  const corner = { re: re - seen / 2, im: im + (step * height) / 2 };
  const pixels = tile({ left: 0, top: 0, width, height, ...corner, step, limit: LIMIT });
  return png(width, height, pixels);
}

type Five = [number, number, number, number, number];

/** What the parts say, and what is true where they say nothing. @throws RangeError for what is no number */
function numbers(parts: readonly Buffer[], otherwise: Five): Five {
  return otherwise.map((usual, i) => {
    const part = String(parts[i] ?? '');
    if (part === '') return usual;
    const number = Number(part);
    if (!Number.isFinite(number)) throw new RangeError(`'${part}' is no number`);
    return number;
  }) as Five;
}

function checkSize(what: string, size: number): void {
  if (Number.isInteger(size) && size >= 1 && size <= SIZE_MOST) return;
  throw new RangeError(`The ${what} must be a whole number from 1 to ${SIZE_MOST}, not ${size}`);
}
