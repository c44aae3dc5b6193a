// The stage of the mandelbrot example: computes a tile of the picture.

/** A rectangle of a picture, and where the picture is in the complex plane. */
export interface Tile {
  /** In pixels of the picture. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** The picture's left upper corner. */
  readonly re: number;
  readonly im: number;
  /** Width of a pixel. */
  readonly step: number;
  /** What has not escaped after so many steps is taken for a part of the set. */
  readonly limit: number;
}

/** Bytes of a pixel: red, green, blue. */
const PIXEL = 3;
/** Beyond this the smooth colours have no seams. */
const ESCAPED = 256;

/** The tile's pixels, row by row. */
export default function tile({ left, top, width, height, re, im, step, limit }: Tile): Uint8Array {
  const pixels = new Uint8Array(width * height * PIXEL);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += PIXEL) {
      paint(pixels, at, escape(re + (left + x) * step, im - (top + y) * step, limit));
    }
  }
  return pixels;
}

/** After how many steps a point has escaped, with a fraction; Infinity for one that has not. */
function escape(re: number, im: number, limit: number): number {
  let [x, y, xx, yy] = [0, 0, 0, 0];
  for (let steps = 0; steps < limit; steps++) {
    y = 2 * x * y + im;
    x = xx - yy + re;
    xx = x * x;
    yy = y * y;
    if (xx + yy > ESCAPED) return steps + 1 - Math.log2(Math.log2(xx + yy) / 2);
  }
  return Infinity;
}

/** The set is black; around it the colours go in circles, the slower the further. */
function paint(pixels: Uint8Array, at: number, steps: number): void {
  if (steps === Infinity) return;
  const turn = Math.sqrt(Math.max(0, steps)) / 2;
  for (let colour = 0; colour < PIXEL; colour++) {
    pixels[at + colour] = 128 + 127 * Math.cos(Math.PI * (turn - 1 + colour / 6));
  }
}
